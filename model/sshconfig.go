package model

import "strconv"

// SSHHostPrefix begins the names that SSHConfig gives instances: berth-1012.
const SSHHostPrefix = "berth-"

// SSHConfig is a block for the configuration of an SSH client, VS Code's too, by which `ssh berth-1012` reaches an
// instance through the machine's own SSH server: no port of the instance need be open to where the viewer sits. Where
// the viewer sits at the machine itself, nothing is gone through. The words connect standard input and output with the
// instance whose name follows.
func (v Viewer) SSHConfig(words []string, publicIP string) string {
	through := JoinWords(words)
	if v.machine.IsValid() && !v.machine.IsLoopback() {
		way := []string{"ssh"}
		if v.port != PortSSH {
			way = append(way, "-p", strconv.Itoa(v.port))
		}
		// The client's shell and the machine's each take one pair of quotes away.
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
