package aboveboard

import (
	"os"
	"path/filepath"
	"strings"
)

// Where policy files of the machine lie.
var policies = []string{"/etc/aboveboard/off.d", "/usr/lib/aboveboard/off.d"}

// isOff is whether the flag, the environment or a policy file says no, so that no agent is started. Everything else is for
// the agent to judge.
func (options Options) isOff() bool {
	if options.Flag != "" && !isYes(options.Flag) {
		return true
	}
	variable := strings.ToUpper(strings.ReplaceAll(options.Product, "-", "_")) + "_ENABLE_TELEMETRY"
	for _, name := range []string{"ENABLE_TELEMETRY", variable} {
		if text, given := os.LookupEnv(name); given && !isYes(text) {
			return true
		}
	}
	if track := word(os.Getenv("DO_NOT_TRACK")); track != "" && track != "0" && track != "false" {
		return true
	}
	if options.isNamed(os.Getenv("ABOVEBOARD_OFF_D")) {
		return true
	}
	for _, folder := range policies {
		// A policy of the machine also deletes what was recorded, which takes the agent.
		if options.isNamed(folder) {
			return !options.hasState()
		}
	}
	return false
}

func isYes(text string) bool {
	switch word(text) {
	case "true", "1", "yes", "on", "enabled":
		return true
	}
	return false
}

func word(text string) string { return strings.ToLower(strings.Trim(text, " \t\n\f\r")) }

func (options Options) isNamed(folder string) bool {
	return isThere(folder, "all") || isThere(folder, options.Product)
}

func (options Options) hasState() bool {
	home, _ := os.UserHomeDir()
	directory := options.Directory
	if directory == "" {
		directory = os.Getenv("STATE_DIRECTORY")
	}
	return isThere(directory, "telemetry") ||
		isThere(os.Getenv("XDG_STATE_HOME"), options.Product, "telemetry") ||
		isThere(home, ".local/state", options.Product, "telemetry")
}

// isThere is whether a name is there, also as a link to nothing. Nothing is where one of the names is empty.
func isThere(names ...string) bool {
	for _, name := range names {
		if name == "" {
			return false
		}
	}
	_, err := os.Lstat(filepath.Join(names...))
	return err == nil
}
