package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"berth/model"
)

func addKeyCommand(p *program) *cobra.Command {
	var offered bool
	var whose keyringFlag
	c := &cobra.Command{
		Use: "add FILE | KEY | - | --offered", Short: "keep a public key: a file, the key itself, or those at hand",
		Example: "  berth account ssh add ~/.ssh/id_ed25519.pub\n  ssh-add -L | head -1 | berth account ssh add -",
		RunE: func(c *cobra.Command, args []string) error {
			if offered {
				return addOffered(p, c)
			}
			text, err := keyText(c, strings.Join(args, " "))
			if err != nil {
				return err
			}
			lines := model.KeyLines(text)
			return p.with(c.Context(), func(m Backend) error {
				ring, err := whose.ring(m)
				if err != nil {
					return err
				}
				return addKeys(c, ring, lines)
			})
		},
	}
	p.keyringFlag(c, &whose)
	c.Flags().BoolVar(&offered, "offered", false, "every public key at hand that isn't kept yet: this session's agent's, those you log in with, those in ~/.ssh")
	c.Args = func(c *cobra.Command, args []string) error {
		switch {
		case offered && len(args) > 0:
			return usagef("--offered and a key: give one of them")
		case offered && whose.instance != "":
			return usagef("--offered and --instance: give one of them")
		case !offered && len(args) == 0:
			return usagef("add: a key is missing: %s", c.UseLine())
		}
		return nil
	}
	return c
}

// addKeys adds each key of a file. With several keys, an error says which key it is about.
func addKeys(c *cobra.Command, ring keyring, lines []string) error {
	var failed []error
	for n, line := range lines {
		err := done(c, ring.add(c.Context(), line), "added %s", describe(line))
		if err != nil && len(lines) > 1 {
			err = fmt.Errorf("key %d of %d: %w", n+1, len(lines), err)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// addOffered adds every public key that the user has at hand and that the account lacks.
func addOffered(p *program, c *cobra.Command) error {
	return p.with(c.Context(), func(m Backend) error {
		lines, err := m.OfferedKeys(c.Context())
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			say(c, "no public key is at hand that isn't kept already")
		}
		for _, line := range lines {
			if err := done(c, m.AddKey(c.Context(), line), "added %s", describe(line)); err != nil {
				return err
			}
		}
		return nil
	})
}

// maxKeyFile limits how much of a key file is read, in bytes. No file with one public key is larger.
const maxKeyFile = 64 << 10

// keyText returns the text that an argument stands for: a public key itself, the content of a file, or standard input
// for -.
func keyText(c *cobra.Command, word string) (string, error) {
	in := c.InOrStdin()
	if word != "-" {
		f, err := os.Open(word)
		if err != nil && strings.Contains(word, " ") {
			return word, nil // a key has its type first; a path seldom has a blank
		}
		if err != nil {
			return "", usagef("ssh key: %w; want a public key, or a file that has one", err)
		}
		defer f.Close() //nolint:errcheck // it is only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxKeyFile))
	return string(text), err
}

// A wireKey is a public key as --json prints it.
type wireKey struct {
	Type        string `json:"type"`
	Fingerprint string `json:"fingerprint"` // SHA-256, in the form of ssh-keygen -l
	Name        string `json:"name"`        // the key's comment
	Line        string `json:"line"`
}

func wireKeyOf(line string) wireKey {
	k := wireKey{Line: line}
	if key, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err == nil {
		k.Type, k.Fingerprint, k.Name = key.Type(), ssh.FingerprintSHA256(key), comment
	}
	return k
}

// describe names a key for people: type, fingerprint and comment.
func describe(line string) string {
	k := wireKeyOf(line)
	return strings.TrimSpace(fmt.Sprint(k.Type, " ", k.Fingerprint, " ", k.Name))
}

func listKeysCommand(p *program) *cobra.Command {
	var whose keyringFlag
	c := p.jsonFlag(&cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "list the public keys", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return whose.with(c.Context(), p, func(_ keyring, lines []string) error { return printKeys(p, c, lines) })
		},
	})
	p.keyringFlag(c, &whose)
	return c
}

func printKeys(p *program, c *cobra.Command, lines []string) error {
	keys := make([]wireKey, len(lines))
	for n, line := range lines {
		keys[n] = wireKeyOf(line)
	}
	if p.json {
		return p.printJSON(c.OutOrStdout(), keys)
	}
	t := newTable(c, cols("TYPE", "FINGERPRINT", "NAME"))
	for _, k := range keys {
		t.row(k.Type, k.Fingerprint, k.Name)
	}
	return t.flush()
}

func removeKeyCommand(p *program) *cobra.Command {
	var whose keyringFlag
	var yes bool
	c := &cobra.Command{
		Use: "remove FINGERPRINT | NAME | KEY", Aliases: []string{"rm"}, Short: "forget a public key; instances that have it keep it",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("remove: a key is missing: %s", c.UseLine())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return whose.with(c.Context(), p, func(ring keyring, lines []string) error {
				line, err := findKey(lines, strings.Join(args, " "))
				if err != nil {
					return err
				}
				if err := (asker{p, c}).unless(yes, model.GuardOfKept(describe(line))); err != nil {
					return err
				}
				return done(c, ring.remove(c.Context(), line), "removed %s", describe(line))
			})
		},
	}
	yesFlag(c.Flags(), &yes)
	p.keyringFlag(c, &whose)
	return c
}

// findKey returns the one key that matches a word: its fingerprint, its comment, the key itself whatever its comment is,
// or a file that has it.
func findKey(lines []string, word string) (string, error) {
	if file, err := os.Stat(word); err == nil && file.Mode().IsRegular() && file.Size() <= maxKeyFile {
		if text, err := os.ReadFile(word); err == nil {
			word = model.KeyLines(string(text))[0]
		}
	}
	found := slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		k := wireKeyOf(line)
		return word != k.Fingerprint && word != k.Name && !model.SamePublicKey(word, line)
	})
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", absentf("ssh key %q: no such key; `berth account ssh list` shows those there are", word)
	}
	return "", usagef("ssh key %q: %d keys have that name; give the fingerprint", word, len(found))
}
