package model

// A Standing is a state of an instance's container that none of berth's orders leads to: someone else caused it. It is
// empty if there is no such state.
type Standing string

// The engine's container states other than running and ended, in the engine's own words.
const (
	StandingPaused     Standing = "paused"     // frozen: it keeps GPUs and memory, but its processes don't run
	StandingRestarting Standing = "restarting" // it ended, and a restart policy that someone set starts it again
	StandingRemoving   Standing = "removing"   // someone else is removing it
	StandingDead       Standing = "dead"       // the engine began to remove it and failed
)

// Advice says what the instance's standing means and what to do about it. It is empty if there is none.
func (i Instance) Advice() string {
	name := NameOf(&i)
	switch i.Standing {
	case StandingPaused:
		return "somebody paused its container: docker unpause " + name + " lets it go on, berth stop ends it"
	case StandingRestarting:
		return "its container ends and is started again by a restart policy that somebody gave it: docker update --restart=no " +
			name + " leaves that to berth"
	case StandingRemoving:
		return "somebody else removes its container; where that doesn't end, docker rm -f " + name + " tries again"
	case StandingDead:
		return "the engine couldn't remove its container: docker rm -f " + name + " tries again, then berth destroy or recycle"
	}
	return ""
}
