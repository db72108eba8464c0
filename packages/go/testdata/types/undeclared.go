// What the manifest does not declare: each line is refused, for the reason at its end.
package main

import (
	"os"
	"time"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"
	"host/telemetry"
)

type foreign struct{ secret string }

func (foreign) record(*aboveboard.Client) {}

func main() {
	client := telemetry.Start(telemetry.Options{})
	text := os.Args[0]
	client.Record(telemetry.StartFailed{})                                                                  // undefined: telemetry.StartFailed
	client.Record("page-shown")                                                                             // as type telemetry.Event
	client.Record(foreign{text})                                                                            // as type telemetry.Event
	client.Record(telemetry.StartFinished{text})                                                            // implicit assignment to unexported field startFinishedFields
	client.Record(telemetry.StartFinished{fields: nil})                                                     // unknown field 'fields'
	telemetry.PageShown{}.Pages(telemetry.PageShownPageHome)                                                // has no field or method Pages
	telemetry.PageShown{}.Provider(telemetry.EngineSeenProviderPodman)                                      // has no field or method Provider
	telemetry.PageShown{}.Page("home")                                                                      // untyped string constant
	telemetry.PageShown{}.Page(text)                                                                        // cannot use text
	telemetry.PageShown{}.Page(telemetry.PageShownPageStart)                                                // undefined: telemetry.PageShownPageStart
	telemetry.PageShown{}.Page(telemetry.PageShownPage("start"))                                            // cannot convert
	telemetry.PageShown{}.Page(telemetry.PageShownPage{"start"})                                            // implicit assignment to unexported field pageShownPageName
	telemetry.PageShown{}.Page(telemetry.PageShownPage(telemetry.EngineSeenProviderPodman))                 // cannot convert
	client.Record(telemetry.PageShown(telemetry.EngineSeen{}))                                              // cannot convert
	telemetry.PageShown{}.Page(telemetry.EngineSeenProviderPodman)                                          // cannot use telemetry.EngineSeenProviderPodman
	telemetry.EngineSeen{}.Provider(telemetry.StartFinishedProviderPodman)                                  // cannot use telemetry.StartFinishedProviderPodman
	telemetry.StartFinished{}.Ok("true")                                                                    // untyped string constant
	telemetry.StartFinished{}.Ok(1)                                                                         // untyped int constant
	telemetry.StartFinished{}.Retries(-1)                                                                   // overflows
	telemetry.StartFinished{}.Retries(0.5)                                                                  // truncated
	telemetry.StartFinished{}.Memory(text)                                                                  // cannot use text
	telemetry.StartFinished{}.Status("404")                                                                 // untyped string constant
	telemetry.StartFinished{}.Took("1s")                                                                    // untyped string constant
	telemetry.StartFinished{}.Extensions("compose")                                                         // untyped string constant
	telemetry.StartFinished{}.Extensions(telemetry.StartFinishedProviderPodman)                             // cannot use telemetry.StartFinishedProviderPodman
	telemetry.StartFinished{}.Engine("5.1.0")                                                               // untyped string constant
	telemetry.StartFinished{}.Engine(aboveboard.Version{text})                                              // implicit assignment to unexported field text
	telemetry.StartFinished{}.Region("DE")                                                                  // untyped string constant
	telemetry.StartFinished{}.Region(aboveboard.VersionOf("1"))                                             // cannot use aboveboard.VersionOf
	client.Begin("init")                                                                                    // untyped string constant
	client.Begin(telemetry.CommandMetadataDrop)                                                             // undefined: telemetry.CommandMetadataDrop
	client.Begin(telemetry.Command{text})                                                                   // implicit assignment to unexported field path
	client.Begin(telemetry.CommandInit).End("failed")                                                       // untyped string constant
	client.Begin(telemetry.CommandInit).End(aboveboard.Outcome{text})                                       // implicit assignment to unexported field name
	client.Time(telemetry.PageShown{})                                                                      // as type telemetry.Timing
	client.Record(telemetry.RequestsTiming{})                                                               // as type telemetry.Event
	telemetry.NewQueriesTiming(time.Second)                                                                 // undefined: telemetry.NewQueriesTiming
	telemetry.NewRequestsTiming(telemetry.RequestsOperationQuery, time.Second)                              // not enough arguments
	telemetry.NewRequestsTiming("query", "http", time.Second)                                               // untyped string constant
	telemetry.NewRequestsTiming(telemetry.RequestsOperationQuery, telemetry.RequestsTransportHttp, text)    // cannot use text
	telemetry.RequestsTiming{}.Disk(time.Second)                                                            // has no field or method Disk
	_ = telemetry.Counts{Views: 3}                                                                          // unknown field
	_ = telemetry.Counts{Tables: "3"}                                                                       // untyped string constant
	_ = telemetry.Counts{Relationships: 3}                                                                  // untyped int constant
	_ = telemetry.RelationshipsCount{Drawn: 3}                                                              // unknown field
	telemetry.Serve(telemetry.Options{}, func() telemetry.SourcesCount { return telemetry.SourcesCount{} }) // cannot use func
	telemetry.Start(telemetry.Options{Endpoint: text})                                                      // unknown field
}
