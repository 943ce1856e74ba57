package model

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// keyTypes lists the types of SSH public keys that an instance's server accepts.
var keyTypes = []string{
	"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
}

// PublicKey returns the SSH public key in a text as one authorized_keys line. The error says what the text is instead,
// and what to give. Options before the key are refused: with them, the person who adds the key could make another
// person's login run a command.
func PublicKey(text string) (string, error) {
	line := bareKey(strings.TrimSpace(PlainText([]byte(text))))
	if reason := wrongKey(line); reason != "" {
		return "", Fault{Field: "ssh key", Reason: reason}
	}
	return printable(line), nil
}

// printable returns a key's line with signs that can't be shown as question marks. They can only be in the comment, which
// an old system may have written in its own character set.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if wrongText(string(r), "\t") != "" || r == utf8.RuneError {
			return '?'
		}
		return r
	}, line)
}

// unseen replaces what web pages, chats and editors put between letters and nobody sees.
var unseen = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\x00", "")

// bareKey returns a line as it stands in authorized_keys: without the quotes of the settings file or table that it was
// copied from, and with plain blanks where a web page has non-breaking ones.
func bareKey(line string) string {
	line = strings.TrimSpace(unseen.Replace(line))
	for _, quote := range []struct{ opens, closes string }{{`"`, `"`}, {"'", "'"}, {"`", "`"}, {"\u201c", "\u201d"}, {"\u2018", "\u2019"}} {
		if inner, is := strings.CutPrefix(line, quote.opens); is {
			if inner, is = strings.CutSuffix(inner, quote.closes); is {
				return strings.TrimSpace(inner)
			}
		}
	}
	return line
}

// wrongKey returns the reason why a text is not one line with a public key, or "".
func wrongKey(line string) string {
	if form := keyFile(line); form != "" {
		return form
	}
	if line == "" {
		return `empty; want a line such as "ssh-ed25519 AAAA… name"`
	}
	words := strings.Fields(line)
	at := slices.IndexFunc(words, isKeyType)
	switch {
	case at < 0 && isKeyBlob(typeOfBlob(words[0]), words[0]):
		return fmt.Sprintf("its first word is missing; want it as \"%s AAAA… name\"", typeOfBlob(words[0]))
	case at < 0 && slices.ContainsFunc(keyTypes, func(t string) bool { return strings.Contains(line, t+" AAAA") }):
		return `a key with other text around it; give the key alone, a line such as "ssh-ed25519 AAAA… name"`
	case at < 0:
		return `not a public key; want a line such as "ssh-ed25519 AAAA… name"`
	case at > 0 && isOption(words[0]):
		return fmt.Sprintf("begins with options (%s); give the key alone", strings.Join(words[:at], " "))
	case at > 0:
		return fmt.Sprintf("other text stands before it (%s), as in known_hosts, where keys are those of machines; give your own key alone",
			strings.Join(words[:at], " "))
	case strings.Contains(words[0], "-cert-"):
		return "this is a certificate, which an instance doesn't check; give the key that it is of, the file ending in .pub without -cert"
	case words[0] == "ssh-dss":
		return "DSA isn't safe any more; make a key with ssh-keygen -t ed25519"
	case strings.Contains(line, "\n") && isWrapped(strings.Split(line, "\n")):
		return "one key that is broken over several lines; copy it again as a single line"
	case strings.Contains(line, "\n"):
		return "more than one line; add one key at a time"
	case len(words) < 2 || !isKeyBlob(words[0], words[1]):
		return "not a public key: it is cut or mistyped, copy the whole line again"
	}
	return ""
}

// keyOptions are the words that authorized_keys allows before a key.
var keyOptions = []string{
	"agent-forwarding", "cert-authority", "command", "environment", "expiry-time", "from", "no-agent-forwarding", "no-port-forwarding",
	"no-pty", "no-touch-required", "no-user-rc", "no-x11-forwarding", "permitlisten", "permitopen", "port-forwarding", "principals",
	"pty", "restrict", "tunnel", "user-rc", "verify-required", "x11-forwarding", "zos-key-ring-label",
}

// isOption reports whether a word begins with an option of authorized_keys.
func isOption(word string) bool {
	name := word
	if end := strings.IndexAny(word, "=,"); end >= 0 {
		name = word[:end]
	}
	return slices.Contains(keyOptions, strings.ToLower(name))
}

