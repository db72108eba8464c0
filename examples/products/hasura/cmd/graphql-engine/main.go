// Command graphql-engine serves an API over data sources.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"

	"example.org/hasura/program"
	"example.org/hasura/telemetry"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "graphql-engine: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	data := flag.String("data", "", "the folder of what the server keeps about itself")
	database := flag.String("database", "metadata.json", "where it keeps the metadata")
	listen := flag.String("listen", "127.0.0.1:0", "the address to listen on")
	var allowed program.Switch
	flag.Var(&allowed, "enable-telemetry", "whether telemetry may be sent")
	flag.Parse()

	engine := engine{database: *database, secret: os.Getenv("HASURA_GRAPHQL_ADMIN_SECRET")}
	if err := engine.load(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	options := program.Options(allowed)
	options.Directory = *data
	engine.telemetry = telemetry.Serve(options, engine.counts)
	defer engine.telemetry.Close()
	engine.bridge = aboveboard.StartBridge(options, *data, "--server", "--directory", *data)
	defer engine.bridge.Close()

	fmt.Printf("listening http://%s\n", listener.Addr())
	server := http.Server{Handler: engine.routes()}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		<-stopped.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}
