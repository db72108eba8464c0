// Package program says what both programs have in common: their release, and where its package put what belongs to them.
package program

import (
	"os"
	"path/filepath"

	"example.org/hasura/telemetry"
)

// Version is the version of the server and of the command line program.
const Version = "2.36.1"

// Options say where telemetry finds what it needs, and what the flag said.
func Options(flag Switch) telemetry.Options {
	return telemetry.Options{
		Manifest: Beside("telemetry.sealed"),
		Agent:    Beside("aboveboard-agent"),
		Version:  Version,
		Flag:     string(flag),
	}
}

// Beside gives the path of a file beside the programs; empty if that cannot be told.
func Beside(name string) string {
	program, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Join(filepath.Dir(program), name)
}

// Switch is a flag that may stand alone. Its value is the agent's to read.
type Switch string

// String gives its value.
func (value *Switch) String() string { return string(*value) }

// IsBoolFlag lets it stand alone.
func (value *Switch) IsBoolFlag() bool { return true }

// Set takes any value.
func (value *Switch) Set(text string) error {
	*value = Switch(text)
	return nil
}
