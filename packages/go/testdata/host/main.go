// A host of the tests: the agent, the manifest, and what it does.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"
	"host/telemetry"
)

func main() {
	client := telemetry.Start(telemetry.Options{Agent: os.Args[1], Manifest: os.Args[2], Version: "2.1.0"})
	switch os.Args[3] {
	case "commands":
		client.Record(telemetry.StartFinished{}.Provider(telemetry.StartFinishedProviderPodman).Took(1520 * time.Millisecond))
		_ = client.Begin(telemetry.CommandInit).Do(func() error { return nil })
		_ = client.Begin(telemetry.CommandMetadataApply).Do(func() error { return errors.New("no such table") })
		client.Begin(telemetry.CommandInit)
		os.Exit(0)
	case "panic":
		_ = client.Begin(telemetry.CommandInit).Do(func() error { panic("mine") })
	case "relays":
		client = telemetry.Start(telemetry.Options{Agent: os.Args[1], Manifest: os.Args[2], Flag: strings.Join(os.Args[4:], "")})
		before := sockets()
		client.Record(telemetry.PageShown{})
		client.Ask()
		fmt.Println(len(started(before)))
	case "ends":
		_ = client.Begin(telemetry.CommandInit).Do(func() error { return nil })
		run := client.Begin(telemetry.CommandInit)
		run.End(aboveboard.Error)
		run.End(aboveboard.Success)
		client.Ask()
	case "event":
		client.Record(telemetry.PageShown{}.Page(telemetry.PageShownPageHome))
	case "print":
		client.Record(telemetry.PageShown{})
		fmt.Println("mine")
		fmt.Fprintln(os.Stderr, "mine")
		client.Record(telemetry.PageShown{})
	case "everything":
		for event := 0; event < 10; event++ {
			client.Record(telemetry.PageShown{})
		}
		client.Begin(telemetry.Command{})
		client.Ask()
		client.Close()
		client.Record(telemetry.PageShown{})
	case "status":
		os.Exit(client.Telemetry([]string{"status", "--check"}))
	case "explain":
		options := telemetry.Options{Agent: os.Args[1], Manifest: os.Args[2], Explain: true}
		client := telemetry.Start(options)
		client.Record(telemetry.PageShown{})
		client.Record(telemetry.PageShown{})
		os.Exit(1)
	case "nobody":
		nobody(client)
	case "close":
		client.Record(telemetry.PageShown{})
		if !client.Close() {
			os.Exit(3)
		}
	case "reaps":
		client.Record(telemetry.PageShown{})
		// On a busy machine the child that starts the relay may be there for a moment.
		var err error
		for err == nil {
			_, err = syscall.Wait4(-1, nil, 0, nil)
		}
		fmt.Println(err)
	case "reuses":
		reuses(client)
	case "unnamed":
		unnamed(telemetry.Options{Agent: os.Args[1], Manifest: os.Args[2], Directory: os.Args[4]})
	case "kills":
		kills(client)
	case "server":
		server(telemetry.Options{Agent: os.Args[1], Manifest: os.Args[2], Directory: os.Args[4]})
	case "goroutines":
		var group sync.WaitGroup
		for goroutine := 0; goroutine < 4; goroutine++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for event := 0; event < 500; event++ {
					client.Record(telemetry.StartFinished{}.Retries(1))
				}
			}()
		}
		group.Wait()
	}
}

// server serves until its standard input ends, and prints that it has a header.
func server(options telemetry.Options) {
	client := telemetry.Serve(options, func() telemetry.Counts {
		return telemetry.Counts{Tables: 3, Relationships: telemetry.RelationshipsCount{Manual: 1, Automatic: 2}, Roles: 7}
	})
	client.Time(telemetry.NewRequestsTiming(telemetry.RequestsOperationQuery, telemetry.RequestsTransportHttp, 7*time.Millisecond))
	for !strings.Contains(client.Header(), ";") {
		runtime.Gosched()
	}
	fmt.Println("named")
	_, _ = io.ReadAll(os.Stdin)
}

