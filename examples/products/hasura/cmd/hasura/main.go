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
		return telemetry.Start(options("")).Telemetry(arguments[1:])
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
	call.words = call.words[len(known.path):]
	client := telemetry.Start(options(call.flags.telemetry))
	command := client.Begin(known.command)
	err = command.Do(func() error {
		server := server{endpoint: call.flags.endpoint, secret: call.flags.secret, answered: command.Link}
		return known.run(&call, &server)
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "hasura: %v\n", err)
		return 1
	}
	client.Ask()
	return 0
}

// options say how people call this program, and where they keep its configuration.
func options(flag program.Switch) telemetry.Options {
	options := program.Options(flag)
	options.Program = "hasura telemetry"
	if home, err := os.UserHomeDir(); err == nil {
		options.Config = filepath.Join(home, folder, ".config.json")
	}
	return options
}

// folder is what this program has in a home.
const folder = ".hasura"

// ownFolder gives that folder, where nobody else may write.
func ownFolder() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(home, folder)
	return path, os.MkdirAll(path, 0o700)
}
