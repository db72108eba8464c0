// Package aboveboard records what a manifest declares, through the agent that is installed beside the program. Programs
// use the package that `aboveboard manifest types --language go` writes.
package aboveboard

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Options say what the agent is told about its host. Paths are absolute; what is empty is not told.
type Options struct {
	// Manifest is the path of telemetry.sealed.
	Manifest string
	// Version is the program's own version.
	Version string
	// Agent is the path of the agent. Without it the agent that the system has is used.
	Agent string
	// Program is how people call `telemetry` of this program, for hints: "larder telemetry".
	Program string
	// Flag is what was given as --enable-telemetry; "true" if that stood alone.
	Flag string
	// Config is the program's configuration file (JSON or TOML), which may say no.
	Config string
	// ConfigKey is the switch in that file, flat or dotted: enable_telemetry, if nothing else is said.
	ConfigKey string
	// Wording is the name of a text of the maker's or a distributor's own, before the question.
	Wording string
	// WordingFile is the file with that text.
	WordingFile string
	// Explain makes the agent say on stderr why something is not recorded. For development and tests.
	Explain bool
	// Directory is where a server keeps the agent's state; $STATE_DIRECTORY, if nothing else is said.
	Directory string
}

// found gives the agent: the one that the host names, else one of the system's that nobody but root can write. The search
// path is never used: anybody may stand in it.
func found(named string) string {
	if filepath.IsAbs(named) {
		return named
	}
	for _, folder := range []string{"/usr/bin", "/usr/local/bin", "/usr/libexec/aboveboard"} {
		path := folder + "/aboveboard-agent"
		file, err := os.Stat(path)
		if named == "" && err == nil && file.Mode().IsRegular() && file.Mode().Perm()&0o022 == 0 && isRoots(file) {
			return path
		}
	}
	return ""
}

// command gives the words that start the agent for a verb.
func (options Options) command(agent string, verb ...string) []string {
	words := []string{agent}
	for _, option := range [][2]string{
		{"--manifest", options.Manifest}, {"--program-version", options.Version}, {"--program", options.Program},
		{"--config", options.Config}, {"--config-key", options.ConfigKey},
		{"--wording", options.Wording}, {"--wording-file", options.WordingFile},
	} {
		if option[1] != "" {
			words = append(words, option[:]...)
		}
	}
	return append(words, verb...)
}

// withFlag gives a verb with the flag, which has its place after it.
func (options Options) withFlag(verb string) []string {
	if options.Flag == "" {
		return []string{verb}
	}
	return []string{verb, "--enable-telemetry=" + options.Flag}
}

// Client is a program that records. No method panics or waits for the agent, except Telemetry and Ask.
type Client struct {
	options Options
	agent   string
	relay   relay

	mutex  sync.Mutex
	runs   uint64
	header string
	last   []string
}

func client(options Options, words ...string) *Client {
	client := &Client{options: options, agent: found(options.Agent)}
	if options.Explain {
		words = append(words, "--explain")
	}
	if client.agent != "" {
		client.relay.speaks = options.Explain
		client.relay.command = options.command(client.agent, append(options.withFlag("relay"), words...)...)
	}
	return client
}

// Start gives the client of a program. The agent is started with the first thing that is recorded.
func Start(options Options) *Client { return client(options) }

// Serve gives the client of a server. The agent is started at once; counts is called when a report is due.
func Serve(options Options, counts func() Fields) *Client {
	words := []string{"--server"}
	if options.Directory != "" {
		words = append(words, "--directory", options.Directory)
	}
	client := client(options, words...)
	client.relay.received = func(line []byte) { client.received(line, counts) }
	client.relay.ended(nil)
	return client
}

func (client *Client) received(text []byte, counts func() Fields) {
	// Counts that could not be counted are not reported.
	defer func() { _ = recover() }()
	var line struct{ Link, Wants string }
	_ = json.Unmarshal(text, &line)
	if line.Link != "" {
		client.mutex.Lock()
		client.header = line.Link
		client.mutex.Unlock()
	}
	if line.Wants == "counts" && counts != nil {
		client.relay.send(Fields{"counts": counts()}, false)
	}
}

