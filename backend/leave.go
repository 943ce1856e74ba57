package backend

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"berth/model"
)

// LeaveKeeper starts a keeper of its own, detached from this terminal, when this process is about to end and
// nobody else would fulfil what is under way or bring back what runs. It ends by itself when there is
// nothing left to keep.
func (m *Machine) LeaveKeeper(ctx context.Context) error {
	if len(m.serve) == 0 || keeperPID(m.home) != 0 || m.served() || m.ledger.Gone() {
		return nil
	}
	instances, err := m.ledger.Instances(ctx)
	if err != nil || !(model.Fleet{Instances: instances}).Kept() {
		return err
	}
	c := exec.Command(m.serve[0], m.serve[1:]...) //nolint:noctx // our own program, meant to outlive this one
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.Dir = "/" // it must not keep the folder it was started in from being unmounted
	c.Env = os.Environ()
	if err := c.Start(); err != nil {
		return fmt.Errorf("leaving a keeper behind: %w; run `berth serve`", err)
	}
	return c.Process.Release()
}
