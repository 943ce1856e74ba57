package world

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"berth/model"
)

func onGPU(all ...model.Process) []model.Device {
	return []model.Device{{Reading: model.Reading{Processes: all}}}
}

// An ordinary user's screen beside root's service: /proc hides whose the processes are, and the service tells.
func TestTheKeeperTellsWhoseAHiddenProcessIs(t *testing.T) {
	home, now := t.TempDir(), time.Now()
	clock := func() time.Time { return now }
	keeper := &witness{home: home, now: clock, log: slog.New(slog.DiscardHandler)}
	screen := &witness{home: home, now: clock, log: slog.New(slog.DiscardHandler)}
	python := model.Process{PID: 4242, User: "eva", Command: "python train.py", Memory: model.Known(model.GiB)}
	trainer := model.Process{PID: 4243, User: "root", Command: "trainer", Container: "c1"}
	hidden := onGPU(model.Process{PID: 4242, Hidden: true, Memory: model.Known(model.GiB)}, model.Process{PID: 4243, Hidden: true, Container: "c1"},
		model.Process{PID: 4244, Hidden: true})

	if got := screen.ask(hidden); !got[0].Processes[0].Hidden {
		t.Error("somebody is named although nobody told")
	}
	keeper.tell(onGPU(python, trainer, model.Process{PID: 4244, Hidden: true}))
	got := screen.ask(hidden)[0].Processes
	if got[0] != python || got[1] != trainer || got[2] != hidden[0].Processes[2] {
		t.Errorf("seen are %+v", got)
	}
	if !hidden[0].Processes[0].Hidden {
		t.Error("the sample that was handed out has changed")
	}

	now = now.Add(credibleFor + time.Second)
	if got := screen.ask(hidden); !got[0].Processes[0].Hidden {
		t.Error("what was told long ago counts still: the pid may be another's by now")
	}
	keeper.tell(onGPU(python, trainer)) // the same as before: the file is touched
	if got := screen.ask(hidden); got[0].Processes[0].Hidden {
		t.Error("what is told again doesn't count")
	}
	keeper.tell(onGPU(trainer))
	if got := screen.ask(hidden); !got[0].Processes[0].Hidden || got[0].Processes[1].Hidden {
		t.Errorf("after one has ended seen are %+v", got)
	}
}

func TestAWitnessFileThatIsNoneNamesNobody(t *testing.T) {
	hidden := onGPU(model.Process{PID: 4242, Hidden: true})
	for name, lay := range map[string]func(path string) error{
		"no JSON":        func(path string) error { return os.WriteFile(path, []byte("{"), 0o600) },
		"another's JSON": func(path string) error { return os.WriteFile(path, []byte(`{"pid":4242}`), 0o600) },
		"a folder":       func(path string) error { return os.Mkdir(path, 0o700) },
		"a link":         func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		w := &witness{home: t.TempDir(), now: time.Now, log: slog.New(slog.DiscardHandler)}
		if err := lay(filepath.Join(w.home, witnessFile)); err != nil {
			t.Fatal(err)
		}
		if got := w.ask(hidden); !got[0].Processes[0].Hidden {
			t.Errorf("%s names %+v", name, got)
		}
	}
}
