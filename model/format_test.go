package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

func TestSizesReadAsPeopleSayThem(t *testing.T) {
	for _, tt := range []struct {
		size            Bytes
		decimal, binary string
	}{
		{0, "0B", "0B"},
		{999, "999B", "999B"},
		{1000, "1.0K", "1000B"},
		{1023, "1.0K", "1023B"},
		{1024, "1.0K", "1.0K"},
		{9_540, "9.5K", "9.3K"},
		{80 * GB, "80.0G", "74.5G"},
		{80 * GiB, "85.9G", "80.0G"},
		{1007 * GiB, "1.1T", "1007G"},
		{1900 * GB, "1.9T", "1.7T"},
		{999_400 * KB, "999M", "953M"},
		{999_600 * KB, "1.0G", "953M"}, // not 1000M
		{99_960 * MB, "100G", "93.1G"},
		{-3 * GB, "-3.0G", "-2.8G"},
		{math.MaxInt64, "9.2E", "8.0E"},
		{math.MinInt64, "-9.2E", "-8.0E"},
	} {
		if got := tt.size.String(); got != tt.decimal {
			t.Errorf("%d bytes are %s, want %s", int64(tt.size), got, tt.decimal)
		}
		if got := tt.size.Binary(); got != tt.binary {
			t.Errorf("%d bytes of memory are %s, want %s", int64(tt.size), got, tt.binary)
		}
	}
}

func TestFiguresReadWithTheirUnits(t *testing.T) {
	for want, figure := range map[string]fmt.Stringer{
		"97%": Percent(96.6), "0%": Percent(-0.2), "412%": Percent(412), "64°C": Celsius(64), "612W": Watts(611.5), "1980MHz": Megahertz(1980),
		Unknown: Percent(math.NaN()), "71%": Known(Percent(71)), "12.0G": Known(12 * GB),
	} {
		if got := figure.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := (Maybe[Percent]{}).String(); got != "–" {
		t.Errorf("an unknown figure is drawn %s", got)
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 12 * time.Second: "12s", 59*time.Minute + 59*time.Second: "59m", 7 * time.Hour: "7h",
		47 * time.Hour: "47h", 48 * time.Hour: "2d", 9 * 24 * time.Hour: "9d",
	} {
		if got := Age(d); got != want {
			t.Errorf("%v is %s old, want %s", d, got, want)
		}
	}
}

func TestAnUnknownFigureIsNullNeverZero(t *testing.T) {
	type reading struct{ A, B Maybe[int] }
	text, err := json.Marshal(reading{A: Known(0)})
	if err != nil || string(text) != `{"A":0,"B":null}` {
		t.Errorf("written as %s, %v", text, err)
	}
	var back reading
	if err := json.Unmarshal(text, &back); err != nil || back != (reading{A: Known(0)}) {
		t.Errorf("read back as %+v, %v", back, err)
	}
	if got := back.B.Or(7); got != 7 {
		t.Errorf("an unknown figure or 7 is %d", got)
	}
}

func TestParseInstanceID(t *testing.T) {
	for _, s := range []string{"1012", "C.1012", "c.1012"} {
		if id, err := ParseInstanceID(s); err != nil || id != 1012 || id.String() != "C.1012" {
			t.Errorf("%q is %v, %v", s, id, err)
		}
	}
	for _, s := range []string{"", "C.", "C.C.1", "0", "-1", "x", "99999999999999999999"} {
		if id, err := ParseInstanceID(s); err == nil {
			t.Errorf("%q is %v, want an error", s, id)
		}
	}
}

func TestAModeIsReadInEverySpelling(t *testing.T) {
	for s, want := range map[string]Mode{
		"entrypoint": ModeEntrypoint, "args": ModeEntrypoint, "ssh": ModeSSH, "jupyter": ModeJupyter, "ssh_proxy": ModeSSH,
		"ssh_direc ssh_proxy": ModeSSH, "ssh_direct ssh_proxy": ModeSSH, "jupyter_proxy ssh_proxy": ModeJupyter,
		"jupyter_direc ssh_direc ssh_proxy": ModeJupyter, "ssh_direct jupyter_direct": ModeJupyter, "vnc": "vnc", "": "",
	} {
		if got := ParseMode(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	for _, m := range Modes {
		if got := ParseMode(m.Runtype()); got != m {
			t.Errorf("%s is %s on the wire, which is %s", m, m.Runtype(), got)
		}
		var o Order
		text, err := json.Marshal(Order{Mode: m})
		if err := errors.Join(err, json.Unmarshal(text, &o)); err != nil || o.Mode != m {
			t.Errorf("%s was written as %s and read as %s, %v", m, text, o.Mode, err)
		}
	}
}

func TestAGPUHasAShortName(t *testing.T) {
	for long, want := range map[string]string{
		"NVIDIA H100 80GB HBM3": "H100 80GB", "NVIDIA A100-SXM4-80GB": "A100-SXM4-80GB", "NVIDIA GeForce RTX 4090": "GeForce RTX 4090", "": "",
	} {
		if got := (GPU{Model: long}).ShortModel(); got != want {
			t.Errorf("%s is %s, want %s", long, got, want)
		}
	}
}

func TestCoresAreWrittenShort(t *testing.T) {
	for p, want := range map[Percent]string{0: "0.0", 7: "0.1", 412: "4.1", 994: "9.9", 996: "10", 6400: "64"} {
		if got := p.Cores(); got != want {
			t.Errorf("%s is %s cores, want %s", p, got, want)
		}
	}
}
