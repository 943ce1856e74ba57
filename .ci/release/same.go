package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// checkSame builds what is committed twice, in two folders and with nothing kept from builds before, and compares.
func checkSame(ctx context.Context, s source) error {
	work, err := os.MkdirTemp("", "berth-same-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // a temporary folder
	var first []byte
	for _, name := range []string{"one", "the-other"} {
		if err := os.Setenv("GOCACHE", filepath.Join(work, name+"-cache")); err != nil {
			return err
		}
		program, err := build(ctx, s, runtime.GOARCH, filepath.Join(work, name))
		if err != nil {
			return err
		}
		built, err := os.ReadFile(program)
		if err != nil {
			return err
		}
		if first != nil && !bytes.Equal(first, built) {
			return errors.New("two builds of one commit differ")
		}
		first = built
	}
	fmt.Printf("two builds of %s are the same %d bytes\n", s.version, len(first))
	return nil
}
