package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	aboveboard "github.com/aboveboard/aboveboard/packages/go"

	"example.org/hasura/console"
)

// serve serves the console on this machine, for a server elsewhere, until it is asked to end.
func serve(call *call, server *server) error {
	endpoint, err := url.Parse(call.flags.endpoint)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(call.flags.port)))
	if err != nil {
		return err
	}
	folder, err := ownFolder()
	if err != nil {
		return err
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	bridge := aboveboard.StartBridge(options(call.flags.telemetry), folder, "--port", port)
	defer bridge.Close()
	answered := server.answered
	server.answered = func(header string) {
		answered(header)
		bridge.Link(header)
	}
	// What the page may report hangs on the server too. The page says so if that cannot be reached.
	_, _ = server.call("GET", "/v1/version", nil)

	proxy := httputil.NewSingleHostReverseProxy(endpoint)
	proxy.ModifyResponse = func(answer *http.Response) error {
		server.answered(answer.Header.Get("aboveboard-server"))
		return nil
	}
	routes := http.NewServeMux()
	routes.Handle("/v1/", proxy)
	console.Mount(routes, bridge)
	service := http.Server{Handler: ownHost(port, routes)}
	fmt.Printf("console http://127.0.0.1:%s\n", port)
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		<-stopped.Done()
		_ = service.Close()
	}()
	if err := service.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// ownHost answers only to the names of this machine, so that no foreign page comes in by a name of its own.
func ownHost(port string, routes http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if request.Host != "127.0.0.1:"+port && request.Host != "localhost:"+port {
			answer.WriteHeader(http.StatusMisdirectedRequest)
			return
		}
		routes.ServeHTTP(answer, request)
	})
}
