package model

// PortLine is the line of IP Port Info, exactly: "65.130.162.74:33526 -> 8081/tcp".
func PortLine(publicIP string, p Port) string { panic("not yet") }

// A Link is one way into an instance: a line that can be copied whole.
type Link struct {
	Name string // what it is for: "ssh", "tunnel", "open", "jupyter", "scp", …
	Text string // the command or URL
}

// Links are all ways into an instance as they stand: SSH commands, tunnels, copy commands, URLs.
func Links(i Instance, publicIP string) []Link { panic("not yet") }
