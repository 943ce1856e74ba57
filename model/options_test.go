package model

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestParseOptionsReadsWhatDockerCreateReads(t *testing.T) {
	tcp := func(numbers ...int) (asks []PortAsk) {
		for _, n := range numbers {
			asks = append(asks, PortAsk{n, TCP})
		}
		return asks
	}
	env := func(name, value string) []Var { return []Var{{name, value}} }
	tests := []struct {
		name, text string
		want       Options
	}{
		{"no text asks for nothing", "", Options{}},
		{"a variable", "-e A=b", Options{Env: env("A", "b")}},
		{"a quoted value", `-e TEST="a b"`, Options{Env: env("TEST", "a b")}},
		{"a value with equal signs", "-e A=b=c", Options{Env: env("A", "b=c")}},
		{"an empty value", "-e A=", Options{Env: env("A", "")}},
		{"a variable stuck to its flag", "-eA=b", Options{Env: env("A", "b")}},
		{"a short flag with an equal sign", "-e=A=b", Options{Env: env("A", "b")}},
		{"the long flag", "--env A=b", Options{Env: env("A", "b")}},
		{"the long flag with an equal sign", "--env=A=b", Options{Env: env("A", "b")}},
		{"names as images use them", "-e discovery.type=single-node", Options{Env: env("discovery.type", "single-node")}},
		{"every kind of letter in a name", "-e azAZ0_9=b", Options{Env: env("azAZ0_9", "b")}},
		{"a value of several lines", "-e 'A=1\n2'", Options{Env: env("A", "1\n2")}},
		{"a variable given twice stays so, for the last to count", "-e A=1 -e A=2", Options{Env: []Var{{"A", "1"}, {"A", "2"}}}},
		{"a host name", "-h box", Options{Hostname: "box"}},
		{"a host name with the longest part", "-h " + strings.Repeat("a", 63), Options{Hostname: strings.Repeat("a", 63)}},
		{"a host name in every form", "-hbox", Options{Hostname: "box"}},
		{"a host name of every kind of letter", "-h 0az-AZ9.x", Options{Hostname: "0az-AZ9.x"}},
		{"a long host name flag", "--hostname=gpu-1.lab", Options{Hostname: "gpu-1.lab"}},
		{"a port alone", "-p 8081", Options{Ports: tcp(8081)}},
		{"the left number is not honoured", "-p 80:8081", Options{Ports: tcp(8081)}},
		{"not even when it is none", "-p :8081", Options{Ports: tcp(8081)}},
		{"a port of udp", "-p 8082:8082/udp", Options{Ports: []PortAsk{{8082, UDP}}}},
		{"a port of tcp, said in capitals", "-p 80/TCP", Options{Ports: tcp(80)}},
		{"one number for both protocols", "-p 53 -p 53/udp", Options{Ports: []PortAsk{{53, TCP}, {53, UDP}}}},
		{"a short flag with an equal sign for a port", "-p=80", Options{Ports: tcp(80)}},
		{"the long port flag", "--publish 80 --publish=81", Options{Ports: tcp(80, 81)}},
		{"a range", "-p 9000-9002:9000-9002", Options{Ports: tcp(9000, 9001, 9002)}},
		{"a range alone, of udp", "-p 9000-9001/udp", Options{Ports: []PortAsk{{9000, UDP}, {9001, UDP}}}},
		{"a range to choose one host port from", "-p 8000-9000:80", Options{Ports: tcp(80)}},
		{"the last port there is", "-p 65535", Options{Ports: tcp(65535)}},
		{"identity ports", "-p 70000:70000 -p 70001 -p 123456:123456/udp", Options{Ports: []PortAsk{{70000, TCP}, {70001, TCP}, {123456, UDP}}}},
		{"everything at once", `-e TEST="a b" -h box -p 8081:8081 -p 70000:70000`,
			Options{Env: env("TEST", "a b"), Hostname: "box", Ports: tcp(8081, 70000)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseOptions(tt.text)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseOptions(%q) = %#v, %v; want %#v", tt.text, got, err, tt.want)
			}
			again, err := ParseOptions(got.String())
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Errorf("its text %q reads as %#v, %v", got.String(), again, err)
			}
		})
	}
}

