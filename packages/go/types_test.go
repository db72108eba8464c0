package aboveboard

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestAllThatIsDeclaredCompiles(t *testing.T) {
	folder := module(t, filepath.Join(root(), "tests/vectors/telemetry.toml"), "testdata/types/declared.go")
	if messages, _ := compiled(t, folder); messages != "" {
		t.Error(messages)
	}
}

func TestNothingThatIsNotDeclaredCompiles(t *testing.T) {
	const program = "testdata/types/undeclared.go"
	messages, _ := compiled(t, module(t, filepath.Join(root(), "tests/vectors/telemetry.toml"), program))
	lines := strings.Split(string(must(os.ReadFile(program))), "\n")
	expected := map[int]string{}
	for place, line := range lines {
		if _, reason, is := strings.Cut(line, " // "); is && strings.HasPrefix(line, "\t") {
			expected[place+1] = reason
		}
	}
	message := regexp.MustCompile(`^\./main\.go:(\d+):\d+: (.*)$`)
	refused := map[int]bool{}
	for _, text := range strings.Split(messages, "\n") {
		found := message.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		line := must(strconv.Atoi(found[1]))
		if reason, is := expected[line]; !is || !strings.Contains(found[2], reason) {
			t.Errorf("%s\n%s", lines[line-1], text)
		}
		refused[line] = true
	}
	for line := range expected {
		if !refused[line] {
			t.Errorf("compiles: %s", lines[line-1])
		}
	}
}

func TestTheTypesOfEveryManifestAreFormattedAndCompile(t *testing.T) {
	manifests := must(filepath.Glob(filepath.Join(root(), "config/profiles/*.toml")))
	manifests = append(manifests, filepath.Join(root(), "crates/manifest/tests/fixtures/every.toml"))
	if len(manifests) < 6 {
		t.Fatal(manifests)
	}
	program := filepath.Join(t.TempDir(), "main.go")
	must(0, os.WriteFile(program, []byte("package main\n\nimport _ \"host/telemetry\"\n\nfunc main() {}\n"), 0o644))
	for _, manifest := range manifests {
		folder := module(t, manifest, program)
		if messages, _ := compiled(t, folder); messages != "" {
			t.Errorf("%s\n%s", manifest, messages)
		}
		if list := must(exec.Command("gofmt", "-l", folder).Output()); len(list) > 0 {
			t.Errorf("%s: gofmt changes %s", manifest, list)
		}
	}
}
