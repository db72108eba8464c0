package main

import (
	"sync"

	"example.org/devfile-registry/telemetry"
)

// kinds are numbers by the kind of client.
type kinds = telemetry.IndexRequestsCount

// requests are those since the last report.
type requests struct {
	mutex   sync.Mutex
	numbers [3]kinds
}

// What is requested.
const (
	index = iota
	stacks
	samples
)

// count counts a request. Of its client the kind is looked at, if that is on the list, and nothing else.
func (requests *requests) count(client string, what int) {
	requests.mutex.Lock()
	defer requests.mutex.Unlock()
	*number(&requests.numbers[what], client)++
}

func number(kinds *kinds, client string) *uint64 {
	switch client {
	case "odo":
		return &kinds.Odo
	case "openshift-console":
		return &kinds.OpenshiftConsole
	case "vscode":
		return &kinds.Vscode
	case "intellij":
		return &kinds.Intellij
	case "eclipse":
		return &kinds.Eclipse
	case "devworkspace":
		return &kinds.Devworkspace
	case "registry-viewer":
		return &kinds.RegistryViewer
	case "registry-library":
		return &kinds.RegistryLibrary
	}
	return &kinds.Unnamed
}

// take gives the numbers, and begins again.
func (requests *requests) take() telemetry.Counts {
	requests.mutex.Lock()
	defer requests.mutex.Unlock()
	taken := requests.numbers
	requests.numbers = [3]kinds{}
	return telemetry.Counts{
		IndexRequests:   taken[index],
		StackDownloads:  telemetry.StackDownloadsCount(taken[stacks]),
		SampleDownloads: telemetry.SampleDownloadsCount(taken[samples]),
	}
}
