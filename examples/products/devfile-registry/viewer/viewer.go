// Package viewer is the web page on which people look for stacks.
package viewer

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var files embed.FS

// policy allows these files alone: no other origin, no inline script.
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"

// Handler serves the page below a path.
func Handler(below string) http.Handler {
	page, _ := fs.Sub(files, "page")
	server := http.StripPrefix(below, http.FileServer(http.FS(page)))
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		answer.Header().Set("content-security-policy", policy)
		server.ServeHTTP(answer, request)
	})
}
