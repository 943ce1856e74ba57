package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
)

// account are the commands for what a user keeps between launches.
func (p *program) account() *cobra.Command {
	return group("account", "what you keep between launches: variables, SSH keys, registry logins, API keys",
		group("env", "variables that every container launched from now on gets", p.setVar(), p.listVars(), p.unsetVar()),
		group("ssh", "SSH public keys that every instance launched from now on lets in", p.addKey(), p.listKeys(), p.removeKey()),
		group("registry", "logins to private registries", p.login(), p.listLogins(), p.logout()),
	)
}

// maxSecret is more than any password or variable has.
const maxSecret = 64 << 10

// secret reads what must not stand on a command line, where everybody's process list shows it: a line that is
// typed unseen, or, where standard input is no terminal or is asked for, all of it without its last line end.
func secret(c *cobra.Command, prompt string, stdin bool) (string, error) {
	in, isFile := c.InOrStdin().(*os.File)
	if isFile && term.IsTerminal(in.Fd()) && !stdin {
		say(c, "%s: ", prompt)
		text, err := term.ReadPassword(in.Fd())
		return string(text), err
	}
	text, err := io.ReadAll(io.LimitReader(c.InOrStdin(), maxSecret+1))
	switch {
	case err != nil:
		return "", err
	case len(text) > maxSecret:
		return "", usagef("standard input: more than %d KB is no %s", maxSecret>>10, prompt)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// typed reads one line that may be seen.
func typed(c *cobra.Command, prompt string) (string, error) {
	if _, err := fmt.Fprintf(c.ErrOrStderr(), "%s: ", prompt); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(io.LimitReader(c.InOrStdin(), maxSecret)).ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return strings.TrimSpace(line), err
}
