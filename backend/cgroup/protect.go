package cgroup

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"berth/model"
)

// Protect has systemd set how much memory of a slice the kernel reclaims last, until the next boot. Only root may: without
// it nothing changes.
func Protect(ctx context.Context, slice string, low model.Bytes) error {
	if os.Geteuid() != 0 {
		return nil
	}
	const patience = time.Minute // milliseconds, but not on a machine that boots
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, "systemctl", "set-property", "--runtime", slice, "MemoryLow="+strconv.FormatInt(int64(low), 10))
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("memory.low of %s: %w: %s", slice, err, strings.TrimSpace(string(out)))
	}
	return nil
}
