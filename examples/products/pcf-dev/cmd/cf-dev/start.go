package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"

	"example.org/pcf-dev/telemetry"
)

// steps of a start. Each is a program in the image; one that the image does not have has nothing to do.
var steps = []string{"download", "hypervisor", "network", "bosh", "cloud-foundry", "services"}

// order is what the user of a command asks for.
type order struct {
	image      string
	megabytes  uint64
	processors uint64
	services   []string
}

func ordered(name string, words []string) (order, error) {
	var order order
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&order.image, "f", "", "folder of the image")
	flags.Uint64Var(&order.megabytes, "m", 8192, "memory in megabytes")
	flags.Uint64Var(&order.processors, "c", 4, "processors")
	services := flags.String("s", "", "services, separated by commas")
	err := flags.Parse(words)
	order.services = strings.FieldsFunc(*services, func(char rune) bool { return char == ',' })
	if err == nil && order.image == "" {
		err = errors.New("-f names the folder of an image")
	}
	return order, err
}

// start runs the steps of a start. Its beginning is an event as soon as it begins: a start that is killed after half an
// hour has begun all the same.
func start(client telemetry.Client, words []string) error {
	order, err := ordered("start", words)
	if err != nil {
		return err
	}
	image, err := os.ReadFile(filepath.Join(order.image, "version"))
	if err != nil {
		return err
	}
	client.Record(begun(order, strings.TrimSpace(string(image))))
	began := time.Now()
	finished := func() telemetry.StartFinished { return telemetry.StartFinished{}.Took(time.Since(began)) }
	for _, step := range steps {
		program := filepath.Join(order.image, step)
		if _, err := os.Stat(program); errors.Is(err, os.ErrNotExist) {
			continue
		}
		fmt.Println(step)
		if err := exec.Command(program, order.services...).Run(); err != nil {
			failed := finished().Failed(true).Step(telemetry.StartFinishedStepFrom(step))
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				failed = failed.ExitCode(uint64(exit.ExitCode()))
			}
			client.Record(failed)
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	client.Record(finished().Failed(false))
	return nil
}

func begun(order order, image string) telemetry.StartBegun {
	var services []telemetry.StartBegunServices
	for _, name := range order.services {
		services = append(services, telemetry.StartBegunServicesFrom(name))
	}
	return telemetry.StartBegun{}.
		Memory(order.megabytes / 1024).
		Processors(order.processors).
		Services(services...).
		Image(aboveboard.VersionOf(image))
}

// uninstall removes what the plug-in has put beside itself.
func uninstall(client telemetry.Client, _ []string) error {
	program, err := os.Stat(filepath.Join(folder(), "cf-dev"))
	if err != nil {
		return err
	}
	client.Record(telemetry.Uninstalled{}.Kept(time.Since(program.ModTime())))
	return os.RemoveAll(filepath.Join(folder(), "images"))
}