// keyFile returns a message if the text is another kind of key file, or "".
func keyFile(text string) string {
	switch {
	case strings.Contains(text, "BEGIN PGP PUBLIC KEY"), strings.Contains(text, "BEGIN PGP PRIVATE KEY"):
		return "this is a key of GnuPG; gpg --export-ssh-key NAME prints the one for SSH"
	case strings.Contains(text, "BEGIN CERTIFICATE"), strings.Contains(text, "BEGIN TRUSTED CERTIFICATE"):
		return "this is a certificate of a web server; want a line such as \"ssh-ed25519 AAAA… name\""
	case strings.HasPrefix(text, "<"):
		return "this is a web page; copy the key that it shows, or take the address that gives it alone (https://github.com/NAME.keys)"
	case strings.HasPrefix(text, "age1"):
		return "this is a key of age, which encrypts files; make one for SSH with ssh-keygen -t ed25519"
	case isFingerprint(text):
		return "this is a key's fingerprint; give the key itself, the file ending in .pub"
	case strings.Contains(text, "BEGIN SSH2 PUBLIC KEY"):
		return "this is a public key in PuTTY's form; ssh-keygen -i -f FILE writes it as one line, or copy what PuTTYgen shows " +
			"as \"Public key for pasting into OpenSSH authorized_keys file\""
	case strings.HasPrefix(text, "PuTTY-User-Key-File"):
		return "this is PuTTY's file of a private key; open it in PuTTYgen and copy what that shows as " +
			"\"Public key for pasting into OpenSSH authorized_keys file\", or puttygen FILE -L prints it"
	case strings.Contains(text, "BEGIN PUBLIC KEY"), strings.Contains(text, "BEGIN RSA PUBLIC KEY"):
		return "this is a public key in PEM; ssh-keygen -i -m PKCS8 -f FILE writes it as one line (-m PEM for an RSA PUBLIC KEY)"
	case strings.Contains(text, "PRIVATE KEY"):
		return "this is a private key, keep it to yourself; give the public one, the file ending in .pub"
	}
	return ""
}

// isFingerprint reports whether a text is what ssh-keygen -l and ssh-add -l print: 256 SHA256:… name (ED25519).
func isFingerprint(text string) bool {
	for word := range strings.FieldsSeq(text) {
		if strings.HasPrefix(word, "SHA256:") || strings.HasPrefix(word, "MD5:") {
			return true
		}
		if _, err := strconv.Atoi(word); err != nil {
			return false
		}
	}
	return false
}

// isKeyType reports whether a word is the name of a key type, including types that are refused.
func isKeyType(word string) bool {
	kind, _, _ := strings.Cut(word, "-cert-")
	return kind == "ssh-dss" || slices.ContainsFunc(keyTypes, func(t string) bool {
		return t == word || strings.TrimSuffix(t, "@openssh.com") == kind
	})
}

// isKeyBlob reports whether a word is the base64 blob of a key of this type. The blob is a sequence of parts, each
// after its length as 4 bytes (RFC 4253). The first part is the type's name.
func isKeyBlob(kind, word string) bool {
	parts, whole := blobParts(word)
	return whole && len(parts) > 1 && parts[0] == kind
}

// typeOfBlob returns the type that a base64 blob says it is of, or "".
func typeOfBlob(word string) string {
	parts, _ := blobParts(word)
	if len(parts) == 0 || !isKeyType(parts[0]) {
		return ""
	}
	return parts[0]
}

// blobParts returns the parts of a base64 blob, and whether it ends where a part ends.
func blobParts(word string) (parts []string, whole bool) {
	blob, err := base64.StdEncoding.DecodeString(word)
	if err != nil {
		return nil, false
	}
	for len(blob) >= 4 {
		length, rest := binary.BigEndian.Uint32(blob), blob[4:]
		if uint64(length) > uint64(len(rest)) {
			return parts, false
		}
		parts, blob = append(parts, string(rest[:length])), rest[length:]
	}
	return parts, len(blob) == 0
}

// SamePublicKey compares two authorized_keys lines by type and key. The comment after the key is ignored.
func SamePublicKey(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	return len(x) > 1 && len(y) > 1 && x[0] == y[0] && x[1] == y[1]
}

// Keyless returns a message if the instance's mode has an SSH server but the instance has no SSH key, and says how to
// add one. Otherwise it is empty.
func (i Instance) Keyless() string {
	if !i.Order.Mode.Launcher() || len(i.Plan.Keys) > 0 {
		return ""
	}
	return fmt.Sprintf("%s has no SSH key, so nobody can log in; `berth account ssh add FILE --instance %[1]s` gives it one, also while it runs", i.ID)
}
