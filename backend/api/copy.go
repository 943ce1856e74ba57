package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"berth/model"
)

// copyTime is the time limit of one copy: enough for a whole disk through the engine at a tenth of the disk's speed.
const copyTime = 12 * time.Hour

// A copyBody names the two ends of a copy. An id is 1012, "1012" or "C.1012". No id, or "local", means the computer
// that sends the request.
type copyBody struct {
	From     looseString `json:"src_id"`
	To       looseString `json:"dst_id"`
	FromPath string      `json:"src_path"`
	ToPath   string      `json:"dst_path"`
}

// copy answers PUT /commands/copy_direct and /commands/rsync. It answers when the copy has begun.
//
// This machine's own files are read and written only for a process that has the keeper's rights already. The kernel
// vouches for that: the process must call over the unix socket as the keeper's own user. An IP address proves nothing,
// because requests through a proxy all come from the loopback address. For every other caller, "local" is another
// computer, and the answer says which command makes the copy.
func (c copyCall) copy() (any, error) {
	var want copyBody
	if err := c.body(&want); err != nil {
		return nil, err
	}
	from, err := c.end(want.From, want.FromPath)
	if err != nil {
		return nil, err
	}
	to, err := c.end(want.To, want.ToPath)
	if err != nil {
		return nil, err
	}
	local := from.Instance == 0 || to.Instance == 0
	switch {
	case from.Instance == 0 && to.Instance == 0:
		return nil, badInput("one end of a copy is an instance")
	case from == to:
		return nil, badInput("both ends of the copy are the same")
	case local && !c.ownMachine():
		return c.manualCopy(from, to), nil
	}
	if err := c.begin(from, to); err != nil {
		return nil, err
	}
	return c.copying(from, to), nil
}

// end reads one end of a copy.
func (c copyCall) end(id looseString, path string) (model.Place, error) {
	p := model.Place{Path: path}
	if id == "" || id == "local" {
		if !c.ownMachine() {
			return p, nil // a path on another computer: nothing to check
		}
	} else {
		n, err := model.ParseInstanceID(string(id))
		if err != nil {
			return p, badInput(fmt.Sprintf("%q is no place here: want an instance such as C.1012, or local", string(id)))
		}
		i, err := c.mine(n)
		if err != nil {
			return p, err
		}
		p.Instance = i.ID
		if !strings.HasPrefix(path, "/") {
			p.Path = "/" + path // the platform reads paths this way
		}
	}
	return p, p.Check()
}

// ownMachine reports whether the caller may name this machine's own files.
func (c copyCall) ownMachine() bool {
	p, local := peerOf(c.r.Context())
	return local && p.ours() && c.who.instance == 0 && c.who.owner == c.machine.Owner()
}

// manualCopy returns the answer if the API can't make the copy itself: the command that does. The answer's status is
// 200, because clients show this message only then.
func (c copyCall) manualCopy(from, to model.Place) any {
	remote := from.Instance
	if remote == 0 {
		remote = to.Instance
	}
	i, _ := c.fleet.Instance(remote)
	words := "copy between your computer and " + i.ID.String() + " over SSH"
	for _, l := range model.Links(i, c.fleet.Host.PublicIP) {
		if l.Name == "rsync" {
			words += ": " + l.Text
		}
	}
	p := badInput(words)
	p.code = "local_copy"
	return p.body()
}

// begin starts the copy in the background, unless too many copies are under way.
func (c copyCall) begin(from, to model.Place) error {
	busy := to.Instance
	if busy == 0 {
		busy = from.Instance
	}
	mine := share{c.who, busy}
	if !c.copies.enter(mine) {
		return errBusy
	}
	life := c.machine.ActingFor(c.life, c.who.owner)
	c.work.Go(func() {
		defer c.copies.leave(mine)
		ctx, cancel := context.WithTimeout(life, copyTime)
		defer cancel()
		if err := c.machine.Copy(ctx, from, to); err != nil {
			c.log.Info("a copy failed", "from", from, "to", to, "err", err) // history records the failure too
		}
	})
	return nil
}

// copying returns the answer to a copy that has begun. Clients that asked for a local end read the address of an SSH
// server from it.
func (c copyCall) copying(from, to model.Place) any {
	answer := map[string]any{
		"success": true, "msg": fmt.Sprintf("copying %s to %s: the instance's history says when it is done", from, to),
	}
	for name, p := range map[string]model.Place{"src": from, "dst": to} {
		if i, there := c.fleet.Instance(p.Instance); there {
			answer[name+"_addr"] = c.fleet.Host.PublicIP
			answer[name+"_port"] = i.Plan.External(model.PortSSH, model.TCP)
		}
	}
	return answer
}
