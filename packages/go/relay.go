package aboveboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

const (
	// The longest line: the relay drops a longer one.
	maxLineBytes = 16_384
	// How often a relay is started in the life of a client: one that dies over and over is given up.
	maxStarts = 4
	// After how long a full pipe is tried again.
	retry = 10 * time.Millisecond
)

// The most bytes that wait while the pipe is full: a burst of some ten thousand events.
var maxWaitingBytes = 1 << 20

// pipe is the host's end of a relay's input. It writes what fits, and says errFull where nothing does. end closes it and
// waits for the end of the relay; whether it came before the deadline.
type pipe interface {
	write(line []byte) (int, error)
	close()
	end(deadline time.Time) bool
}

// relay is the agent's relay of this process, and the lines that wait for it. Nothing here panics, nothing waits but close
// and, for a moment, start, and nothing prints unless it explains.
type relay struct {
	command []string
	// isOff is asked before each start. A relay that is off is given up.
	isOff func() bool
	// explain is whether it says on the host's stderr what is not recorded.
	explain bool
	// received takes the lines that come back to a server.
	received func(pipe pipe, line []byte)

	mutex    sync.Mutex
	pipe     pipe
	header   string // what the relay of this pipe calls a server
	starts   int
	waiting  []byte
	cut      bool // the beginning of what waits is the rest of a line
	dropped  int
	retrying bool
}

// send hands over a line; whether it did. An event that it does not is counted as dropped.
func (relay *relay) send(fields Fields, isEvent bool) bool {
	relay.mutex.Lock()
	defer relay.mutex.Unlock()
	line, err := json.Marshal(fields)
	fits := err == nil && len(line) < maxLineBytes && len(relay.waiting)+len(line) <= maxWaitingBytes
	if started := relay.pipe != nil || relay.start(); !started || !fits {
		if isEvent {
			relay.dropped++
		}
		return false
	}
	relay.debt()
	relay.waiting = append(append(relay.waiting, line...), '\n')
	if !relay.retrying {
		relay.flush()
	}
	return true
}

// debt puts the number of events that were dropped before the next line.
func (relay *relay) debt() {
	if relay.dropped > 0 {
		relay.waiting = append(relay.waiting, fmt.Sprintf("{\"dropped\":%d}\n", relay.dropped)...)
	}
	relay.dropped = 0
}

// flush writes what the pipe takes, and tries the rest later.
func (relay *relay) flush() {
	for len(relay.waiting) > 0 && relay.pipe != nil {
		written, err := relay.pipe.write(relay.waiting)
		if err == errFull {
			if !relay.retrying {
				time.AfterFunc(retry, relay.again)
			}
			relay.retrying = true
			return
		} else if err == nil {
			relay.cut = relay.waiting[written-1] != '\n'
			relay.waiting = relay.waiting[written:]
		} else if relay.stop(); !relay.start() {
			relay.waiting = nil
		}
	}
}

func (relay *relay) again() {
	relay.mutex.Lock()
	defer relay.mutex.Unlock()
	relay.retrying = false
	relay.flush()
}

func (relay *relay) start() bool {
	if relay.command == nil || relay.starts >= maxStarts {
		return false
	}
	if relay.isOff != nil && relay.isOff() {
		relay.command = nil
		if relay.received != nil {
			relay.header = "off"
		}
		return false
	}
	relay.starts++
	pipe, err := startRelay(relay)
	if err != nil && relay.explain && relay.starts == 1 {
		say(err.Error())
	}
	if err != nil {
		return false
	}
	if relay.cut { // the one before took the beginning of a line with it
		_, relay.waiting, _ = bytes.Cut(relay.waiting, []byte("\n"))
	}
	relay.cut = false
	relay.pipe = pipe
	relay.waiting = append([]byte("{\"relay\":1}\n"), relay.waiting...)
	return true
}

func (relay *relay) stop() {
	if relay.pipe != nil {
		relay.pipe.close()
	}
	relay.pipe = nil
	relay.header = ""
}

// named takes the name of a server from its relay.
func (relay *relay) named(pipe pipe, header string) {
	relay.mutex.Lock()
	defer relay.mutex.Unlock()
	if relay.pipe == pipe {
		relay.header = header
	}
}

// ended starts another relay for a server, which has reports to make; for a program, the next line does.
func (relay *relay) ended(pipe pipe) {
	relay.mutex.Lock()
	defer relay.mutex.Unlock()
	if relay.pipe != pipe {
		return
	}
	relay.stop()
	if relay.received != nil && relay.start() {
		relay.flush()
	}
}

// close gives the relay what waits, and the end of its input; whether it ended within the time.
func (relay *relay) close(within time.Duration) bool {
	deadline := time.Now().Add(within)
	pipe := relay.finish(deadline)
	return pipe == nil || pipe.end(deadline)
}

// finish gives the pipe, if there is one, once it has taken what waits, and at the deadline in any case. Nothing is written
// to it any more.
func (relay *relay) finish(deadline time.Time) pipe {
	relay.mutex.Lock()
	defer relay.mutex.Unlock()
	if relay.pipe != nil {
		relay.debt()
		relay.flush()
	}
	relay.command = nil
	for len(relay.waiting) > 0 && relay.pipe != nil && time.Now().Before(deadline) {
		relay.mutex.Unlock()
		time.Sleep(retry)
		relay.mutex.Lock()
	}
	pipe := relay.pipe
	relay.pipe = nil
	relay.header = ""
	return pipe
}
