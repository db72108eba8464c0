package aboveboard

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An opt-out that is plain without the agent starts none, and nothing else keeps it from being started.
func TestEveryRowOfTheVectorsStartsAnAgentOrNone(t *testing.T) {
	var vectors struct {
		Rows []struct {
			Why, Mode, Because string
			Arguments          []string
			Environment        map[string]*string
			Files              map[string]string
		}
	}
	must(0, json.Unmarshal(must(os.ReadFile(filepath.Join(root(), "tests/vectors/agent-consent.json"))), &vectors))
	plain := "flag do-not-track generic-variable variable policy"
	for _, row := range vectors.Rows {
		t.Run(row.Why, func(t *testing.T) {
			home := t.TempDir()
			for name := range row.Files {
				path := filepath.Join(home, name)
				must(0, os.MkdirAll(filepath.Dir(path), 0o755))
				must(0, os.WriteFile(path, nil, 0o644))
			}
			t.Setenv("HOME", home)
			t.Setenv("ABOVEBOARD_OFF_D", filepath.Join(home, "off.d"))
			for name, value := range row.Environment {
				if value != nil {
					t.Setenv(name, *value)
				}
			}
			options := Options{Product: "kiln"}
			for _, word := range row.Arguments {
				name, value, given := strings.Cut(word, "=")
				if name == "--enable-telemetry" && given {
					options.Flag = value
				}
			}
			off := options.isOff()
			// Of a flag without a word Go's Options can say nothing.
			if row.Mode == "off" && strings.Contains(plain, row.Because) && !off && row.Why != "the flag without a word behind its sign is a no" {
				t.Error("an agent is started")
			}
			if off && row.Mode != "off" {
				t.Error("no agent is started")
			}
		})
	}
}

func TestAPolicyOfTheMachineStartsNoAgentUnlessThereIsSomethingToDelete(t *testing.T) {
	home, here := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	before := policies
	policies = []string{here}
	defer func() { policies = before }()
	options := Options{Product: "vectors"}
	for name, isNamed := range map[string]bool{"all": true, "vectors": true, "quarry": false} {
		must(0, os.Symlink("/nowhere", filepath.Join(here, name)))
		if options.isOff() != isNamed {
			t.Error(name)
		}
		must(0, os.Remove(filepath.Join(here, name)))
	}
	must(0, os.WriteFile(filepath.Join(here, "all"), nil, 0o644))
	server := t.TempDir()
	must(0, os.Mkdir(filepath.Join(server, "telemetry"), 0o755))
	if !options.isOff() || (Options{Product: "vectors", Directory: server}).isOff() {
		t.Error("a server")
	}
	must(0, os.MkdirAll(filepath.Join(home, ".local/state/vectors/telemetry"), 0o755))
	if options.isOff() {
		t.Error("a program")
	}
}

// off runs a host under each opt-out, where it has no relay.
func off(home *home, host string) {
	folder := filepath.Join(home.folder, "off.d")
	must(0, os.Mkdir(folder, 0o755))
	must(0, os.WriteFile(filepath.Join(folder, "vectors"), nil, 0o644))
	base := home.env
	for _, variable := range []string{"DO_NOT_TRACK=1", "ENABLE_TELEMETRY=", "VECTORS_ENABLE_TELEMETRY=nonsense", "ABOVEBOARD_OFF_D=" + folder} {
		home.env = append(base[:len(base):len(base)], variable)
		if _, stdout, stderr := home.run(host, "relays"); stdout != "0\n" || stderr != "" {
			home.Error(variable, stdout, stderr)
		}
	}
	home.env = base
	if _, stdout, _ := home.run(host, "relays", "no"); stdout != "0\n" {
		home.Error("flag", stdout)
	}
	if _, stdout, _ := home.run(host, "relays"); stdout != "1\n" {
		home.Error(stdout)
	}
	home.ended()
}
