// Package api is the HTTP API of environment.md §7: what Vast.ai's public client calls from inside an
// instance, and what existing scripts use. It turns requests into the same orders that the screen gives, and model's
// values into the objects of package wire. It stores nothing except what it needs to authenticate its callers.
//
//	s := api.New(machine, log, time.Now)
//	s.Serve(ctx, listener) // for each
//
// A key tells who calls. An instance's own key reaches that instance and nothing else; an account's key reaches
// everything of its owner. The table of paths, and of who may use each, is routes: begin reading there.
//
// Callers aren't trusted: some are programs inside containers. Bodies, connections, waiting work and stored answers are
// therefore all limited, and no key is ever written to disk or to a log.
package api
