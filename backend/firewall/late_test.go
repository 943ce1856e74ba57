package firewall

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// On a machine that just booted the note was "nft: signal: killed:", after ten seconds.
func TestAProgramThatDoesNotEndIsSaidSo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nft"), []byte("#!/bin/sh\nsleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := Open(ctx)
	if err == nil || !strings.Contains(err.Error(), "hasn't ended in time") {
		t.Errorf("it says %v", err)
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it waits for a program that was ended, for %v", took)
	}
	if patience < 30*time.Second {
		t.Errorf("a machine that boots has %v", patience)
	}
}
