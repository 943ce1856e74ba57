package relay

import "time"

// A berth that another machine's berth has started is told by an environment variable, Caller, which of its streams is
// its caller's line. When the line ends, whoever called is gone, and the command ends too: a connection may lose its
// caller in ways of which no signal tells.
const (
	Caller = "BERTH_CALLER"
	// ByInput says that standard input is the line: nothing is read from it but the beat.
	ByInput = "stdin"
	// ByOutput says that standard output is: standard input has what the command reads.
	ByOutput = "stdout"
)

// A caller writes a byte to standard input every Beat. One that is silent for longer than Silence is gone: the network
// between has been cut without a word, which the end of the connection there isn't told.
const (
	Beat    = 15 * time.Second
	Silence = 4 * Beat
)
