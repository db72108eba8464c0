// Command registry is built like the hosted Devfile Registry: it hands out stacks, and counts its requests by the kind of
// client that each names.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"

	"example.org/devfile-registry/library"
	"example.org/devfile-registry/telemetry"
	"example.org/devfile-registry/viewer"
)

// registry is the service.
type registry struct {
	stacks    map[string]library.Stack
	index     []byte
	requests  requests
	telemetry telemetry.Client
	bridge    *aboveboard.Bridge
	viewer    http.Handler
}

func main() {
	index := flag.String("index", "", "file of the index")
	data := flag.String("data", "", "directory of the service")
	consent := flag.String("enable-telemetry", "", "true: the operator allows telemetry; without it nothing is counted")
	flag.Parse()
	if err := serve(*index, *data, *consent); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}

func serve(index, data, consent string) error {
	registry, err := open(index)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	program, _ := os.Executable()
	options := telemetry.Options{
		Agent:     filepath.Join(filepath.Dir(program), "aboveboard-agent"),
		Manifest:  filepath.Join(filepath.Dir(program), "telemetry.sealed"),
		Version:   "2.3.0",
		Flag:      consent,
		Directory: data,
	}
	registry.telemetry = telemetry.Serve(options, registry.counts)
	defer registry.telemetry.Close()
	registry.bridge = aboveboard.StartBridge(options, data, "--server", "--directory", data)
	defer registry.bridge.Close()
	fmt.Printf("listening http://%s\n", listener.Addr())
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	go func() {
		<-ended
		listener.Close()
	}()
	_ = http.Serve(listener, registry)
	return nil
}

func open(file string) (*registry, error) {
	registry := &registry{stacks: map[string]library.Stack{}, viewer: viewer.Handler("/viewer/")}
	index, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var stacks []library.Stack
	if err := json.Unmarshal(index, &stacks); err != nil {
		return nil, err
	}
	for _, stack := range stacks {
		registry.stacks[stack.Name] = stack
	}
	registry.index = index
	return registry, nil
}

// ServeHTTP answers a request, which it counts once.
func (registry *registry) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	client := request.Header.Get(library.ClientHeader)
	header := registry.telemetry.Header()
	if header != "" {
		answer.Header().Set(library.ServerHeader, header)
	}
	count := func(what int) {
		// A request is counted if its answer says so: by that its client knows that it must not count it as well.
		if library.IsCounted(header) {
			registry.requests.count(client, what)
		}
	}
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	switch {
	case parts[0] == "viewer":
		registry.viewer.ServeHTTP(answer, request)
	case parts[0] == "telemetry":
		registry.bridge.ServeHTTP(answer, request)
	case len(parts) == 1 && parts[0] == "index":
		count(index)
		_, _ = answer.Write(registry.index)
	case len(parts) == 2 && parts[0] == "devfiles":
		count(stacks)
		registry.fetch(answer, parts[1], client)
	case len(parts) == 4 && parts[0] == "devfiles" && parts[2] == "starter-projects":
		count(samples)
		fmt.Fprintf(answer, "starter project %s\n", parts[3])
	default:
		http.NotFound(answer, request)
	}
}

// fetch hands out a stack.
func (registry *registry) fetch(answer http.ResponseWriter, name, client string) {
	stack, known := registry.stacks[name]
	fetched := telemetry.StackFetched{}.Status(http.StatusNotFound)
	if known {
		fetched = telemetry.StackFetched{}.
			Language(telemetry.StackFetchedLanguageFrom(stack.Language)).
			Framework(telemetry.StackFetchedFrameworkFrom(stack.ProjectType)).
			StackVersion(aboveboard.VersionOf(stack.Version)).
			Status(http.StatusOK)
	}
	registry.telemetry.Record(fetched.Client(telemetry.StackFetchedClientFrom(client)))
	if !known {
		http.Error(answer, "no such stack", http.StatusNotFound)
		return
	}
	fmt.Fprintf(answer, "schemaVersion: 2.2.0\nmetadata:\n  name: %s\n  version: %s\n", stack.Name, stack.Version)
}

func (registry *registry) counts() telemetry.Counts {
	counts := registry.requests.take()
	counts.Stacks = uint64(len(registry.stacks))
	return counts
}
