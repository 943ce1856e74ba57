package boxes

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/backend/crash"
)

// A machine without words for its berth is a mistake of whoever opened it. The client is a fake that says what a shell
// says which finds no program.
func TestAPanicWhileMachinesAreFollowedIsTold(t *testing.T) {
	bin := t.TempDir()
	script := "#!/bin/sh\ncase \"$*\" in *" + throughMark + "*) echo " + throughMark + "; exec cat ;; esac\nexit 127\n"
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	b, err := Open([]Place{{Name: "box1", To: "box1"}}, "v1", Usual)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	all := b.Screen("maria", nil).Watch(ctx)
	select {
	case <-b.Crashed().Done():
	case <-ctx.Done():
		t.Fatal("nothing is told")
	}
	var mistake *crash.Crash
	if cause := context.Cause(b.Crashed()); !errors.As(cause, &mistake) || !strings.Contains(string(mistake.Trace()), "keepFollowing") {
		t.Errorf("it is told as %v", cause)
	}
	cancel()
	for range all { // its other goroutines end
	}
}
