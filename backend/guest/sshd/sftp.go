package sshd

import (
	"os"

	"github.com/pkg/sftp"
)

// startSFTP serves files until the client is done.
func (s *channelSession) startSFTP() bool {
	if s.started || s.on.grant.Forced {
		return false
	}
	s.started = true
	start := home
	if _, err := os.Stat(home); err != nil {
		start = "/"
	}
	server, err := sftp.NewServer(s.channel, sftp.WithServerWorkingDirectory(start), sftp.WithAllocator())
	if err != nil {
		s.on.server.Log.Printf("ssh: sftp: %v", err)
		return false
	}
	s.next = func() {
		code := uint32(0)
		if err := server.Serve(); err != nil {
			code = 1
		}
		// The server itself is never closed: that closes the channel, and scp takes a channel that closes
		// before its status for a failure.
		s.channel.CloseWrite()
		s.exit(code)
		s.channel.Close()
	}
	return true
}
