package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// server is the server that commands talk to.
type server struct {
	endpoint string
	secret   string
	// answered is told the header by which the server names itself in telemetry.
	answered func(header string)
}

func (server *server) call(method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequest(method, server.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("x-hasura-admin-secret", server.secret)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	server.answered(answer.Header.Get("aboveboard-server"))
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return text, err
}
