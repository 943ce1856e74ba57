// Package scp is the remote end of "scp -O", the copy protocol from before sftp, for images that have no scp. It does
// what "scp -t" (receive files) and "scp -f" (send files) do on the remote machine. It opens no connection.
//
// The protocol is lines of text. Each is answered by a zero byte, or by a byte 1 and an error message:
//
//	C0644 12 name    a file of 12 bytes follows, then a zero byte
//	D0755 0 name     a folder begins; E ends it
//	T1700000000 0 1700000000 0    times of what comes next
package scp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
)

// An end is one side of a copy.
type end struct {
	in        *bufio.Reader
	out       io.Writer
	recursive bool
	times     bool // keep times and modes
	folder    bool // the target must be a folder
	failed    bool // an error was sent or received
}

// Main runs "scp" with the arguments after its name and returns its exit code.
func Main(args []string, in io.Reader, out, complaints io.Writer) int {
	flags := pflag.NewFlagSet("scp", pflag.ContinueOnError)
	flags.SetOutput(complaints)
	e := end{in: bufio.NewReaderSize(in, 64<<10), out: out}
	take := flags.BoolP("to", "t", false, "take files")
	give := flags.BoolP("from", "f", false, "give files")
	flags.BoolVarP(&e.recursive, "recursive", "r", false, "folders too")
	flags.BoolVarP(&e.times, "preserve", "p", false, "keep times and modes")
	flags.BoolVarP(&e.folder, "directory", "d", false, "the target is a folder")
	flags.BoolP("quiet", "q", false, "say less")
	flags.BoolP("verbose", "v", false, "say more")
	if err := flags.Parse(args); err != nil {
		return 1
	}
	var err error
	switch {
	case *take && flags.NArg() == 1:
		err = e.take(flags.Arg(0))
	case *give && flags.NArg() > 0:
		err = e.give(flags.Args())
	default:
		err = errors.New("this is only the far end of a copy; start it from the other machine")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintf(complaints, "scp: %v\n", err)
	}
	if err != nil || e.failed {
		return 1
	}
	return 0
}

func (e *end) ok() error {
	_, err := e.out.Write([]byte{0})
	return err
}

// complain sends an error about one file to the other side. The copy continues.
func (e *end) complain(err error) error {
	e.failed = true
	_, sent := fmt.Fprintf(e.out, "\x01scp: %v\n", err)
	return sent
}

// readReply reads the other side's answer. An error about one file is noted; a fatal error ends the copy.
func (e *end) readReply() (ok bool, err error) {
	code, err := e.in.ReadByte()
	if err != nil || code == 0 {
		return err == nil, err
	}
	words, err := e.in.ReadString('\n')
	if err != nil {
		return false, err
	}
	e.failed = true
	if code == 2 {
		return false, errors.New(words)
	}
	return false, nil
}

// checkName rejects a name that leads out of its folder.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || name != filepath.Base(name) {
		return fmt.Errorf("unexpected file name %q", name)
	}
	return nil
}

func isFolder(path string) bool {
	is, err := os.Stat(path)
	return err == nil && is.IsDir()
}
