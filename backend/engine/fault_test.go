package engine

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
)

// The messages are those of engines of several versions.
func TestKindsToldByWords(t *testing.T) {
	for _, c := range []struct {
		words string
		kind  error
	}{
		{"driver failed programming external connectivity on endpoint x (0f): Bind for 0.0.0.0:20123 failed: port is already allocated", ErrPortTaken},
		{"driver failed programming external connectivity on endpoint x (0f): Error starting userland proxy: listen tcp4 0.0.0.0:20123: bind: address already in use", ErrPortTaken},
		{"failed to set up container networking: driver failed programming external connectivity on endpoint x (0f): failed to bind host port for 0.0.0.0:20123:172.17.0.2:8081/tcp: address already in use", ErrPortTaken},
		{"CDI device injection failed: unresolvable CDI devices berth/instance=7", ErrUnresolvable},
		{`could not select device driver "cdi" with capabilities: []`, ErrNoDriver},
		{`could not select device driver "nvidia" with capabilities: [[gpu]]`, ErrNoDriver},
		{"unknown or invalid runtime name: nvidia", ErrNoDriver},
		{"--storage-opt is supported only for overlay over xfs with 'pquota' mount option", ErrDiskQuota},
		{"--storage-opt is not supported", ErrDiskQuota},
		{"Error processing tar file(exit status 1): write /f2: disk quota exceeded", ErrDiskFull},
		{"Error processing tar file(exit status 1): write /f2: no space left on device", ErrDiskFull},
		{"Error reading remote info: unexpected EOF", ErrUnavailable},
		{"container is marked for removal and cannot be started", ErrBusy},
		{"unexpected EOF", nil}, // the engine passes on the registry's error
		{"OCI runtime create failed: something else", nil},
	} {
		err := classified(context.Background(), errors.New("Error response from daemon: "+c.words))
		if said := strings.TrimPrefix(err.Error(), "the engine says: "); said != c.words || said == err.Error() && !errors.Is(err, ErrUnavailable) {
			t.Errorf("the words became %q", err)
		}
		for _, kind := range []error{ErrPortTaken, ErrUnresolvable, ErrNoDriver, ErrDiskQuota, ErrDiskFull, ErrNotFound, ErrConflict, ErrUnavailable, ErrBusy} {
			if got, want := errors.Is(err, kind), errors.Is(c.kind, kind); got != want {
				t.Errorf("%q is of the kind %q: %v", c.words, kind, got)
			}
		}
	}
}

func TestExplainedTwiceIsTheSame(t *testing.T) {
	once := classified(context.Background(), errdefs.ErrNotFound.WithMessage("No such container: x"))
	if twice := classified(context.Background(), once); !reflect.DeepEqual(twice, once) {
		t.Errorf("%#v became %#v", once, twice)
	}
	if classified(context.Background(), nil) != nil {
		t.Error("no error became one")
	}
}

// A registry's answer of 25 000 letters was shown whole at every look.
func TestALongMessageIsShownAbridged(t *testing.T) {
	long := &Error{Words: "denied: " + strings.Repeat("wörd ", 5000) + "the end"}
	said := long.Error()
	if len(said) > 2000 || !strings.HasPrefix(said, "the engine says: denied: wörd") || !strings.HasSuffix(said, "the end") || !strings.Contains(said, " … ") {
		t.Errorf("%d letters: %.60s", len(said), said)
	}
	if short := (&Error{Words: "denied"}).Error(); short != "the engine says: denied" {
		t.Errorf("it says %q", short)
	}
}
