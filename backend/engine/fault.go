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
)

// An Error is an error of the engine: its own words, and the kind they are of. It says nothing else, since
// the words go to the screen and into status_msg verbatim.
type Error struct {
	Kind  error // one of the Err… sentinels; nil when the engine's words fit none
	Words string
	Cause error
}

func (f *Error) Error() string { return f.Words }

// Unwrap lets errors.Is find both the kind and what the client library had to say.
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

// texts are the kinds that only Docker's words tell: a failed start is a plain 500 whatever its reason.
// Each row names where the words come from, since a newer engine may use others.
var texts = []struct {
	part string
	kind error
}{
	{"port is already allocated", ErrPortTaken},                   // libnetwork's own table of ports, all versions
	{"address already in use", ErrPortTaken},                      // bind(2) by dockerd or its proxy, all versions
	{"device or resource busy", ErrBusy},                          // EBUSY of a mount or a device that is being let go of
	{"file exists", ErrBusy},                                      // a network interface, a mount or a shim's folder of the run before
	{"marked for removal", ErrBusy},                               // somebody is removing the container: a moment later it is gone
	{"Error reading remote info", ErrUnavailable},                 // an answer that was cut, of which the client library keeps words alone
	{"unresolvable CDI devices", ErrUnresolvable},                 // the CDI library, in dockerd and in the NVIDIA runtime
	{"could not select device driver", ErrNoDriver},               // dockerd without CDI, or without the NVIDIA toolkit
	{"unknown or invalid runtime name", ErrNoDriver},              // 24 and later
	{"Unknown runtime specified", ErrNoDriver},                    // before that
	{"--storage-opt is supported only for", ErrDiskQuota},         // overlay2 without xfs and pquota
	{"--storage-opt is not supported", ErrDiskQuota},              // fuse-overlayfs
	{"does not support, or has not enabled quotas", ErrDiskQuota}, // vfs
	{"permission denied while trying to connect", ErrUnavailable}, // the client library, of a socket that this user may not open
	{"is too new. Maximum supported API", ErrUnavailable},         // dockerd, of a version that DOCKER_API_VERSION fixed
	{"is too old. Minimum supported API", ErrUnavailable},
	{"disk quota exceeded", ErrDiskFull},     // EDQUOT, as Go says it: btrfs and zfs beyond a size
	{"no space left on device", ErrDiskFull}, // ENOSPC: a full disk, or xfs beyond a project's quota
}

// explain turns what the client library returned into an Error. The context is the one the call ran under: when
// it ended, and not the engine, the error is the context's.
func explain(ctx context.Context, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if ended := ctx.Err(); ended != nil && (errors.Is(err, ended) || isUnreachable(err)) {
		return explainEnd(ctx, err)
	}
	words := engineWords(err)
	return &Error{Kind: kindOf(words, err), Words: words, Cause: err}
}

// explainEnd says why a context ended: by a limit of ours, which makes the engine unavailable, by the heartbeat,
// which has explained it already, or by the caller's will.
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

// engineWords strips what the client library puts before the engine's own text.
func engineWords(err error) string {
	return strings.TrimSpace(strings.TrimPrefix(err.Error(), "Error response from daemon: "))
}

func kindOf(words string, err error) error {
	for _, t := range texts {
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

// isUnreachable tells a connection that couldn't be made, or broke: the client library has a kind for the
// first; a stream that is cut shows the transport's own errors.
func isUnreachable(err error) bool {
	var op *net.OpError
	return client.IsErrConnectionFailed(err) || errors.As(err, &op) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}
