package model

// A LogRequest says which output of an instance to read.
type LogRequest struct {
	OnStart    bool // /var/log/onstart.log instead of the container's output
	Follow     bool
	Tail       int // lines; 0: all
	Timestamps bool
}
