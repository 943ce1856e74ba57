// Package api is the HTTP API of environment.md §7: what the reference platform's public client asks from
// inside an instance, and what existing scripts speak. It turns requests into the same orders that the screen
// gives, and model's values into the wire's objects; it keeps nothing but what it must to know its callers.
//
//	s := api.New(machine, log, time.Now)
//	s.Serve(ctx, listener) // for each
//
// Who asks is known by a key: an instance's own key reaches that instance and nothing else, an account's key
// all that is its owner's. Every table of paths, and who may use them, is routes.
//
// Callers are strangers, programs of any quality inside containers among them: bodies, connections, waiting
// work and answers that are kept have bounds, and no key is ever written anywhere.
package api
