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
	once          sync.Once // guards closing the slave
}

// openTerminal makes a pseudo-terminal of the client's size and modes, owned by the user.
func openTerminal(asked ptyPayload, uid int) (*terminal, error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	master, err := unblocked(blocking)
	if err != nil {
		slave.Close() //nolint:errcheck // the first error is returned
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

// unblocked duplicates a file and puts the copy under the runtime's poller, so that reads can have a deadline. The pty
// library's own calls take the file out of the poller, and so would File.Fd.
func unblocked(f *os.File) (*os.File, error) {
	defer f.Close() //nolint:errcheck // its copy stays open
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd) //nolint:errcheck // the first error is returned
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

// letGo closes this process's descriptor of the slave. The master reads end of file once every process has closed the
// slave.
func (t *terminal) letGo() { t.once.Do(func() { t.slave.Close() }) } //nolint:errcheck // nothing can be done about it

// drainQuiet is how long a terminal must be silent before its session ends, if processes of the ended command still
// have it open.
const drainQuiet = 100 * time.Millisecond

// output copies what is written to the terminal to the client. It ends when the last process has closed the terminal.
// After finish was called it also ends when the terminal is silent: what a command leaves running may hold the terminal
// for ever.
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
			// The deadline may have passed while the client was slow to take the last piece, so wait once more.
			heard = false
			t.finish()
		default:
			return
		}
	}
}

// finish makes output end once the terminal is silent.
func (t *terminal) finish() { t.master.SetReadDeadline(time.Now().Add(drainQuiet)) } //nolint:errcheck // reading a closed terminal ends anyway

func (t *terminal) close() {
	t.letGo()
	t.master.Close() //nolint:errcheck // its reader gets the error
}

// setModes applies the client's encoded terminal modes: pairs of an opcode and a 4-byte value, up to opcode 0.
func (t *terminal) setModes(modes []byte) error {
	fd := int(t.slave.Fd())
	tio, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	for len(modes) >= 5 && modes[0] != 0 && modes[0] < 160 { // values of opcodes from 160 on have no fixed size
		applyMode(tio, modes[0], binary.BigEndian.Uint32(modes[1:]))
		modes = modes[5:]
	}
	return unix.IoctlSetTermios(fd, unix.TCSETS, tio)
}

// applyMode sets one mode. It ignores modes that mean nothing on Linux, and line speeds.
func applyMode(tio *unix.Termios, opcode byte, value uint32) {
	if at, ok := characters[opcode]; ok {
		if value == 255 { // 255 is "none" in the protocol
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
	// The character size (opcodes 90 and 91) is a field of two bits.
	switch {
	case opcode == 90 && value != 0:
		tio.Cflag = tio.Cflag&^unix.CSIZE | unix.CS7
	case opcode == 91 && value != 0:
		tio.Cflag = tio.Cflag&^unix.CSIZE | unix.CS8
	}
}

// The opcodes are those of RFC 4254 section 8; 42 is RFC 8160's.
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
