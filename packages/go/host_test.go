package aboveboard

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The host notices nothing: a real program with the real agent.
func TestHost(t *testing.T) {
	folder := module(t, filepath.Join(root(), "tests/vectors/telemetry.toml"), "testdata/host/main.go")
	messages, host := compiled(t, folder)
	if messages != "" {
		t.Fatal(messages)
	}
	for name, test := range map[string]func(*home, string){
		"a command is recorded with its outcome once the user has said yes": commands,
		"a panic of a command goes on, and it is unfinished":                panics,
		"the first end counts, and nobody is asked after a failure":         ends,
		"where an opt-out is plain there is no child":                       off,
		"a sealed manifest is that of a release":                            sealed,
		"where there is no agent nothing happens, and the verbs say so":     missing,
		"a client of nobody records nothing":                                nobody,
		"what was recorded is on the disk once the client is closed":        closes,
		"a server has no name any more once its agent is gone":              unnamed,
		"a killed relay is started again a few times":                       kills,
		"a host that waits for all of its children has none":                reaps,
		"a file of the host under the number of a socket stays the host's":  reuses,
		"goroutines record as well":                                         goroutines,
		"what it prints with its streams closed goes to no relay":           prints,
		"a server reports what it counts, and names itself":                 serves,
	} {
		test := test
		t.Run(name, func(t *testing.T) { test(newHome(t), host) })
	}
}

func commands(home *home, host string) {
	home.silent(host, "commands")
	home.ended()
	if files := must(os.ReadDir(home.folder)); len(files) > 0 {
		home.Errorf("nobody has decided, and there is %v", files)
	}
	home.verb("on")
	home.silent(host, "commands")
	home.ended()
	expected := []string{
		`{"command":"init","error":false,"name":"command"}`,
		`{"command":"init","name":"command","unfinished":true}`,
		`{"command":"metadata apply","error":true,"name":"command"}`,
		`{"fields":{"provider":"podman","took":1000},"name":"start-finished"}`,
	}
	if events := home.events(); !reflect.DeepEqual(events, expected) {
		home.Error(events)
	}
	home.verb("off")
	home.silent(host, "commands")
	home.ended()
	if _, err := os.Stat(filepath.Join(home.folder, ".local/state/vectors/telemetry/spool")); err == nil {
		home.Error("something was recorded")
	}
}

func panics(home *home, host string) {
	home.verb("on")
	status, stdout, stderr := home.run(host, "panic")
	if status != 2 || stdout != "" || !strings.HasPrefix(stderr, "panic: mine\n\ngoroutine 1") {
		home.Error(status, stdout, stderr)
	}
	home.ended()
	if events := home.events(); !reflect.DeepEqual(events, []string{`{"command":"init","name":"command","unfinished":true}`}) {
		home.Error(events)
	}
}

func ends(home *home, host string) {
	home.agent = filepath.Join(home.folder, "agent")
	syscall.ForkLock.RLock()
	must(0, os.WriteFile(home.agent, []byte("#!/bin/sh\necho \"$@\"\n"), 0o755))
	syscall.ForkLock.RUnlock()
	if stdout := home.typed(host, "ends"); !strings.HasSuffix(stdout, " ask --command init --failed\n") {
		home.Error(stdout)
	}
	if _, stdout, _ := home.run(host, "ends"); strings.Contains(stdout, "ask") {
		home.Error("without a terminal", stdout)
	}
}

func sealed(home *home, host string) {
	file := filepath.Join(home.folder, "telemetry.sealed")
	seal := exec.Command(filepath.Join(binaries(), "aboveboard"), "manifest", "seal", home.manifest, "--release", "--output", file)
	if output, err := seal.CombinedOutput(); err != nil {
		home.Fatalf("%s", output)
	}
	home.manifest = file
	home.verb("on")
	home.silent(host, "event")
	home.ended()
	batch := home.batches()[0]
	if strings.Contains(strings.Join(batch.Marks, " "), "dev") || batch.Version != "2.1.0" || len(batch.Events) != 1 {
		home.Error(batch)
	}
}

