package aboveboard

// GeneratedBegin is for generated code alone, and checks nothing: it says that a command begins.
func GeneratedBegin(client *Client, command string) *Run {
	if client == nil {
		return new(Run)
	}
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
	if run == nil || run.client == nil || run.ended || outcome.name == "" {
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
	if run != nil && run.open && header != "" {
		run.client.relay.send(Fields{"link": header, "run": run.number}, false)
	}
}
