package ledger

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"berth/model"
)

// "disk I/O error (266)" reached people bare from what reads a single row.
func TestNothingOfTheLedgerLetsSQLitesWordsOutBare(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	term, err := l.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fileName, fileName + "-wal"} {
		if err := os.Truncate(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	tried := 0
	for _, of := range []reflect.Value{reflect.ValueOf(l), reflect.ValueOf(term)} {
		for n := range of.NumMethod() {
			name := of.Type().Method(n).Name
			err := failed(t, of.Method(n))
			if name == "Close" || err == nil {
				continue
			}
			tried++
			if _, known := model.MeaningIn(err); !known && isForeign(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	const least = 10
	if tried < least {
		t.Errorf("only %d methods failed", tried)
	}
	_ = l.Close() // it is ruined
}

// failed calls a method with as little as its parameters take, and returns its error. A panic of a nil function that it
// was given is none.
func failed(t *testing.T, method reflect.Value) (err error) {
	t.Helper()
	if method.Type().NumIn() == 0 || method.Type().In(0) != reflect.TypeFor[context.Context]() {
		return nil
	}
	in := make([]reflect.Value, method.Type().NumIn())
	for n := range in {
		in[n] = reflect.Zero(method.Type().In(n))
	}
	in[0] = reflect.ValueOf(t.Context())
	defer func() { _ = recover() }()
	call := method.Call
	if method.Type().IsVariadic() {
		call = method.CallSlice
	}
	for _, out := range call(in) {
		if e, is := out.Interface().(error); is {
			err = e
		}
	}
	return err
}