func missing(home *home, host string) {
	for _, agent := range []string{"/nowhere/agent", "aboveboard-agent", home.manifest, home.folder} {
		home.agent = agent
		home.silent(host, "everything")
	}
	script := filepath.Join(home.folder, "broken")
	must(0, os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o755))
	for agent, why := range map[string]string{
		"relative":       "the path of the agent has to be absolute: relative",
		"/nowhere/agent": "there is no executable aboveboard-agent at /nowhere/agent",
		home.manifest:    "there is no executable aboveboard-agent at " + home.manifest,
		script:           "fork/exec " + script + ": no such file or directory",
	} {
		home.agent = agent
		for _, words := range []string{"status", "explain"} {
			status, stdout, stderr := home.run(host, words)
			if status != 1 || stdout != "" || stderr != "telemetry is off: "+why+"\n" {
				home.Error(words, status, stdout, stderr)
			}
		}
	}
	if _, why := found(""); why != "" && !strings.Contains(why, "/usr/bin/aboveboard-agent, /usr/local/bin/") {
		home.Error(why)
	}
	home.agent = filepath.Join(binaries(), "aboveboard-agent")
	if status, stdout, _ := home.run(host, "status"); status != 5 {
		home.Error(status, stdout)
	}
}

func nobody(home *home, host string) { home.silent(host, "nobody") }

// Nothing is awaited here: the host has.
func closes(home *home, host string) {
	home.verb("on")
	home.silent(host, "close")
	if events := home.events(); len(events) != 1 {
		home.Error(events)
	}
}

func TestClosingWaitsForTheAgentAndTwoSecondsAtMost(t *testing.T) {
	for words, expected := range map[string]bool{
		// Slow to write what it has read, as one on a busy machine is.
		`cat >"$0.read"; sleep 0.3; : >"$0.ended"`: true,
		`echo $$ >"$0.id"; exec sleep 1000`:        false,
	} {
		script := filepath.Join(t.TempDir(), "agent")
		syscall.ForkLock.RLock()
		must(0, os.WriteFile(script, []byte("#!/bin/sh\n"+words+"\n"), 0o755))
		syscall.ForkLock.RUnlock()
		client := Start(Options{Agent: script})
		GeneratedRecord(client, "page-shown", nil)
		if ended := client.Close(); ended != expected || exists(script+".ended") != expected {
			t.Error(words, ended)
		}
		if !client.Close() {
			t.Error("there is nothing left to end")
		}
		if !expected {
			id := strings.TrimSpace(string(must(os.ReadFile(script + ".id"))))
			must(0, syscall.Kill(must(strconv.Atoi(id)), syscall.SIGKILL))
		}
	}
}

func unnamed(home *home, host string) {
	if status, stdout, _ := home.run(host, "unnamed", home.folder); status != 0 || stdout != "named\nunnamed\nunnamed\n" {
		home.Error(status, stdout)
	}
}

func kills(home *home, host string) {
	home.verb("on")
	if status, stdout, stderr := home.run(host, "kills"); status != 0 || stdout != "4 0\n" || stderr != "" {
		home.Error(status, stdout, stderr)
	}
}

func reaps(home *home, host string) {
	if status, stdout, _ := home.run(host, "reaps"); status != 0 || stdout != "no child processes\n" {
		home.Error(status, stdout)
	}
}

func reuses(home *home, host string) {
	home.verb("on")
	if status, stdout, stderr := home.run(host, "reuses"); status != 0 || stdout != "<nil>\n\"\"\n" || stderr != "" {
		home.Error(status, stdout, stderr)
	}
	home.ended()
	if events := home.events(); len(events) != 2 {
		home.Error(events)
	}
}

func serves(home *home, host string) {
	home.env = append(home.env, "VECTORS_TELEMETRY_FIRST_DELAY=0")
	preview := func() string { return home.said("preview", "--directory", home.folder) }
	command := exec.Command(host, home.agent, home.manifest, "server", home.folder)
	command.Env = home.env
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	input := must(command.StdinPipe())
	must(0, command.Start())
	for !strings.Contains(preview(), `"tables":3`) {
		runtime.Gosched()
	}
	must(0, input.Close())
	err := command.Wait()
	if err != nil || stdout.String() != "named\n" || !strings.HasPrefix(stderr.String(), "Vectors sends usage data") {
		home.Error(err, stdout.String(), stderr.String())
	}
	home.ended()
	const counts = `"counts":{"tables":3,"relationships":{"manual":1,"automatic":2},"roles":5,"sources":{"postgres":0,"mssql":0},"functions":0}`
	if said := preview(); !strings.Contains(said, counts) {
		home.Error(said)
	}
}

