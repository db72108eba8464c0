// Package console is the web console, which the server and the command line program serve.
package console

import (
	"embed"
	"net/http"
)

//go:embed page
var page embed.FS

// No script but these files, no other origin, no markup made from text.
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Mount serves the console below /console/, and its bridge.
func Mount(routes *http.ServeMux, bridge http.Handler) {
	files := http.FileServer(http.FS(page))
	routes.HandleFunc("/console/", func(answer http.ResponseWriter, request *http.Request) {
		answer.Header().Set("content-security-policy", policy)
		answer.Header().Set("cache-control", "no-cache")
		request.URL.Path = "/page/" + request.URL.Path[len("/console/"):]
		files.ServeHTTP(answer, request)
	})
	routes.Handle("/telemetry/", bridge)
}
