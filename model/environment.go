package model

// Identity is what an instance's own variables are made of.
type Identity struct {
	Instance Instance
	PublicIP string
	APIURL   string   // VAST_URL: the API as the container reaches it; empty while there is none
	APIKey   string   // CONTAINER_API_KEY
	Keys     []string // SSH_PUBLIC_KEY, a line each
	Pytorch  string   // PYTORCH_VERSION, where the image says one
}

// Environment is every variable the container is created with beyond the image's own, sorted by name:
// the plan's, overridden by our predefined ones. Its source is environment.md's table.
func Environment(id Identity) []Var { panic("not yet") }