func prints(home *home, host string) {
	home.verb("on")
	command := exec.Command("sh", "-c", `exec "$@" >&- 2>&-`, "sh", host, home.agent, home.manifest, "print")
	command.Env = home.env
	must(0, command.Run())
	home.ended()
	if batch := home.batches()[0]; len(batch.Outcomes) > 0 {
		home.Error(batch.Outcomes)
	}
}

func goroutines(home *home, host string) {
	home.verb("on")
	home.silent(host, "goroutines")
	home.ended()
	total := 0
	for _, batch := range home.batches() {
		total += len(batch.Events)
		for reason, number := range batch.Outcomes {
			if total += number; reason == "damaged" {
				home.Error("a line was written into another")
			}
		}
	}
	if total != 2000 {
		home.Error(total)
	}
}

func TestAFullPipeBlocksNothingAndEveryEventIsCountedOnce(t *testing.T) {
	home := newHome(t)
	client := Start(Options{Manifest: home.manifest, Agent: home.watched(0)})
	GeneratedRecord(client, "start-finished", nil)
	for home.written() == "" {
		runtime.Gosched()
	}
	for id, name := range home.processes() {
		if name == "tee" {
			defer func(id int) { _ = syscall.Kill(id, syscall.SIGCONT) }(id)
			must(0, syscall.Kill(id, syscall.SIGSTOP))
		}
	}
	recorded := 1
	for ; recorded < 60_000; recorded++ {
		GeneratedRecord(client, "start-finished", Fields{"retries": recorded % 20})
	}
	for id, name := range home.processes() {
		if name == "tee" {
			must(0, syscall.Kill(id, syscall.SIGCONT))
		}
	}
	for ; !strings.Contains(home.written(), "page-shown"); recorded++ {
		GeneratedRecord(client, "page-shown", nil)
		runtime.Gosched()
	}
	client.Close()
	events := 0
	dropped := 0
	for _, line := range home.lines() {
		if line["event"] != nil {
			events++
		}
		if number, is := line["dropped"].(float64); is {
			dropped += int(number)
		}
	}
	if dropped == 0 || events+dropped != recorded {
		t.Error(events, dropped, recorded)
	}
}

func TestAWriteToARelayThatIsGoneRaisesNoSignal(t *testing.T) {
	ends := must(syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0))
	must(0, syscall.Close(ends[1]))
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGPIPE)
	defer signal.Stop(heard)
	socket := newSocket(ends[0])
	defer socket.close()
	if _, err := socket.write([]byte("{}\n")); err != syscall.EPIPE {
		t.Error(err)
	}
	// Signals are passed on in their order: what came before this one has been heard.
	later := make(chan os.Signal, 1)
	signal.Notify(later, syscall.SIGWINCH)
	defer signal.Stop(later)
	must(0, syscall.Kill(os.Getpid(), syscall.SIGWINCH))
	<-later
	if len(heard) > 0 {
		t.Error("the host heard of a broken pipe")
	}
}

func TestNoMethodOfAClientWithoutAnAgentDoesAnything(t *testing.T) {
	client := Start(Options{Agent: "relative"})
	GeneratedBegin(client, "init").End(Success)
	client.Link("off")
	client.Ask()
	client.Close()
	if header := Serve(Options{Agent: "/nowhere"}, nil).Header(); header != "" {
		t.Error(header)
	}
	bridge := StartBridge(Options{Agent: "/nowhere"}, t.TempDir(), "--server")
	bridge.Link("off")
	answer := httptest.NewRecorder()
	bridge.ServeHTTP(answer, httptest.NewRequest("GET", "/telemetry/config", nil))
	bridge.Close()
	if answer.Code != 404 {
		t.Error(answer.Code)
	}
}

func TestCountsThatPanicAreNamedByTheirTypeAloneWhereThatWasAskedFor(t *testing.T) {
	stderr := os.Stderr
	defer func() { os.Stderr = stderr }()
	output, input, err := os.Pipe()
	must(0, err)
	os.Stderr = input
	for _, explain := range []bool{true, false} {
		client := &Client{options: Options{Explain: explain}}
		client.received(nil, []byte(`{"wants":"counts"}`), func() Fields { panic("secret") })
	}
	os.Stderr = stderr
	must(0, input.Close())
	var said bytes.Buffer
	must(said.ReadFrom(output))
	if said.String() != "a report is left out: the counts failed with string\n" {
		t.Error(said.String())
	}
}