// Header gives the header aboveboard-server for answers, of a server that reports; empty as long as there is none.
func (client *Client) Header() string {
	client.mutex.Lock()
	defer client.mutex.Unlock()
	return client.header
}

// Link names the server that answered, by its header aboveboard-server, for every command that is open or begins later.
func (client *Client) Link(header string) {
	if header != "" {
		client.relay.send(Fields{"link": header}, false)
	}
}

// Telemetry runs a verb for users on this terminal: os.Exit(client.Telemetry(os.Args[2:])).
func (client *Client) Telemetry(words []string) int {
	if client.agent == "" {
		fmt.Fprintln(os.Stderr, "telemetry is off: aboveboard-agent is not installed")
		return 1
	}
	return client.call(words)
}

// Ask asks, if that may be done here and now. It is the last act of a program, after its command has ended.
func (client *Client) Ask() {
	if client.agent != "" {
		client.call(append(client.options.withFlag("ask"), client.last...))
	}
}

// Close ends the agent as the end of the process would.
func (client *Client) Close() { client.relay.close() }

func (client *Client) call(verb []string) int {
	command := client.options.command(client.agent, verb...)
	child := exec.Command(command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := child.Run(); err == nil {
		return 0
	} else if child.ProcessState != nil && child.ProcessState.ExitCode() > 0 {
		return child.ProcessState.ExitCode()
	}
	return 1
}

// Record records an event, for the generated package.
func Record(client *Client, name string, fields Fields) {
	line := Fields{"event": name}
	if len(fields) > 0 {
		line["fields"] = fields
	}
	client.relay.send(line, true)
}

// Time counts a request, for the generated package.
func Time(client *Client, name string, took time.Duration, kind, parts Fields) {
	line := Fields{"timing": name, "kind": kind, "took": Milliseconds(took)}
	if len(parts) > 0 {
		line["parts"] = parts
	}
	client.relay.send(line, false)
}

// Begin says that a command begins, for the generated package.
func Begin(client *Client, command string) *Run {
	client.mutex.Lock()
	client.runs++
	number := client.runs
	client.mutex.Unlock()
	open := client.relay.send(Fields{"begin": command, "run": number}, true)
	return &Run{client: client, command: command, number: number, open: open}
}

// Outcome says how a command ended.
type Outcome struct{ name string }

// The outcomes. A command that never ends is unfinished.
var (
	Success    = Outcome{"success"}
	Error      = Outcome{"error"}
	Unfinished = Outcome{"unfinished"}
)

// Run is a command that runs, in one goroutine at a time.
type Run struct {
	client  *Client
	command string
	number  uint64
	open    bool
	ended   bool
}

// End says how the command ended, once: the first counts.
func (run *Run) End(outcome Outcome) {
	if run.ended || outcome.name == "" {
		return
	}
	run.ended = true
	if run.open {
		run.client.relay.send(Fields{"end": run.number, "outcome": outcome.name}, false)
		run.open = false
	}
	run.client.mutex.Lock()
	defer run.client.mutex.Unlock()
	run.client.last = []string{"--command", run.command}
	if outcome != Success {
		run.client.last = append(run.client.last, "--failed")
	}
}

// Do runs a function as the command. Its error makes the outcome Error, a panic Unfinished; both go on to the caller.
func (run *Run) Do(body func() error) error {
	outcome := Unfinished
	defer func() { run.End(outcome) }()
	err := body()
	if outcome = Success; err != nil {
		outcome = Error
	}
	return err
}

// Link names the server that answered this command, by its header aboveboard-server.
func (run *Run) Link(header string) {
	if run.open && header != "" {
		run.client.relay.send(Fields{"link": header, "run": run.number}, false)
	}
}
