package main

import (
	"bufio"
	"encoding/json"
	"io"

	"example.org/pcf-dev/telemetry"
)

// watch is the daemon of a running cloud: it reads the cloud's own audit events, one JSON object a line, until they end. Of
// an event only the kind, the buildpack or the service, and the outcome are looked at.
func watch(client telemetry.Client, events io.Reader) {
	lines := bufio.NewScanner(events)
	for lines.Scan() {
		var event struct{ Type, Buildpack, Service, Part, Outcome string }
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue
		}
		switch event.Type {
		case "audit.app.create":
			client.Record(telemetry.AppPushed{}.
				Buildpack(telemetry.AppPushedBuildpackFrom(event.Buildpack)).
				Failed(event.Outcome != "success"))
		case "audit.service_instance.create":
			client.Record(telemetry.ServiceCreated{}.Service(telemetry.ServiceCreatedServiceFrom(event.Service)))
		case "error":
			client.Record(telemetry.Failed{}.Part(telemetry.FailedPartFrom(event.Part)))
		}
	}
}
