package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"berth/model"
)

// asked calls a method of the engine with minimal arguments, and returns its error.
func asked(t *testing.T, d *Docker, name string) error {
	t.Helper()
	method := reflect.ValueOf(d).MethodByName(name)
	in := make([]reflect.Value, method.Type().NumIn())
	for n := range in {
		switch kind := method.Type().In(n); kind {
		case reflect.TypeFor[context.Context]():
			in[n] = reflect.ValueOf(t.Context())
		case reflect.TypeFor[io.Reader]():
			in[n] = reflect.ValueOf(strings.NewReader("x"))
		case reflect.TypeFor[string]():
			in[n] = reflect.ValueOf("x")
		default:
			in[n] = reflect.Zero(kind)
		}
	}
	for _, out := range method.Call(in) {
		if err, is := out.Interface().(error); is {
			return err
		}
	}
	return nil
}

// calls returns the names of the methods that ask the engine something, and return an error.
func calls() []string {
	silent := []string{"Close", "EndLeftBehind"} // these ask it nothing
	var names []string
	kind := reflect.TypeFor[*Docker]()
	for n := range kind.NumMethod() {
		m := kind.Method(n)
		if outs := m.Type.NumOut(); outs > 0 && m.Type.Out(outs-1) == reflect.TypeFor[error]() && !slices.Contains(silent, m.Name) {
			names = append(names, m.Name)
		}
	}
	return names
}

// Each call must explain "Cannot connect to the Docker daemon", because any call may be the first to fail.
func TestEachCallSaysWhatAnEngineThatIsAwayMeans(t *testing.T) {
	d, err := Dial(t.Context(), "unix://"+filepath.Join(t.TempDir(), "nobody.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, name := range calls() {
		err := asked(t, d, name)
		if m, known := model.MeaningIn(err); !known || m.Todo == "" || !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEachCallNamesWhoseWordsThoseOfTheEngineAre(t *testing.T) {
	f, d := fakeDocker(t)
	f.handle("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"message":"something that nobody has seen"}`)
	})
	for _, name := range calls() {
		err := asked(t, d, name)
		if err != nil && !strings.Contains(err.Error(), "the engine says: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
