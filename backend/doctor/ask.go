package doctor

import (
	"context"
	"os"
	"time"

	"berth/backend/world"
	"berth/model"
)

// patience is how long an examination waits for answers. An engine, a driver or a file system that hangs mustn't keep
// the one who asks why nothing works.
const patience = 5 * time.Second

// slack is how much longer it waits for a question that has been told to end: it may still say what it knows.
const slack = time.Second

// A question is asked of somebody who may not answer. Its value says of whom.
type question string

const (
	aboutFiles   question = "this machine's files"
	aboutWorld   question = "engine, ledger and driver"
	aboutToolkit question = "NVIDIA's toolkit (nvidia-ctk)"
	aboutPort    question = "the ledger"
)

// An answer writes what was learned into an examination.
type answer func(*examination)

// questions are all that is asked. Each runs in a goroutine of its own and touches no examination before it is done.
func questions(p Parts) map[question]func(context.Context) answer {
	return map[question]func(context.Context) answer{
		aboutFiles: func(context.Context) answer {
			host, kernel := readHost(p.Home, p.Keeper()), lookAtKernel("/", os.Geteuid())
			return func(x *examination) { x.host, x.kernel = host, kernel }
		},
		aboutWorld: func(ctx context.Context) answer {
			w, fleet, err := p.Look(ctx)
			var low model.Maybe[model.Bytes]
			if slice, _ := world.Protection(w); slice != "" {
				low = protectedBy("/sys/fs/cgroup", slice)
			}
			var folders []folderLook
			if w.Facts.Local { // else they are another machine's
				folders = lookAtFolders(fleet.Policy.Folders)
			}
			return func(x *examination) { x.w, x.fleet, x.ledger, x.low, x.folders = w, fleet, err, low, folders }
		},
		aboutToolkit: func(ctx context.Context) answer {
			choice, err := p.Handover.Way(ctx)
			toolkit := p.Handover.Toolkit(ctx)
			return func(x *examination) { x.choice, x.way, x.toolkit = choice, err, toolkit }
		},
		aboutPort: func(ctx context.Context) answer {
			strangers, portless := p.Port.Strangers(ctx)
			reach, fenceless := p.Port.Reach(ctx)
			return func(x *examination) {
				x.strangers, x.portless, x.reach, x.fenceless = strangers, portless, reach, fenceless
			}
		},
	}
}

// ask asks all questions at once. One that doesn't end when it is told to is left behind.
func ask(ctx context.Context, all map[question]func(context.Context) answer) examination {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	type answered struct {
		question
		answer
	}
	answers := make(chan answered, len(all))
	x := examination{silent: map[question]bool{}}
	for q, of := range all {
		x.silent[q] = true
		go func() { answers <- answered{q, of(ctx)} }()
	}
	late := time.NewTimer(patience + slack)
	defer late.Stop()
	for range all {
		select {
		case a := <-answers:
			a.answer(&x)
			x.silent[a.question] = false
		case <-late.C:
			return x
		}
	}
	return x
}

// unanswered is the finding of something that can't be judged, because a question about it gave no answer.
func unanswered(name string, of question) model.Finding {
	const again = "ask again; where it stays so, see what hangs: dmesg, and ps -eo stat,pid,args | grep ^D"
	if of == aboutWorld {
		return fail(name, again, "unknown: %s gave no answer within %v", of, patience)
	}
	return warn(name, again, "unknown: %s gave no answer within %v", of, patience)
}
