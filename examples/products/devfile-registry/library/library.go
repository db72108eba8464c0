// Package library is the client of the Devfile Registry that other tools are built with. It names the tool to the registry,
// which counts its requests by that kind of client. It records itself only what no registry has counted, and only if
// the tool's user has said yes to a tool of the family.
package library

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"

	"example.org/devfile-registry/telemetry"
)

// ClientHeader is how a client says which kind it is.
const ClientHeader = "client"

// ServerHeader is how a registry says that it counts its requests, or that its operator has said no.
const ServerHeader = "aboveboard-server"

// IsCounted is whether a registry that answers with this header has counted the request.
func IsCounted(header string) bool {
	return header != "" && header != "off" && header != "waiting"
}

// Stack is an entry of the index.
type Stack struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Language    string `json:"language"`
	ProjectType string `json:"projectType"`
}

// Registry is a registry as a tool sees it.
type Registry struct {
	// Address is where it is: https://registry.devfile.io.
	Address string
	// Client is the kind of client that the tool is.
	Client string
	// Telemetry records what no registry counted.
	Telemetry telemetry.Client
}

// List gives the index.
func (registry *Registry) List() ([]Stack, error) {
	var stacks []Stack
	text, err := registry.get(telemetry.LibraryCalledCallList, "/index")
	if err == nil {
		err = json.Unmarshal(text, &stacks)
	}
	return stacks, err
}

// DownloadStack gives the devfile of a stack.
func (registry *Registry) DownloadStack(name string) ([]byte, error) {
	return registry.get(telemetry.LibraryCalledCallDownloadStack, "/devfiles/"+name)
}

// DownloadSample gives a starter project of a stack.
func (registry *Registry) DownloadSample(stack, name string) ([]byte, error) {
	return registry.get(telemetry.LibraryCalledCallDownloadSample, "/devfiles/"+stack+"/starter-projects/"+name)
}

// Resolve gives the devfile that lies in a project. No registry hears of it.
func (registry *Registry) Resolve(project string) ([]byte, error) {
	began := time.Now()
	text, err := os.ReadFile(filepath.Join(project, "devfile.yaml"))
	registry.record(telemetry.LibraryCalledCallResolve, began, err != nil, 0)
	return text, err
}

func (registry *Registry) get(call telemetry.LibraryCalledCall, path string) ([]byte, error) {
	began := time.Now()
	request, err := http.NewRequest(http.MethodGet, registry.Address+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set(ClientHeader, registry.Client)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		registry.record(call, began, true, 0)
		return nil, err
	}
	defer answer.Body.Close()
	failed := answer.StatusCode >= 400
	// One action is counted by one side; where the registry's operator has said no, by neither.
	if header := answer.Header.Get(ServerHeader); header != "off" && !IsCounted(header) {
		registry.record(call, began, failed, uint64(answer.StatusCode))
	}
	if failed {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func (registry *Registry) record(call telemetry.LibraryCalledCall, began time.Time, failed bool, status uint64) {
	registry.Telemetry.Record(telemetry.LibraryCalled{}.
		Call(call).
		Client(telemetry.LibraryCalledClientFrom(registry.Client)).
		Failed(failed).
		Status(status).
		Took(time.Since(began)).
		Region(aboveboard.CountryOf(locale())))
}

// locale is what the user's environment states. Nothing else is asked where the user is.
func locale() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := strings.TrimSpace(os.Getenv(name)); value != "" {
			return value
		}
	}
	return ""
}
