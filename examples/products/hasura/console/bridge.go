package console

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

	"example.org/hasura/telemetry"
)

// Bridge is what pages report to: a child of this process, to which the requests of one path are passed on.
type Bridge struct {
	input io.WriteCloser
	proxy httputil.ReverseProxy

	mutex sync.Mutex
	told  struct{ Link, Secret string }
	heard string
}

// StartBridge starts the bridge of a console, with its socket in a folder of this user's own. The console works the same
// where it cannot be started.
func StartBridge(options telemetry.Options, folder string, arguments ...string) *Bridge {
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
	child := exec.Command(options.Agent, append(words(options, socket), arguments...)...)
	child.Stderr = os.Stderr
	input, err := child.StdinPipe()
	if err != nil {
		return bridge
	}
	output, err := child.StdoutPipe()
	if err != nil || child.Start() != nil {
		return bridge
	}
	bridge.input = input
	go func() {
		for lines := bufio.NewScanner(output); lines.Scan(); {
			bridge.tell(lines.Bytes())
		}
		bridge.tell([]byte("{}"))
		_ = child.Wait()
	}()
	return bridge
}

func words(options telemetry.Options, socket string) []string {
	words := []string{"bridge", "--manifest", options.Manifest, "--program-version", options.Version, "--socket", socket}
	if options.Flag != "" {
		words = append(words, "--enable-telemetry="+options.Flag)
	}
	if options.Config != "" {
		words = append(words, "--config", options.Config)
	}
	return words
}

// Close ends the bridge, as the end of this process would.
func (bridge *Bridge) Close() {
	if bridge.input != nil {
		_ = bridge.input.Close()
	}
}

// Hear tells the bridge of a command line program how the server behind it names itself.
func (bridge *Bridge) Hear(header string) {
	bridge.mutex.Lock()
	defer bridge.mutex.Unlock()
	if header == "" || header == bridge.heard || bridge.input == nil {
		return
	}
	bridge.heard = header
	if line, err := json.Marshal(map[string]string{"link": header}); err == nil {
		_, _ = bridge.input.Write(append(line, '\n'))
	}
}

func (bridge *Bridge) tell(line []byte) {
	bridge.mutex.Lock()
	defer bridge.mutex.Unlock()
	bridge.told.Link = ""
	bridge.told.Secret = ""
	_ = json.Unmarshal(line, &bridge.told)
}

func (bridge *Bridge) secret() string {
	bridge.mutex.Lock()
	defer bridge.mutex.Unlock()
	return bridge.told.Secret
}

// direct passes a request on with all its headers as they came.
func (bridge *Bridge) direct(request *http.Request) {
	request.URL.Scheme = "http"
	request.URL.Host = "bridge"
	request.Header["X-Forwarded-For"] = nil
	request.Header.Set("aboveboard-bridge", bridge.secret())
	request.Header.Set("aboveboard-peer", request.RemoteAddr)
}

// ServeHTTP passes a page's request on, where telemetry is on.
func (bridge *Bridge) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	if bridge.secret() == "" {
		http.NotFound(answer, request)
		return
	}
	bridge.proxy.ServeHTTP(answer, request)
}
