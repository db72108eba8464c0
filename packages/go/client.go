// Package aboveboard records what a manifest declares, through the agent that is installed beside the program. Programs
// use the package that `aboveboard manifest types --language go` writes.
package aboveboard

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options say what the agent is told about its host; what is empty is not told. A relative path is one from the working
// directory at the start.
type Options struct {
	// Manifest is the path of telemetry.sealed.
	Manifest string
	// Product is the product's id, which the generated package fills in: where an opt-out names it, no agent is started.
	Product string
	// Version is the program's own version.
	Version string
	// Agent is the absolute path of the agent: a relative one is refused, as anybody may stand where a program is started.
	// Without it the agent that the system has is used.
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

// The folders in which packages install the agent. The search path is never used: anybody may stand in it.
var systemFolders = []string{"/usr/bin", "/usr/local/bin", "/usr/libexec/aboveboard"}

// found gives the agent: the one that the host names, else one of the system's that nobody but root can write. Without one
// it says why.
func found(named string) (string, string) {
	if named != "" && !filepath.IsAbs(named) {
		return "", "the path of the agent has to be absolute: " + named
	}
	tried := []string{named}
	if named == "" {
		tried = nil
		for _, folder := range systemFolders {
			tried = append(tried, folder+"/aboveboard-agent")
		}
	}
	for _, path := range tried {
		file, err := os.Stat(path)
		runs := err == nil && file.Mode().IsRegular() && file.Mode().Perm()&0o111 != 0
		if runs && (named != "" || file.Mode().Perm()&0o022 == 0 && isRoots(file)) {
			return path, ""
		}
	}
	if named != "" {
		return "", "there is no executable aboveboard-agent at " + named
	}
	return "", "there is no aboveboard-agent that belongs to root alone at " + strings.Join(tried, ", ")
}

// absolute gives the options with absolute paths, for a host that changes its working directory later.
func (options Options) absolute() Options {
	for _, path := range []*string{&options.Manifest, &options.Config, &options.WordingFile, &options.Directory} {
		if absolute, err := filepath.Abs(*path); err == nil && *path != "" {
			*path = absolute
		}
	}
	return options
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

// How long Close waits at most.
const maxClose = 2 * time.Second

// Client is a program that records. No method panics, and none waits for the agent but Telemetry, Ask and Close, and what
// is recorded first for its start. A nil or zero client records nothing.
type Client struct {
	options Options
	agent   string
	// Why there is no agent.
	absent string
	relay  relay

	mutex sync.Mutex
	runs  uint64
	last  []string
}

func client(options Options, words ...string) *Client {
	options = options.absolute()
	client := &Client{options: options}
	client.agent, client.absent = found(options.Agent)
	if client.agent == "" && options.Explain {
		say(client.absent)
	}
	words = append(words, "--detach")
	if options.Explain {
		words = append(words, "--explain")
	}
	if client.agent != "" {
		client.relay.explain = options.Explain
		client.relay.command = options.command(client.agent, append(options.withFlag("relay"), words...)...)
		// With Explain the agent says itself that it is off.
		client.relay.isOff = func() bool { return !options.Explain && options.isOff() }
	}
	return client
}

func say(why string) { fmt.Fprintln(os.Stderr, "telemetry is off: "+why) }

// Start gives the client of a program. The agent is started with the first thing that is recorded.
func Start(options Options) *Client { return client(options) }

// Serve gives the client of a server. The agent is started at once; counts is called when a report is due.
func Serve(options Options, counts func() Fields) *Client {
	words := []string{"--server"}
	if options = options.absolute(); options.Directory != "" {
		words = append(words, "--directory", options.Directory)
	}
	client := client(options, words...)
	client.relay.received = func(pipe pipe, line []byte) { client.received(pipe, line, counts) }
	client.relay.ended(nil)
	return client
}

func (client *Client) received(pipe pipe, text []byte, counts func() Fields) {
	// Counts that could not be counted are not reported. The text of a panic may hold anything.
	defer func() {
		if reason := recover(); reason != nil && client.options.Explain {
			fmt.Fprintf(os.Stderr, "a report is left out: the counts failed with %T\n", reason)
		}
	}()
	var line struct{ Link, Wants string }
	_ = json.Unmarshal(text, &line)
	if line.Link != "" {
		client.relay.named(pipe, line.Link)
	}
	if line.Wants == "counts" && counts != nil {
		client.relay.send(Fields{"counts": counts()}, false)
	}
}

// Header gives the header aboveboard-server for answers, of a server that reports; empty as long as there is none, and
// once there is no agent any more; off where no agent is started.
func (client *Client) Header() string {
	if client == nil {
		return ""
	}
	client.relay.mutex.Lock()
	defer client.relay.mutex.Unlock()
	return client.relay.header
}

// Link names the server that answered, by its header aboveboard-server, for every command that is open or begins later.
func (client *Client) Link(header string) {
	if client != nil && header != "" {
		client.relay.send(Fields{"link": header}, false)
	}
}

// Telemetry runs a verb for users on this terminal: os.Exit(client.Telemetry(os.Args[2:])). Where the agent cannot be
// started it says so on stderr, and gives 1.
func (client *Client) Telemetry(words []string) int {
	if client == nil || client.agent == "" && client.absent == "" {
		say("this client was not started")
		return 1
	}
	if client.agent == "" {
		say(client.absent)
		return 1
	}
	status, err := client.call(words)
	if err != nil {
		say(err.Error())
	}
	return status
}

// Ask asks, if that may be done here and now: it starts the agent a second time, and waits for it, where stdin,
// stdout and stderr are a terminal. It is the last act of a program, after its command has ended.
func (client *Client) Ask() {
	hasTerminal := isTerminal(os.Stdin) && isTerminal(os.Stdout) && isTerminal(os.Stderr)
	if client != nil && client.agent != "" && hasTerminal && !client.options.isOff() {
		client.mutex.Lock()
		last := client.last
		client.mutex.Unlock()
		_, _ = client.call(append(client.options.withFlag("ask"), last...))
	}
}

// Close ends the agent as the end of the process would, and waits until it has: what was recorded is on the disk then. It
// waits two seconds at most, and says whether that was enough. It is for tests and for servers that shut down; a program
// need not call it. What is recorded later is dropped.
func (client *Client) Close() bool { return client == nil || client.relay.close(maxClose) }

// call runs a verb on the terminal of this process; fails if it cannot be started.
func (client *Client) call(verb []string) (int, error) {
	command := client.options.command(client.agent, verb...)
	child := exec.Command(command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := child.Run()
	if child.ProcessState == nil {
		return 1, err
	} else if err != nil && child.ProcessState.ExitCode() <= 0 {
		return 1, nil
	}
	return child.ProcessState.ExitCode(), nil
}

// GeneratedRecord is for generated code alone, and checks nothing: it records an event.
func GeneratedRecord(client *Client, name string, fields Fields) {
	line := Fields{"event": name}
	if len(fields) > 0 {
		line["fields"] = fields
	}
	if client != nil {
		client.relay.send(line, true)
	}
}

// GeneratedTime is for generated code alone, and checks nothing: it counts a request.
func GeneratedTime(client *Client, name string, took time.Duration, kind, parts Fields) {
	line := Fields{"timing": name, "kind": kind, "took": Milliseconds(took)}
	if len(parts) > 0 {
		line["parts"] = parts
	}
	if client != nil {
		client.relay.send(line, false)
	}
}
