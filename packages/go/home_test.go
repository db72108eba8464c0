package aboveboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"testing"
)

// home is a user's home with an agent in it: the real one, behind a script that notes the lines to a relay and when it
// ended.
type home struct {
	*testing.T
	folder   string
	manifest string
	agent    string
	env      []string
}

func newHome(t *testing.T) *home {
	folder := t.TempDir()
	return &home{
		T:        t,
		folder:   folder,
		manifest: filepath.Join(root(), "tests/vectors/telemetry.toml"),
		agent:    filepath.Join(binaries(), "aboveboard-agent"),
		env: []string{
			"HOME=" + folder,
			"PATH=" + os.Getenv("PATH"),
			"VECTORS_TELEMETRY_ENDPOINT=http://127.0.0.1:9",
			"VECTORS_TELEMETRY_ALLOW_PRIVATE=true",
		},
	}
}

func root() string {
	here, _ := os.Getwd()
	return filepath.Join(here, "../..")
}

func binaries() string {
	if named := os.Getenv("ABOVEBOARD_BINARIES"); named != "" {
		return named
	}
	return filepath.Join(root(), "target/debug")
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// watched gives the agent behind a script, which first asks a server for its counts so many times.
func (home *home) watched(wants int) string {
	text := "#!/bin/sh\n"
	for _, variable := range home.env {
		text += fmt.Sprintf("export '%s'\n", variable)
	}
	asks := strings.Repeat(`echo '{"wants":"counts"}'; `, wants)
	text += fmt.Sprintf(`case " $* " in
*" relay "*)
  for word; do shift; [ "$word" = --detach ] || set -- "$@" "$word"; done
  exec 3<&0
  { %stee "$HOME/lines" | "%s" "$@"; >"$HOME/ended"; } <&3 3<&- & ;;
*) exec "%s" "$@" ;;
esac
`, asks, home.agent, home.agent)
	script := filepath.Join(home.folder, "agent")
	// A fork of another test must not hold a script that is to be executed open for writing.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	must(0, os.WriteFile(script, []byte(text), 0o755))
	return script
}

// lines gives the lines that came out, once the watched relay has ended.
func (home *home) lines() []map[string]any {
	for !exists(filepath.Join(home.folder, "ended")) {
		runtime.Gosched()
	}
	return objects(must(os.ReadFile(filepath.Join(home.folder, "lines"))))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// written gives what of the lines has come out.
func (home *home) written() string {
	text, _ := os.ReadFile(filepath.Join(home.folder, "lines"))
	return string(text)
}

func objects(text []byte) []map[string]any {
	var objects []map[string]any
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		var object map[string]any
		must(0, json.Unmarshal([]byte(line), &object))
		objects = append(objects, object)
	}
	return objects
}

// verb runs a user's verb, which must succeed.
func (home *home) verb(words ...string) {
	home.Helper()
	_ = home.said(words...)
}

// said gives what a user's verb says on stdout.
func (home *home) said(words ...string) string {
	home.Helper()
	verb := exec.Command(home.agent, append([]string{"--manifest", home.manifest}, words...)...)
	verb.Env = home.env
	output, err := verb.Output()
	if err != nil {
		home.Fatalf("%v: %s", words, output)
	}
	return string(output)
}

type batch struct {
	Events   []map[string]any
	Outcomes map[string]int
	Marks    []string
	Version  string
}

// batches gives every batch that would be sent.
func (home *home) batches() []batch {
	file := filepath.Join(home.folder, "batches")
	home.verb("export", file)
	var batches []batch
	for _, line := range objects(must(os.ReadFile(file))) {
		body, isText := line["body"].(string)
		if !isText {
			body = string(must(json.Marshal(line["body"])))
		}
		var batch batch
		must(0, json.Unmarshal([]byte(body), &batch))
		batches = append(batches, batch)
	}
	return batches
}

// events gives what was recorded as JSON, without times and the ids of runs, in an order of its own.
func (home *home) events() []string {
	var events []string
	for _, batch := range home.batches() {
		for _, event := range batch.Events {
			delete(event, "time")
			delete(event, "run")
			events = append(events, string(must(json.Marshal(event))))
		}
	}
	sort.Strings(events)
	return events
}

// run runs the host program with these words; gives its status, stdout and stderr once every end of them is closed.
func (home *home) run(host string, words ...string) (int, string, string) {
	command := exec.Command(host, append([]string{home.agent, home.manifest}, words...)...)
	command.Env = home.env
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	_ = command.Run()
	return command.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// typed runs the host program on a terminal; gives what is printed there.
func (home *home) typed(host string, words ...string) string {
	line := strings.Join(append([]string{"exec", host, home.agent, home.manifest}, words...), " ")
	command := exec.Command("script", "--quiet", "--command", line, "/dev/null")
	command.Env = home.env
	return strings.ReplaceAll(string(must(command.Output())), "\r\n", "\n")
}

// silent runs the host program, which must end well and print nothing.
func (home *home) silent(host string, words ...string) {
	home.Helper()
	if status, stdout, stderr := home.run(host, words...); status != 0 || stdout+stderr != "" {
		home.Fatalf("%v: %d %q %q", words, status, stdout, stderr)
	}
}

// ended waits until no process of the home is left.
func (home *home) ended() {
	for len(home.processes()) > 0 {
		runtime.Gosched()
	}
}

// processes gives the names of the processes in the home, by their ids.
func (home *home) processes() map[int]string {
	found := map[int]string{}
	for _, path := range must(filepath.Glob("/proc/[0-9]*")) {
		environment, _ := os.ReadFile(path + "/environ")
		program, _ := os.Readlink(path + "/exe")
		// A program that is just being executed has no environment yet.
		isStarting := len(environment) == 0 && filepath.Base(program) == "aboveboard-agent"
		if isStarting || bytes.Contains(environment, []byte("HOME="+home.folder+"\x00")) {
			var id int
			_, _ = fmt.Sscanf(filepath.Base(path), "%d", &id)
			name, _ := os.ReadFile(path + "/comm")
			found[id] = strings.TrimSpace(string(name))
		}
	}
	return found
}

// module makes a module of a program with the types of a manifest; gives its folder.
func module(t *testing.T, manifest, program string) string {
	folder := t.TempDir()
	must(0, os.Mkdir(filepath.Join(folder, "telemetry"), 0o755))
	words := []string{"manifest", "types", manifest, "--language", "go", "--output", filepath.Join(folder, "telemetry/telemetry.go")}
	if output, err := exec.Command(filepath.Join(binaries(), "aboveboard"), words...).CombinedOutput(); err != nil {
		t.Fatalf("%s", output)
	}
	const name = "github.com/aboveboard/aboveboard/packages/go"
	text := fmt.Sprintf("module host\n\ngo 1.19\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", name, name, filepath.Join(root(), "packages/go"))
	must(0, os.WriteFile(filepath.Join(folder, "go.mod"), []byte(text), 0o644))
	must(0, os.WriteFile(filepath.Join(folder, "main.go"), must(os.ReadFile(program)), 0o644))
	return folder
}

// compiled gives the compiler's messages about the module, and the program if there are none.
func compiled(t *testing.T, folder string) (string, string) {
	program := filepath.Join(folder, "program")
	build := exec.Command("go", "build", "-gcflags=-e", "-o", program, ".")
	build.Dir = folder
	build.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
	output, _ := build.CombinedOutput()
	return string(output), program
}
