package pid1

import (
	"encoding/json"
	"log"
	"os"
	"sync"
	"time"

	"berth/backend/guest/files"
	"berth/model"
)

// A report is the launcher's status and writes it to a file. A reader always finds a complete file.
type report struct {
	mu     sync.Mutex
	status model.GuestStatus
	log    *log.Logger
	silent bool // the file can't be written, and the log says so
}

func newReport(g model.Guest, l *log.Logger) *report {
	return &report{log: l, status: model.GuestStatus{Instance: g.Instance, Start: g.Start}}
}

// change applies a change to the status and writes the file.
func (r *report) change(do func(*model.GuestStatus)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do(&r.status)
	r.status.At = time.Now()
	if err := r.write(); err != nil && !r.silent {
		r.silent = true
		r.log.Printf("status: %v", err)
	}
}

func (r *report) write() error {
	text, err := json.Marshal(r.status)
	if err != nil {
		return err
	}
	beside := files.Status + ".new"
	if err := os.WriteFile(beside, text, 0o644); err != nil {
		return err
	}
	return os.Rename(beside, files.Status)
}
