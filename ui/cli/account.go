package cli

import "github.com/spf13/cobra"

// account are the commands for what a user keeps between launches.
func (p *program) account() *cobra.Command {
	return group("account", "what you keep between launches: variables, SSH keys, registry logins, API keys",
		group("env", "variables that every container launched from now on gets", p.setVar(), p.listVars(), p.unsetVar()),
		group("ssh", "SSH public keys that every instance launched from now on lets in", p.addKey(), p.listKeys(), p.removeKey()),
		group("registry", "logins to private registries", p.login(), p.listLogins(), p.logout()),
		group("key", "keys that let you in to the HTTP API", p.newAPIKey(), p.listAPIKeys(), p.removeAPIKey()),
	)
}
