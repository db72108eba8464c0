// Command cf-dev is built like PCF Dev: a plug-in by which `cf dev start` starts a small cloud on this machine, and the
// daemon that watches that cloud. cf calls it with the words that were typed: `cf-dev dev start`.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"example.org/pcf-dev/telemetry"
)

const version = "1.2.0"

// command is one of the plug-in's own, with the name under which it is recorded.
type command struct {
	name telemetry.Command
	run  func(client telemetry.Client, words []string) error
}

var commands = map[string]command{
	"start":     {telemetry.CommandStart, start},
	"stop":      {telemetry.CommandStop, ofImage("stop")},
	"target":    {telemetry.CommandTarget, ofImage("target")},
	"uninstall": {telemetry.CommandUninstall, uninstall},
	"version":   {telemetry.CommandVersion, printVersion},
}

func main() {
	words := os.Args[1:]
	if len(words) > 0 && words[0] == "dev" {
		words = words[1:]
	}
	if len(words) == 0 {
		fail("start, stop, target, uninstall, version or telemetry?")
	}
	client := telemetry.Start(options())
	switch name := words[0]; name {
	case "telemetry":
		os.Exit(client.Telemetry(verb(words[1:])))
	case "analytics":
		watch(client, os.Stdin)
	default:
		command, is := commands[name]
		if !is {
			fail(name + " is no command")
		}
		err := client.Begin(command.name).Do(func() error { return command.run(client, words[1:]) })
		if err != nil {
			fmt.Fprintln(os.Stderr, "cf dev: "+err.Error())
		}
		client.Ask()
		if err != nil {
			os.Exit(1)
		}
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "cf dev: "+message)
	os.Exit(1)
}

// verb takes the spellings that users of the plug-in know.
func verb(words []string) []string {
	known := map[string]string{"--on": "on", "--off": "off"}
	if len(words) == 0 {
		return []string{"status"}
	}
	if verb, is := known[words[0]]; is {
		return append([]string{verb}, words[1:]...)
	}
	return words
}

// folder is where the plug-in is installed.
func folder() string {
	program, _ := os.Executable()
	return filepath.Dir(program)
}

// options say who records. A distributor puts a text of its own, NAME.txt, into the folder `distributor`: it is shown
// before the question, and wants an answer of its own.
func options() telemetry.Options {
	options := telemetry.Options{
		Agent:    filepath.Join(folder(), "aboveboard-agent"),
		Manifest: filepath.Join(folder(), "telemetry.sealed"),
		Version:  version,
		Program:  "cf dev telemetry",
	}
	texts, _ := filepath.Glob(filepath.Join(folder(), "distributor", "*.txt"))
	for _, text := range texts {
		name := filepath.Base(text)
		options.Wording = name[:len(name)-len(".txt")]
		options.WordingFile = text
	}
	return options
}

func printVersion(telemetry.Client, []string) error {
	fmt.Println("cf dev " + version)
	return nil
}

// ofImage gives a command that the image itself has.
func ofImage(name string) func(telemetry.Client, []string) error {
	return func(_ telemetry.Client, words []string) error {
		order, err := ordered(name, words)
		if err != nil {
			return err
		}
		return exec.Command(filepath.Join(order.image, name)).Run()
	}
}
