package model

import "strconv"

// SSHHostPrefix is the prefix of the host names in SSHConfig: berth-1012.
const SSHHostPrefix = "berth-"

// SSHConfig returns a block for an SSH client's configuration file, also VS Code's. With it, `ssh berth-1012` reaches
// an instance through the machine's own SSH server, so the viewer's network needn't reach any port of the instance. For
// a viewer at the machine itself, the command runs directly. words is the command that connects standard input and
// output with the instance whose host name is appended.
func (v Viewer) SSHConfig(words []string, publicIP string) string {
	through := JoinWords(words)
	if v.machine.IsValid() && !v.machine.IsLoopback() {
		way := []string{"ssh"}
		if v.port != PortSSH {
			way = append(way, "-p", strconv.Itoa(v.port))
		}
		// Two shells read these words, the client's and the machine's, and each removes one level of quotes.
		far := make([]string, len(words))
		for n, word := range words {
			far[n] = QuoteWord(word)
		}
		through = JoinWords(append(append(way, v.Login+"@"+v.Address(publicIP)), far...))
	}
	return "Host " + SSHHostPrefix + "*\n" +
		"  User root\n" +
		"  ProxyCommand " + through + " %n\n" +
		"  StrictHostKeyChecking accept-new\n" +
		"  UserKnownHostsFile ~/.ssh/known_hosts_berth\n"
}
