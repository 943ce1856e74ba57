package cli

import "github.com/spf13/cobra"

// accountCommand returns the commands for what a user keeps between launches.
func accountCommand(p *program) *cobra.Command {
	return group("account", "what you keep between launches: variables, SSH keys, registry logins, API keys",
		group("env", "variables that every container launched from now on gets", setVarCommand(p), listVarsCommand(p), unsetVarCommand(p)),
		group("ssh", "SSH public keys that every instance launched from now on lets in", addKeyCommand(p), listKeysCommand(p), removeKeyCommand(p)),
		group("registry", "logins to private registries", loginCommand(p), listLoginsCommand(p), logoutCommand(p)),
		group("key", "keys that let you in to the HTTP API", newAPIKeyCommand(p), listAPIKeysCommand(p), removeAPIKeyCommand(p)),
		notifyCommands(p),
	)
}
