package model

// A Standing is a state of an instance's container that no order of ours leads to: somebody or something else brought
// it there. It is empty where there is nothing of the kind.
type Standing string

// The states beyond running and ended that an engine gives containers, in its own words.
const (
	StandingPaused     Standing = "paused"     // frozen: it keeps GPUs and memory, and nothing in it moves
	StandingRestarting Standing = "restarting" // it ended, and a restart policy that somebody gave it starts it again
	StandingRemoving   Standing = "removing"   // somebody else removes it
	StandingDead       Standing = "dead"       // the engine began to remove it and couldn't
)

// Advice says what a standing means and what to do about it; empty where there is none.
func (i Instance) Advice() string {
	name := i.ID.String()
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
