package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.org/hasura/program"
	"example.org/hasura/telemetry"
)

// command is what the program can do, and what the manifest calls it.
type command struct {
	path    []string
	command telemetry.Command
	run     func(call *call, server *server) error
}

var commands = []command{
	{[]string{"metadata", "apply"}, telemetry.CommandMetadataApply, apply},
	{[]string{"metadata", "a"}, telemetry.CommandMetadataApply, apply},
	{[]string{"console"}, telemetry.CommandConsole, serve},
	{[]string{"metadata", "diff"}, telemetry.CommandMetadataDiff, diff},
	{[]string{"deploy"}, telemetry.CommandDeploy, deploy},
	{[]string{"version"}, telemetry.CommandVersion, version},
}

func find(words []string) *command {
	for at := range commands {
		path := commands[at].path
		if len(words) >= len(path) && strings.Join(words[:len(path)], " ") == strings.Join(path, " ") {
			return &commands[at]
		}
	}
	return nil
}

func list() string {
	paths := []string{}
	for _, command := range commands {
		paths = append(paths, strings.Join(command.path, " "))
	}
	return strings.Join(append(paths, "telemetry"), ", ")
}

func apply(call *call, server *server) error {
	document, err := os.ReadFile(filepath.Join(call.flags.project, "metadata.json"))
	if err != nil {
		return err
	}
	_, err = server.call("POST", "/v1/metadata", document)
	return err
}

func diff(call *call, server *server) error {
	if len(call.words) != 1 {
		return fmt.Errorf("cannot compare %s", strings.Join(call.words, " with "))
	}
	other, err := os.ReadFile(call.words[0])
	if err != nil {
		return err
	}
	document, err := server.call("GET", "/v1/metadata", nil)
	if err == nil && string(document) != string(other) {
		fmt.Println("they differ")
	}
	return err
}

func deploy(call *call, server *server) error {
	if len(call.words) > 0 {
		call.flags.project = call.words[0]
	}
	return apply(call, server)
}

func version(*call, *server) error {
	fmt.Println(program.Version)
	return nil
}
