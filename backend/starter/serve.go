package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"log"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// address is the listening address of the file server inside the instance.
const address = ":8081"

// serve serves the files of DATA_DIRECTORY until SIGTERM or an interrupt.
func serve() int {
	dir := cmp.Or(os.Getenv("DATA_DIRECTORY"), "/workspace")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		log.Print(err)
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	// A request header must arrive within ten seconds. A download may take as long as it needs.
	server := &http.Server{Addr: address, Handler: logged(share(dir)), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("serving %s on %s", dir, address) //nolint:gosec // quoted, and the log is its owner's

	select {
	case err := <-failed:
		log.Print(err)
		return 1
	case <-ctx.Done():
	}
	// The engine kills the container ten seconds after SIGTERM, so running downloads end after five.
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		log.Print(err)
	}
	log.Print("ended")
	return 0
}

// share serves the files in dir. While dir is empty, its root is the welcome page.
func share(dir string) http.Handler {
	listing := http.FileServer(http.Dir(dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			if entries, err := os.ReadDir(dir); err == nil && len(entries) == 0 {
				welcome(w, dir)
				return
			}
		}
		listing.ServeHTTP(w, r)
	})
}

// page is the welcome page, with places for the instance's name twice, its folder and a list of its variables.
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>%[1]s</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}code{font-size:.95em}</style>
<h1>%[1]s</h1>
<p>This instance runs. It serves the files of <code>%[2]s</code>, and there are none yet.</p>
<p>Its variables:</p>
<ul>%[3]s
</ul>
</html>
`

// welcome writes a page that names the instance and its variables. It doesn't show the variables' values: some are
// keys, and anybody who reaches the port sees the page.
func welcome(w http.ResponseWriter, dir string) {
	host, _ := os.Hostname()
	name := cmp.Or(os.Getenv("VAST_CONTAINERLABEL"), host, "berth")
	var variables []string
	for _, word := range os.Environ() {
		name, _, _ := strings.Cut(word, "=")
		variables = append(variables, "\n<li><code>"+html.EscapeString(name)+"</code></li>")
	}
	slices.Sort(variables)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if _, err := fmt.Fprintf(w, page, html.EscapeString(name), html.EscapeString(dir), strings.Join(variables, "")); err != nil {
		log.Print(err)
	}
}

// logged writes a log line for each answered request.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		log.Printf("%s %s %q %d %d bytes", r.RemoteAddr, r.Method, r.URL.Path, answer.status, answer.bytes) //nolint:gosec // quoted, and the log is its owner's
	})
}

// An answer records the status and the number of bytes of a response.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
