package aboveboard

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// tests/vectors/relay/clients.json: what a client writes. The real agent reads it.
func TestEveryVector(t *testing.T) {
	type call struct {
		Call, Pipe, Event, Command, Outcome, Value, Timing string
		Run                                                int
		Fields, Kind                                       Fields
		Parts                                              map[string]float64
		Took                                               float64
		Counts                                             Fields
	}
	var vectors struct {
		Cases []struct {
			Why, Mode string
			Calls     []call
			Lines     []map[string]any
		}
	}
	text := must(os.ReadFile(filepath.Join(root(), "tests/vectors/relay/clients.json")))
	must(0, json.Unmarshal(text, &vectors))
	milliseconds := func(number float64) time.Duration { return time.Duration(number * float64(time.Millisecond)) }
	for _, vector := range vectors.Cases {
		t.Run(vector.Why, func(t *testing.T) {
			home := newHome(t)
			var counted []Fields
			for _, call := range vector.Calls {
				if call.Call == "counts" {
					counted = append(counted, call.Counts)
				}
			}
			options := Options{Manifest: home.manifest, Agent: home.watched(len(counted)), Directory: home.folder}
			client := Start(options)
			if vector.Mode == "server" {
				wanted := make(chan Fields, len(counted))
				for _, counts := range counted {
					wanted <- counts
				}
				client = Serve(options, func() Fields { return <-wanted })
				for len(counted) > 0 && strings.Count(home.written(), "counts") < len(counted) {
					runtime.Gosched()
				}
			}
			var runs []*Run
			waiting := maxWaitingBytes
			for _, call := range vector.Calls {
				switch {
				case call.Pipe == "full":
					maxWaitingBytes = 0
				case call.Pipe == "free":
					maxWaitingBytes = waiting
				case call.Call == "record":
					GeneratedRecord(client, call.Event, call.Fields)
				case call.Call == "begin":
					runs = append(runs, GeneratedBegin(client, call.Command))
				case call.Call == "end":
					runs[call.Run-1].End(Outcome{call.Outcome})
				case call.Call == "link" && call.Run > 0:
					runs[call.Run-1].Link(call.Value)
				case call.Call == "link":
					client.Link(call.Value)
				case call.Call == "timing":
					parts := Fields{}
					for name, took := range call.Parts {
						parts[name] = took
					}
					GeneratedTime(client, call.Timing, milliseconds(call.Took), call.Kind, parts)
				}
			}
			client.Close()
			if len(vector.Lines) == 0 {
				return
			}
			if lines := home.lines(); !reflect.DeepEqual(lines, vector.Lines) {
				t.Errorf("%v\n%v", lines, vector.Lines)
			}
		})
	}
}

func TestTextsFromOutsideBecomeVersionsAndCountries(t *testing.T) {
	for _, text := range []string{"2.1.0", "v5", "1.2-rc.1+build"} {
		if VersionOf(text).String() != text {
			t.Error(text)
		}
	}
	for _, text := range []string{"", "latest", "1.2.3.4", "1..2"} {
		if VersionOf(text) != (Version{}) {
			t.Error(text)
		}
	}
	for text, code := range map[string]string{"DE": "DE", "de_AT.UTF-8": "AT", "pt-BR": "BR", "zh-Hans-CN": "CN", "C": "", "en": ""} {
		if CountryOf(text).String() != code {
			t.Error(text)
		}
	}
}
