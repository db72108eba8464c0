// Command odo is a tool that is built with the library, as odo is: `odo --registry URL list`.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"example.org/devfile-registry/library"
	"example.org/devfile-registry/telemetry"
)

func main() {
	address := flag.String("registry", "https://registry.devfile.io", "address of the registry")
	flag.Parse()
	program, _ := os.Executable()
	client := telemetry.Start(telemetry.Options{
		Agent:    filepath.Join(filepath.Dir(program), "aboveboard-agent"),
		Manifest: filepath.Join(filepath.Dir(program), "telemetry.sealed"),
		Version:  "3.16.1",
		Program:  "odo telemetry",
	})
	if flag.Arg(0) == "telemetry" {
		os.Exit(client.Telemetry(flag.Args()[1:]))
	}
	err := run(&library.Registry{Address: *address, Client: "odo", Telemetry: client})
	if err != nil {
		fmt.Fprintln(os.Stderr, "odo:", err)
		os.Exit(1)
	}
}

func run(registry *library.Registry) error {
	var text []byte
	var err error
	switch flag.Arg(0) {
	case "list":
		var stacks []library.Stack
		stacks, err = registry.List()
		for _, stack := range stacks {
			fmt.Println(stack.Name, stack.Version)
		}
	case "init":
		text, err = registry.DownloadStack(flag.Arg(1))
	case "starter":
		text, err = registry.DownloadSample(flag.Arg(1), flag.Arg(2))
	case "describe":
		text, err = registry.Resolve(flag.Arg(1))
	default:
		err = errors.New("list, init, starter, describe or telemetry?")
	}
	fmt.Print(string(text))
	return err
}
