package sshd

import (
	"io"
	"os"

	"berth/backend/guest/files"
	"berth/backend/guest/session"

	"github.com/pkg/sftp"
)

// startSFTP serves files until the client is done. This process serves root itself. For any other account it starts a
// process with that account's rights.
func (s *channelSession) startSFTP() bool {
	if s.started || s.on.grant.Forced {
		return false
	}
	s.started = true
	if !s.on.account.IsRoot() {
		environ := s.on.server.Environ(s.on.account)
		own := session.Command{Path: files.Program, Args: []string{"guest", "sftp"}}
		s.next = func() { s.runPiped(session.Choice{First: own}, environ) }
		return true
	}
	s.next = func() {
		code := serveFiles(s.channel, homeOf(s.on.account))
		// The sftp server isn't closed: its Close closes the channel, and scp takes a channel that closes before its
		// exit status for a failure.
		s.channel.CloseWrite()
		s.exit(uint32(code)) //nolint:gosec // 0 or 1
		s.channel.Close()
	}
	return true
}

// ServeFiles serves files over in and out. It is the whole process that startSFTP starts for an account that isn't
// root.
func ServeFiles(in io.Reader, out io.WriteCloser) (code int) {
	here, err := os.Getwd()
	if err != nil {
		here = "/"
	}
	return serveFiles(struct {
		io.Reader
		io.WriteCloser
	}{in, out}, here)
}

// serveFiles serves files until the client is done. It returns exit code 0 on success and 1 on an error.
func serveFiles(client io.ReadWriteCloser, start string) (code int) {
	server, err := sftp.NewServer(client, sftp.WithServerWorkingDirectory(start), sftp.WithAllocator())
	if err == nil {
		err = server.Serve()
	}
	if err != nil {
		return 1
	}
	return 0
}
