package aboveboard

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Bridge is what the pages of a console report to: a child of this process. Mount it at the path that the pages are given,
// such as /telemetry/. Where telemetry is off, or there is no agent, it answers 404, and the pages are silent.
type Bridge struct {
	input io.WriteCloser
	proxy httputil.ReverseProxy

	mutex  sync.Mutex
	secret string
	heard  string
}

// StartBridge starts the bridge of a console. Its socket is in a folder that nobody but this user can write to. The words
// say whose console it is, as `aboveboard-agent bridge --help` explains: "--server", "--directory" and the server's
// directory, or "--port" and the port.
func StartBridge(options Options, folder string, words ...string) *Bridge {
	bridge := new(Bridge)
	socket := filepath.Join(folder, "bridge.sock")
	bridge.proxy = httputil.ReverseProxy{
		Director: bridge.direct,
		ErrorHandler: func(answer http.ResponseWriter, _ *http.Request, _ error) {
			answer.WriteHeader(http.StatusServiceUnavailable)
		},
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(context context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(context, "unix", socket)
			},
		},
	}
	options = options.absolute()
	if agent, _ := found(options.Agent); agent != "" && !options.isOff() {
		verb := append(options.withFlag("bridge"), "--socket", socket)
		bridge.start(options.command(agent, append(verb, words...)...))
	}
	return bridge
}

func (bridge *Bridge) start(command []string) {
	child := exec.Command(command[0], command[1:]...)
	child.Stderr = os.Stderr
	input, err := child.StdinPipe()
	if err != nil {
		return
	}
	output, err := child.StdoutPipe()
	if err != nil || child.Start() != nil {
		return
	}
	bridge.input = input
	go func() {
		for lines := bufio.NewScanner(output); lines.Scan(); {
			bridge.told(lines.Bytes())
		}
		bridge.told(nil)
		_ = child.Wait()
	}()
}

// Close ends the bridge, as the end of this process would.
func (bridge *Bridge) Close() {
	if bridge.input != nil {
		_ = bridge.input.Close()
	}
}

// Link tells the bridge of a command line program which server its console shows, by that server's header
// aboveboard-server.
func (bridge *Bridge) Link(header string) {
	bridge.mutex.Lock()
	defer bridge.mutex.Unlock()
	if header == "" || header == bridge.heard || bridge.input == nil {
		return
	}
	bridge.heard = header
	if line, err := json.Marshal(Fields{"link": header}); err == nil {
		_, _ = bridge.input.Write(append(line, '\n'))
	}
}

// ServeHTTP passes the request of a page on.
func (bridge *Bridge) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	if bridge.key() == "" {
		http.NotFound(answer, request)
		return
	}
	bridge.proxy.ServeHTTP(answer, request)
}

// direct passes all headers on as they came.
func (bridge *Bridge) direct(request *http.Request) {
	request.URL.Scheme = "http"
	request.URL.Host = "bridge"
	request.Header["X-Forwarded-For"] = nil
	request.Header.Set("aboveboard-bridge", bridge.key())
	request.Header.Set("aboveboard-peer", request.RemoteAddr)
}

func (bridge *Bridge) told(text []byte) {
	var line struct{ Secret string }
	_ = json.Unmarshal(text, &line)
	bridge.mutex.Lock()
	defer bridge.mutex.Unlock()
	bridge.secret = line.Secret
}

func (bridge *Bridge) key() string {
	bridge.mutex.Lock()
	defer bridge.mutex.Unlock()
	return bridge.secret
}