// nobody calls what nobody started.
func nobody(started telemetry.Client) {
	started.Record(nil)
	started.Record((*telemetry.PageShown)(nil))
	started.Time(nil)
	started.Time((*telemetry.RequestsTiming)(nil))
	new(aboveboard.Run).End(aboveboard.Success)
	for _, client := range []telemetry.Client{{}, {Client: new(aboveboard.Client)}} {
		client.Record(telemetry.PageShown{})
		client.Time(telemetry.RequestsTiming{})
		run := client.Begin(telemetry.CommandInit)
		run.Link("off")
		run.End(aboveboard.Success)
		_ = run.Do(func() error { return nil })
		client.Link("off")
		client.Ask()
		if !client.Close() || client.Header() != "" {
			panic("something was started")
		}
	}
	var run *aboveboard.Run
	run.Link("off")
	run.End(aboveboard.Success)
}

// reuses puts a file of its own under the number of each socket that recording opened; prints what is written to it.
func reuses(client telemetry.Client) {
	before := sockets()
	client.Record(telemetry.PageShown{})
	var files []*os.File
	var numbers []int
	for descriptor := range sockets() {
		if before[descriptor] {
			continue
		}
		ends, _ := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		_ = syscall.Dup3(ends[0], descriptor, syscall.O_CLOEXEC)
		_ = syscall.Close(ends[0])
		files = append(files, os.NewFile(uintptr(ends[1]), "mine"))
		numbers = append(numbers, descriptor)
	}
	client.Record(telemetry.StartFinished{}.Retries(1))
	client.Close()
	for index, file := range files {
		fmt.Println(syscall.Close(numbers[index]))
		text, _ := io.ReadAll(file)
		fmt.Printf("%q\n", text)
	}
}

func sockets() map[int]bool {
	sockets := map[int]bool{}
	for descriptor := 0; descriptor < 64; descriptor++ {
		var file syscall.Stat_t
		if syscall.Fstat(descriptor, &file) == nil && file.Mode&syscall.S_IFMT == syscall.S_IFSOCK {
			sockets[descriptor] = true
		}
	}
	return sockets
}

// unnamed prints whether a server has a name: with a relay, with none that lives, and once it is closed.
func unnamed(options telemetry.Options) {
	serve := func() telemetry.Client {
		client := telemetry.Serve(options, func() telemetry.Counts { return telemetry.Counts{} })
		for client.Header() == "" {
			runtime.Gosched()
		}
		return client
	}
	client := serve()
	fmt.Println("named")
	for client.Header() != "" {
		for _, relay := range relays() {
			kill(relay)
		}
	}
	fmt.Println("unnamed")
	client = serve()
	client.Close()
	if client.Header() == "" {
		fmt.Println("unnamed")
	}
}

// kills kills the relay after each event, and prints how often there was one, and whether the host heard of a broken pipe.
func kills(client telemetry.Client) {
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	starts := 0
	before := sockets()
	for event := uint64(0); event < 10; event++ {
		client.Record(telemetry.StartFinished{}.Retries(event))
		for _, relay := range started(before) {
			starts++
			kill(relay)
		}
	}
	fmt.Println(starts, len(broken))
}

// started gives the relay that there is for a socket that was not open before. On a busy machine recording returns before
// its relay has started, and the child that starts it holds the other end of the socket for a moment longer.
func started(before map[int]bool) []int {
	for len(sockets()) > len(before) {
		if relays := relays(); len(relays) > 0 && !hasChildren() {
			return relays
		}
		runtime.Gosched()
	}
	return relays()
}

// kill kills a relay, and waits until it has closed its end of the socket, as one has that is gone or awaits its parent.
func kill(relay int) {
	_ = syscall.Kill(relay, syscall.SIGKILL)
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", relay))
		if _, state, _ := strings.Cut(string(status), ") "); err != nil || strings.HasPrefix(state, "Z") {
			return
		}
		runtime.Gosched()
	}
}

func hasChildren() bool {
	threads, _ := filepath.Glob("/proc/self/task/*/children")
	for _, thread := range threads {
		if children, _ := os.ReadFile(thread); len(children) > 0 {
			return true
		}
	}
	return false
}

// relays gives the relays of this process that live.
func relays() []int {
	var relays []int
	mark := fmt.Sprintf("\x00--host-process=%d\x00", os.Getpid())
	processes, _ := os.ReadDir("/proc")
	for _, process := range processes {
		text, _ := os.ReadFile("/proc/" + process.Name() + "/cmdline")
		if strings.Contains(string(text), mark) {
			var relay int
			_, _ = fmt.Sscan(process.Name(), &relay)
			relays = append(relays, relay)
		}
	}
	return relays
}
