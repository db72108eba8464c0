package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"

	"example.org/hasura/console"
	"example.org/hasura/metadata"
	"example.org/hasura/program"
	"example.org/hasura/telemetry"
)

// engine is the server: its metadata, and what it reports.
type engine struct {
	database  string
	secret    string
	telemetry telemetry.Client
	bridge    *aboveboard.Bridge

	mutex    sync.Mutex
	text     []byte
	document *metadata.Document
}

// load reads the metadata that was applied last. A fresh server has none.
func (engine *engine) load() error {
	text, err := os.ReadFile(engine.database)
	if errors.Is(err, os.ErrNotExist) {
		text, err = []byte("{}"), nil
	}
	if err == nil {
		err = engine.apply(text)
	}
	return err
}

func (engine *engine) apply(text []byte) error {
	document, err := metadata.Parse(text)
	if err != nil {
		return err
	}
	engine.mutex.Lock()
	defer engine.mutex.Unlock()
	engine.text = text
	engine.document = document
	return os.WriteFile(engine.database, text, 0o600)
}

// counts gives the counts of a report.
func (engine *engine) counts() telemetry.Counts {
	engine.mutex.Lock()
	defer engine.mutex.Unlock()
	return engine.document.Counts()
}

// routes gives what the server answers. Each answer names the server to its command line program.
func (engine *engine) routes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("/v1/version", func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(answer, `{"version":"%s"}`, program.Version)
	})
	routes.HandleFunc("/v1/metadata", engine.serveMetadata)
	routes.HandleFunc("/v1/graphql", engine.serveGraphql)
	console.Mount(routes, engine.bridge)
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if header := engine.telemetry.Header(); header != "" {
			answer.Header().Set("aboveboard-server", header)
		}
		routes.ServeHTTP(answer, request)
	})
}

func (engine *engine) serveMetadata(answer http.ResponseWriter, request *http.Request) {
	if request.Header.Get("x-hasura-admin-secret") != engine.secret {
		http.Error(answer, "the admin secret is wrong", http.StatusUnauthorized)
		return
	}
	if request.Method == http.MethodPost {
		text, err := io.ReadAll(request.Body)
		if err == nil {
			err = engine.apply(text)
		}
		if err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
	}
	engine.mutex.Lock()
	defer engine.mutex.Unlock()
	_, _ = answer.Write(engine.text)
}

// serveGraphql answers a request. Its database takes the milliseconds that the header `took` says, and the engine one.
func (engine *engine) serveGraphql(answer http.ResponseWriter, request *http.Request) {
	text, _ := io.ReadAll(request.Body)
	took, _ := strconv.Atoi(request.Header.Get("took"))
	io := time.Duration(took) * time.Millisecond
	operation := telemetry.RequestsOperationQuery
	if strings.HasPrefix(string(text), "mutation") {
		operation = telemetry.RequestsOperationMutation
	}
	timing := telemetry.NewRequestsTiming(
		operation, telemetry.RequestsLocalityLocal, telemetry.RequestsTransportHttp, io+time.Millisecond,
	)
	engine.telemetry.Time(timing.Io(io))
	_, _ = answer.Write([]byte(`{"data":{}}`))
}
