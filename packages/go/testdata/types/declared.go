// Uses all of what the manifest of the vectors declares. Checked by the compiler alone.
package main

import (
	"net/http"
	"os"
	"time"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"
	"host/telemetry"
)

func main() {
	client := telemetry.Start(telemetry.Options{
		Manifest:    "/usr/lib/vectors/telemetry.sealed",
		Version:     "2.1.0",
		Agent:       "/usr/lib/vectors/aboveboard-agent",
		Program:     "vectors telemetry",
		Flag:        "true",
		Config:      "/etc/vectors.toml",
		ConfigKey:   "telemetry.enabled",
		Wording:     "distributor",
		WordingFile: "/usr/share/vectors/question",
		Explain:     true,
	})
	client.Record(telemetry.StartFinished{}.
		Ok(true).
		Retries(3).
		Memory(5).
		Took(1520*time.Millisecond).
		Provider(telemetry.StartFinishedProviderFrom(os.Args[0])).
		Extensions(telemetry.StartFinishedExtensionsCompose, telemetry.StartFinishedExtensionsFrom(os.Args[0])).
		Engine(aboveboard.VersionOf("5.1.0")).
		Status(404).
		Region(aboveboard.CountryOf("de_DE.UTF-8")))
	var event telemetry.Event = telemetry.PageShown{}.Page(telemetry.PageShownPageSettings)
	client.Record(event)
	client.Record(telemetry.EngineSeen{}.Provider(telemetry.EngineSeenProviderOther))
	client.Record(telemetry.EngineSeen{})
	run := client.Begin(telemetry.CommandInit)
	run.Link("off")
	run.End(aboveboard.Success)
	var command telemetry.Command = telemetry.CommandMetadataApply
	var err error = client.Begin(command).Do(func() error { return nil })
	_ = err
	client.Link(http.Header{}.Get("aboveboard-server"))
	client.Ask()
	client.Close()
	defer os.Exit(client.Telemetry(os.Args[2:]))

	server := telemetry.Serve(telemetry.Options{Directory: "/var/lib/vectors"}, func() telemetry.Counts {
		return telemetry.Counts{
			Tables:        3,
			Relationships: telemetry.RelationshipsCount{Manual: 1, Automatic: 2},
			Roles:         4,
			Sources:       telemetry.SourcesCount{Postgres: 1},
		}
	})
	var timing telemetry.Timing = telemetry.NewRequestsTiming(
		telemetry.RequestsOperationQuery, telemetry.RequestsTransportHttp, 12*time.Millisecond).Database(time.Millisecond)
	server.Time(timing)
	http.Header{}.Set("aboveboard-server", server.Header())
}