func TestParseOptionsNamesWhatIsWrong(t *testing.T) {
	var manyPorts strings.Builder
	for n := range MaxPorts + 1 {
		fmt.Fprintf(&manyPorts, "-p %d ", 3000+n)
	}
	tests := []struct {
		name, text string
		want       []string // a part of each fault, in order
	}{
		{"an unknown flag, with the three that are allowed", "--gpus all", []string{`"--gpus": only -e (--env), -h (--hostname) and -p (--publish)`}},
		{"an unknown flag with its value attached", "--cap-add=SYS_ADMIN", []string{`"--cap-add"`}},
		{"several short flags in one", "-it", []string{`"-it"`}},
		{"publishing everything", "-P", []string{`"-P"`}},
		{"a word without a flag", "-e A=b c", []string{`"c": no flag stands before it`}},
		{"a dash that a text processor made", "–e A=1", []string{`"–e": the dash before it is a typographic one`, `"A=1": no flag stands before it`}},
		{"two of them", "—env A=1", []string{`"—env": the dash`, `"A=1"`}},
		{"quotation marks that a text processor made", "-e A=“a b”", []string{`"b”": its quotation marks are typographic`}},
		{"a flag at the end", "-p", []string{`"-p": needs a value, such as -p 8081`}},
		{"a flag where a value should be", "-e -p 80", []string{`"-e": needs a value`}},
		{"a variable without a value", "-e HOME", []string{`"HOME": a variable needs a value`}},
		{"a variable without a name", "-e =x", []string{"a variable needs a name"}},
		{"a name that begins with a digit", "-e 1A=x", []string{`"1A"`}},
		{"a name with a blank", `-e "A B=x"`, []string{`"A B"`}},
		{"a control character in a value, without showing the value", "-e A=secret\x1b[31m", []string{`"A": control characters`}},
		{"a value that isn't UTF-8", "-e A=\xff", []string{"UTF-8"}},
		{"a value too long", "-e A=" + strings.Repeat("x", MaxVariable-1), []string{"at most 32768 bytes"}},
		{"a host name with an underscore", "-h my_box", []string{"letters, digits, - and dots"}},
		{"a host name that begins with a dash", "-h=-box", []string{"neither begins nor ends with -"}},
		{"a host name with an empty part", "-h a..b", []string{"each part of a host name"}},
		{"a host name with a part too long", "-h " + strings.Repeat("a", 64), []string{"each part of a host name"}},
		{"a host name too long for Linux", "-h " + strings.Repeat("a.", 33), []string{"at most 64"}},
		{"no host name", `-h ""`, []string{"at least one letter"}},
		{"port 0", "-p 0", []string{`"0": port 0 does not exist`}},
		{"port 0 on the inside", "-p 80:0", []string{"port 0 does not exist"}},
		{"the first number that is no port", "-p 65536", []string{"ports end at 65535"}},
		{"the last number that is no port", "-p 69999:69999", []string{"ports end at 65535; from 70000 on"}},
		{"a range out of the ports", "-p 65530-65540", []string{"ports end at 65535"}},
		{"a range from ports into identity ports", "-p 65530-70000", []string{"ports end at 65535"}},
		{"a host address", "-p 127.0.0.1:80:80", []string{"a host address can't be chosen"}},
		{"a host address without a host port", "-p 127.0.0.1::80", []string{"a host address can't be chosen"}},
		{"a host address of IPv6", "-p [::1]:80:80", []string{"a host address can't be chosen"}},
		{"a host address instead of a host port", "-p 0.0.0.0:80", []string{"a host address can't be chosen"}},
		{"a word for a port", "-p http", []string{`"http" is not a port number`}},
		{"a signed number", "-p +80", []string{`"+80" is not a port number`}},
		{"no number", "-p 80:", []string{`"80:": no port is named: write one from 1 to 65535`}},
		{"an empty port", `-p ""`, []string{"no port is named: write one from 1 to 65535"}},
		{"a number below all ports", "-p=-1", []string{`"-1" is not a port number: write one from 1 to 65535, or a range such as 9000-9010`}},
		{"a range without an end", "-p 80-", []string{`"80-" is not a port number: write one`}},
		{"several in one", "-p 80,81", []string{`"80,81" is not a port number: write one`}},
		{"a number beyond all bounds", "-p 99999999999999999999", []string{"is not a port number"}},
		{"a protocol that can't be opened", "-p 80/sctp", []string{`protocol "sctp"`}},
		{"an empty protocol", "-p 80/", []string{`protocol ""`}},
		{"a range backwards", "-p 9010-9000", []string{"write 9000-9010"}},
		{"ranges of different lengths", "-p 9000-9001:9000-9010", []string{"differ in length"}},
		{"a range of too many", "-p 1-65535", []string{"at most 64 ports, this range has 65535"}},
		{"a range of astronomically many", "-p 70000-2147483647", []string{"at most 64 ports"}},
		{"identity ports of two ranges", "-p 70000-70001:70000-70002", []string{"one number on both sides"}},
		{"an identity port on the left only", "-p 70000:8081", []string{"one number on both sides"}},
		{"an identity port on the right only", "-p 8081:70000", []string{"one number on both sides"}},
		{"a port twice", "-p 8081:8081 -p 8081", []string{"port 8081/tcp is asked for twice"}},
		{"a port of a range again", "-p 9000-9010 -p 9005", []string{"port 9005/tcp is asked for twice"}},
		{"every port of a range again", "-p 9000-9001 -p 9000-9001", []string{"port 9000/tcp", "port 9001/tcp"}},
		{"65 ports", manyPorts.String(), []string{"at most 64 ports, these are 65"}},
		{"a quote left open", `-e A="b`, []string{`a quote (") is not closed`}},
		{"all of it at once", "--rm -p 0 -h _ -e 1=1", []string{`"--rm"`, "port 0", "host name", `"1"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseOptions(tt.text)
			var faults Faults
			if !errors.As(err, &faults) || len(faults) != len(tt.want) {
				t.Fatalf("ParseOptions(%q): %v (%T), want %d faults", tt.text, err, err, len(tt.want))
			}
			for i, f := range faults {
				if f.Field != "options" || !strings.Contains(f.Error(), tt.want[i]) {
					t.Errorf("fault %d of %q: %v, want %q", i, tt.text, f, tt.want[i])
				}
			}
		})
	}
}

func TestParseOptionsKeepsWhatIsRightBesideWhatIsWrong(t *testing.T) {
	got, err := ParseOptions("-e A=b --gpus all -p 80 -p 0")
	want := Options{Env: []Var{{"A", "b"}}, Ports: []PortAsk{{80, TCP}}}
	if err == nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, %v; want %#v beside two faults", got, err, want)
	}
}

func TestOptionsWriteTheTextPeopleWrite(t *testing.T) {
	const text = `-e TEST="a b" -e EMPTY= -h box -p 8081:8081 -p 8082:8082/udp -p 70000:70000`
	o, err := ParseOptions(text)
	if err != nil || o.String() != text {
		t.Errorf("%q was written as %q (%v)", text, o, err)
	}
}

func TestOptionsOfAFormLieOverThoseOfItsTemplate(t *testing.T) {
	template, _ := ParseOptions("-e A=1 -e B=1 -h box -p 80")
	form, _ := ParseOptions("-e B=2 -e C=2 -p 80 -p 81")
	if got, want := template.With(form).String(), "-e A=1 -e B=2 -e C=2 -h box -p 80:80 -p 81:81"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := template.String(), "-e A=1 -e B=1 -h box -p 80:80"; got != want {
		t.Errorf("the template became %s", got)
	}
}

// Pasted text of any length and form must cost bounded time and give a bounded number of faults.
func TestHostileOptionsAreBounded(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("-x ", 80_000), strings.Repeat("-p 0 ", 50_000), strings.Repeat("'", maxOptions+1),
	} {
		_, err := ParseOptions(text)
		var faults Faults
		if !errors.As(err, &faults) || len(faults) > maxOptionFaults+2 {
			t.Errorf("%.10q…: %d faults", text, len(faults))
		}
	}
}

// Options that can be parsed must be formatted to text that parses to the same options and formats to the same text.
func FuzzOptions(f *testing.F) {
	for _, seed := range []string{
		`-e TEST="a b" -h box -p 8081:8081 -p 8082:8082/udp -p 70000:70000`, `-eA='it'\''s' --env=B="$x\\" -p=9000-9010`,
		"-e A=\"b\n\tc\" \\\n -h a.b", `--gpus all "`, "-p 127.0.0.1:1:1", "-e 'A=`!\"'", "\\", "-", "--", "-p -", "-e=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ParseOptions(text)
		if err != nil && err.Error() == "" {
			t.Errorf("an error without words for %q", text)
		}
		if len(o.Ports) > MaxPorts {
			return // too many ports are a fault in any form
		}
		written := o.String()
		again, err := ParseOptions(written)
		if err != nil || !reflect.DeepEqual(again, o) {
			t.Fatalf("%q reads as %#v, written as %q that reads as %#v, %v", text, o, written, again, err)
		}
		if rewritten := again.String(); rewritten != written {
			t.Errorf("%q is written again as %q", written, rewritten)
		}
	})
}
