// Command hasura manages the metadata of a server.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"example.org/hasura/program"
	"example.org/hasura/telemetry"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(arguments []string) int {
	if len(arguments) > 0 && arguments[0] == "telemetry" {
		return client("").Telemetry(arguments[1:])
	}
	call, err := parse(arguments)
	if err != nil {
		return 2
	}
	known := find(call.words)
	if known == nil {
		fmt.Fprintf(os.Stderr, "hasura: no such command; these are: %s\n", list())
		return 2
	}
	client := client(call.flags.telemetry)
	defer client.Close()
	command := client.Begin(known.command)
	err = command.Do(func() error {
		server := server{endpoint: call.flags.endpoint, secret: call.flags.secret, answered: command.Link}
		return known.run(&server, call.flags.project, call.words[len(known.path):])
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "hasura: %v\n", err)
		return 1
	}
	client.Ask()
	return 0
}

func client(flag program.Switch) telemetry.Client {
	options := program.Options(flag)
	options.Program = "hasura telemetry"
	if home, err := os.UserHomeDir(); err == nil {
		options.Config = filepath.Join(home, ".hasura/.config.json")
	}
	return telemetry.Start(options)
}
