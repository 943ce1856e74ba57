package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"berth/model"
)

// An Error is a failure that the engine reported: its message, and what kind of failure it is. Error() puts "the engine
// says:" before the message. It leaves that out for ErrUnavailable, because this package adds the meaning of those
// errors before they leave it.
type Error struct {
	Kind  error // one of the Err… sentinels; nil if the message fits none
	Words string
	Cause error
}

func (f *Error) Error() string {
	if errors.Is(f.Kind, ErrUnavailable) {
		return abridged(f.Words)
	}
	return model.EngineSays + abridged(f.Words)
}

// Unwrap lets errors.Is find both the kind and the client library's error.
func (f *Error) Unwrap() []error {
	var under []error
	if f.Kind != nil {
		under = append(under, f.Kind)
	}
	if f.Cause != nil {
		under = append(under, f.Cause)
	}
	return under
}

// messageKinds are kinds that only Docker's message reveals: a failed start is a plain status 500 whatever the reason.
// Each row names the source of the text, because a newer engine may use another one.
var messageKinds = []struct {
	part string
	kind error
}{
	{"port is already allocated", ErrPortTaken},                   // libnetwork's own table of ports, all versions
	{"address already in use", ErrPortTaken},                      // bind(2) by dockerd or its proxy, all versions
	{"device or resource busy", ErrBusy},                          // EBUSY of a mount or a device that is being released
	{"file exists", ErrBusy},                                      // a network interface, a mount or a shim's folder left by the previous run
	{"marked for removal", ErrBusy},                               // somebody is removing the container: it is gone in a moment
	{"Error reading remote info", ErrUnavailable},                 // a truncated answer, of which the client library keeps only the text
	{"unresolvable CDI devices", ErrUnresolvable},                 // the CDI library, in dockerd and in the NVIDIA runtime
	{"could not select device driver", ErrNoDriver},               // dockerd without CDI, or without the NVIDIA toolkit
	{"unknown or invalid runtime name", ErrNoDriver},              // 24 and later
	{"Unknown runtime specified", ErrNoDriver},                    // before 24
	{"--storage-opt is supported only for", ErrDiskQuota},         // overlay2 without xfs and pquota
	{"--storage-opt is not supported", ErrDiskQuota},              // fuse-overlayfs
	{"does not support, or has not enabled quotas", ErrDiskQuota}, // vfs
	{"permission denied while trying to connect", ErrUnavailable}, // the client library, about a socket that this user may not open
	{"is too new. Maximum supported API", ErrUnavailable},         // dockerd, about a version that DOCKER_API_VERSION fixes
	{"is too old. Minimum supported API", ErrUnavailable},
	{"disk quota exceeded", ErrDiskFull},     // EDQUOT, as Go prints it: btrfs and zfs beyond a size
	{"no space left on device", ErrDiskFull}, // ENOSPC: a full disk, or xfs beyond a project's quota
}

// leftBehind matches containerd's messages about a task (a run of a container) that it still has: one that was being
// made as the engine was killed, and one that was being started.
var leftBehind = model.Pattern(`\btask [0-9a-f]{64}: already exists|\bid already in use\b`)

// explain returns the error of a failed call. If the engine is unavailable, the error also says what that means and
// what to do.
func (d *connection) explain(ctx context.Context, err error) error {
	if err = classified(ctx, err); errors.Is(err, ErrUnavailable) {
		return d.withAdvice(err)
	}
	return err
}

// classified turns an error of the client library into an Error. ctx is the context that the call ran under. If ctx has
// ended, and that ended the call, the error is the context's.
func classified(ctx context.Context, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if ended := ctx.Err(); ended != nil && (errors.Is(err, ended) || isUnreachable(err)) {
		return explainEnd(ctx, err)
	}
	words := engineMessage(err)
	return &Error{Kind: kindOf(words, err), Words: words, Cause: err}
}

// abridged cuts out the middle of a long message. A registry's answer may be a whole page.
func abridged(words string) string {
	const begin, end = 1000, 400
	r := []rune(words)
	if len(r) <= begin+end {
		return words
	}
	return string(r[:begin]) + " … " + string(r[len(r)-end:])
}

// explainEnd says why a context ended: by one of the limits, which means that the engine is unavailable; by the
// heartbeat, which has explained it already; or by the caller.
func explainEnd(ctx context.Context, err error) error {
	var late *lateError
	if errors.As(context.Cause(ctx), &late) {
		return &Error{Kind: ErrUnavailable, Words: late.Error(), Cause: err}
	}
	var known *Error
	if errors.As(context.Cause(ctx), &known) {
		return known
	}
	if errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}

// engineMessage removes the client library's prefix from the engine's message.
func engineMessage(err error) string {
	return strings.TrimSpace(strings.TrimPrefix(err.Error(), "Error response from daemon: "))
}

func kindOf(words string, err error) error {
	if leftBehind().MatchString(words) {
		return ErrLeftBehind
	}
	for _, t := range messageKinds {
		if strings.Contains(words, t.part) {
			return t.kind
		}
	}
	switch {
	case errdefs.IsNotFound(err):
		return ErrNotFound
	case errdefs.IsConflict(err), errdefs.IsAlreadyExists(err):
		return ErrConflict
	case isUnreachable(err), errdefs.IsUnavailable(err): // 503: the daemon is shutting down
		return ErrUnavailable
	}
	return nil
}

// isUnreachable reports whether a connection couldn't be made or broke. The client library has a kind for the former; a
// stream that breaks shows the transport's own errors.
func isUnreachable(err error) bool {
	var op *net.OpError
	return client.IsErrConnectionFailed(err) || errors.As(err, &op) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}
