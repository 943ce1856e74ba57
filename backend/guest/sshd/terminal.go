package sshd

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A terminal is a session's pseudo-terminal.
type terminal struct {
	master, slave *os.File
	once          sync.Once // of letting the slave go
}

// openTerminal makes a terminal of the client's size and modes that is a user's own.
func openTerminal(asked ptyPayload, uid int) (*terminal, error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	master, err := unblocked(blocking)
	if err != nil {
		slave.Close() //nolint:errcheck // the first error is told
		return nil, err
	}
	t := &terminal{master: master, slave: slave}
	if err := t.resize(windowPayload{asked.Columns, asked.Rows, asked.Width, asked.Height}); err != nil {
		t.close()
		return nil, err
	}
	if err := errors.Join(t.setModes([]byte(asked.Modes)), slave.Chown(uid, -1)); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// unblocked is the same file under the runtime's poller, so that reading it can be given a deadline. The
// library's own calls take it out of there, and so would Fd.
func unblocked(f *os.File) (*os.File, error) {
	defer f.Close() //nolint:errcheck // its copy lives on
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd) //nolint:errcheck // the first error is told
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

func (t *terminal) name() string { return t.slave.Name() }

func (t *terminal) resize(w windowPayload) error {
	size := unix.Winsize{Row: uint16(w.Rows), Col: uint16(w.Columns), Xpixel: uint16(w.Width), Ypixel: uint16(w.Height)} //nolint:gosec // a terminal has no more
	held, err := t.master.SyscallConn()
	if err != nil {
		return err
	}
	closed := held.Control(func(fd uintptr) { err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &size) })
	return errors.Join(closed, err)
}

// letGo closes our own hold of the slave side, so that the master sees its end.
func (t *terminal) letGo() { t.once.Do(func() { t.slave.Close() }) } //nolint:errcheck // there is nothing else to do with it

// lastWords is how long a terminal that others still hold must be silent before its session ends.
const lastWords = 100 * time.Millisecond

// output passes on what is written to the terminal until the last process has let go of it, or, once
// finish was called, until it has nothing more to say: what a command leaves behind may hold it for ever.
func (t *terminal) output(to io.Writer) {
	buf := make([]byte, 32<<10)
	heard := true
	for {
		n, err := t.master.Read(buf)
		if n > 0 {
			heard = true
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded) && heard:
			// The time may have gone by while the client was slow to take the last piece.
			heard = false
			t.finish()
		default:
			return
		}
	}
}

// finish makes output end when the terminal falls silent.
func (t *terminal) finish() { t.master.SetReadDeadline(time.Now().Add(lastWords)) } //nolint:errcheck // a closed terminal ends its reader anyway

func (t *terminal) close() {
	t.letGo()
	t.master.Close() //nolint:errcheck // whoever reads it is told by it
}

// setModes applies the client's terminal modes: opcode and value pairs up to opcode 0.
func (t *terminal) setModes(modes []byte) error {
	fd := int(t.slave.Fd())
	tio, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	for len(modes) >= 5 && modes[0] != 0 && modes[0] < 160 { // from 160 on values have no fixed size
		applyMode(tio, modes[0], binary.BigEndian.Uint32(modes[1:]))
		modes = modes[5:]
	}
	return unix.IoctlSetTermios(fd, unix.TCSETS, tio)
}

// applyMode sets one mode. Those that mean nothing on Linux are left out, as are speeds.
func applyMode(tio *unix.Termios, opcode byte, value uint32) {
	if at, ok := characters[opcode]; ok {
		if value == 255 { // the protocol's word for "none"
			value = 0
		}
		tio.Cc[at] = uint8(value)
		return
	}
	for _, group := range []struct {
		flags map[byte]uint32
		word  *uint32
	}{{inputFlags, &tio.Iflag}, {localFlags, &tio.Lflag}, {outputFlags, &tio.Oflag}, {controlFlags, &tio.Cflag}} {
		flag, ok := group.flags[opcode]
		switch {
		case ok && value != 0:
			*group.word |= flag
		case ok:
			*group.word &^= flag
		}
	}
	// Size of characters, parity aside, takes two bits.
	switch {
	case opcode == 90 && value != 0:
		tio.Cflag = tio.Cflag&^unix.CSIZE | unix.CS7
	case opcode == 91 && value != 0:
		tio.Cflag = tio.Cflag&^unix.CSIZE | unix.CS8
	}
}

// The opcodes of RFC 4254 section 8, and 42 of RFC 8160.
var (
	characters = map[byte]int{
		1: unix.VINTR, 2: unix.VQUIT, 3: unix.VERASE, 4: unix.VKILL, 5: unix.VEOF, 6: unix.VEOL, 7: unix.VEOL2,
		8: unix.VSTART, 9: unix.VSTOP, 10: unix.VSUSP, 12: unix.VREPRINT, 13: unix.VWERASE, 14: unix.VLNEXT,
		16: unix.VSWTC, 18: unix.VDISCARD,
	}
	inputFlags = map[byte]uint32{
		30: unix.IGNPAR, 31: unix.PARMRK, 32: unix.INPCK, 33: unix.ISTRIP, 34: unix.INLCR, 35: unix.IGNCR,
		36: unix.ICRNL, 37: unix.IUCLC, 38: unix.IXON, 39: unix.IXANY, 40: unix.IXOFF, 41: unix.IMAXBEL, 42: unix.IUTF8,
	}
	localFlags = map[byte]uint32{
		50: unix.ISIG, 51: unix.ICANON, 52: unix.XCASE, 53: unix.ECHO, 54: unix.ECHOE, 55: unix.ECHOK, 56: unix.ECHONL,
		57: unix.NOFLSH, 58: unix.TOSTOP, 59: unix.IEXTEN, 60: unix.ECHOCTL, 61: unix.ECHOKE, 62: unix.PENDIN,
	}
	outputFlags = map[byte]uint32{
		70: unix.OPOST, 71: unix.OLCUC, 72: unix.ONLCR, 73: unix.OCRNL, 74: unix.ONOCR, 75: unix.ONLRET,
	}
	controlFlags = map[byte]uint32{92: unix.PARENB, 93: unix.PARODD}
)
