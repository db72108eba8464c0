package main

import (
	"flag"
	"os"

	"example.org/hasura/program"
)

// call is what was typed: flags stand anywhere between words. Once the command is known, its arguments are left of these.
type call struct {
	flags flags
	words []string
}

type flags struct {
	endpoint, secret, project string
	port                      int
	telemetry                 program.Switch
}

func parse(arguments []string) (call, error) {
	var call call
	set := flag.NewFlagSet("hasura", flag.ContinueOnError)
	set.StringVar(&call.flags.endpoint, "endpoint", "http://127.0.0.1:8080", "the server's address")
	set.StringVar(&call.flags.secret, "admin-secret", os.Getenv("HASURA_GRAPHQL_ADMIN_SECRET"), "the server's admin secret")
	set.StringVar(&call.flags.project, "project", ".", "the folder of the project")
	set.IntVar(&call.flags.port, "port", 9695, "the port of the console")
	set.Var(&call.flags.telemetry, "enable-telemetry", "whether telemetry may be sent")
	for {
		if err := set.Parse(arguments); err != nil || set.NArg() == 0 {
			return call, err
		}
		call.words = append(call.words, set.Arg(0))
		arguments = set.Args()[1:]
	}
}
