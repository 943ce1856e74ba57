package model

import (
	"strings"
	"testing"
)

const aKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ"

func TestWhatIsNoPublicKeySaysWhatItIs(t *testing.T) {
	for text, says := range map[string]string{
		"":                                    "empty",
		" \r\n\n":                             "empty",
		aKey[:40] + "\r\n" + aKey[40:]:        "broken over several lines",
		aKey[:40] + "\n" + aKey[40:] + "\nme": "broken over several lines",
		"hello":                               "not a public key",
		"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ":                          "gpg --export-ssh-key",
		"-----BEGIN CERTIFICATE-----\nMIIC":                                   "certificate of a web server",
		"<!DOCTYPE html><html>":                                               "web page",
		"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p":      "key of age",
		"256 SHA256:MT0fYso1EeUOR30Q0SKnrLJXq0ztR0qcDkt2fw245XI me (ED25519)": "fingerprint",
		"SHA256:MT0fYso1EeUOR30Q0SKnrLJXq0ztR0qcDkt2fw245XI":                  "fingerprint",
		aKey[:40]:                                        "cut or mistyped",
		"ssh-rsa " + aKey[12:]:                           "cut or mistyped", // the type inside the blob differs
		"ssh-ed25519":                                    "cut or mistyped",
		`command="x y" ` + aKey:                          `begins with options (command="x y")`,
		aKey + " me\n" + aKey:                            "more than one line",
		"no-pty,restrict " + aKey:                        "begins with options (no-pty,restrict)",
		"github.com " + aKey:                             "as in known_hosts",
		"- " + aKey:                                      "other text stands before it (-)",
		`export KEY="` + aKey + `"`:                      "other text around it",
		aKey[12:]:                                        `want it as "ssh-ed25519 AAAA… name"`,
		"\x7fELF\x00":                                    "not a public key",
		"ssh-dss AAAA":                                   "DSA",
		"ssh-ed25519-cert-v01@openssh.com AAAA":          "certificate",
		"sk-ssh-ed25519-cert-v01@openssh.com AAAA":       "certificate",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA":      "private key",
		"PuTTY-User-Key-File-3: ssh-ed25519\r\nx: y\r\n": "puttygen FILE -L",
	} {
		if _, err := PublicKey(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want %q in it", text, err, says)
		}
	}
	for _, text := range []string{" " + aKey + " me\r\n", `"` + aKey + ` me"` + "\n", "'" + aKey + " me '", "`" + aKey + " me`", strings.Replace(aKey, " ", "\u00a0", 1) + " me",
		"\u200b" + aKey + " me\ufeff", "\u201c" + aKey + " me\u201d", "\u2018" + aKey + " me\u2019", aKey + " me\x00"} {
		if line, err := PublicKey(text); line != aKey+" me" || err != nil {
			t.Errorf("the key %q reads %q, %v", text, line, err)
		}
	}
}

// An old system's character set, or a control character, went from the comment into lists and JSON.
func TestAKeysCommentCanBeShown(t *testing.T) {
	for comment, want := range map[string]string{"Ren\xe9": "Ren?", "a\x07b": "a?b", "René": "René", "\u202egpj": "?gpj"} {
		if line, err := PublicKey(aKey + " " + comment); line != aKey+" "+want || err != nil {
			t.Errorf("%q reads %q, %v", comment, line, err)
		}
	}
}

func TestAKeyIsTheSameUnderAnotherName(t *testing.T) {
	if !SamePublicKey(aKey+" me", aKey) || SamePublicKey(aKey, "ssh-ed25519 AAAA") || SamePublicKey("", "") {
		t.Error("keys are told apart by their names, or not by themselves")
	}
}

func TestOnlyAnInstanceThatLetsNobodyInIsKeyless(t *testing.T) {
	for _, c := range []struct {
		mode Mode
		keys []string
		want bool
	}{{ModeSSH, nil, true}, {ModeJupyter, nil, true}, {ModeEntrypoint, nil, false}, {ModeSSH, []string{aKey}, false}} {
		i := launched(c.mode, "")
		i.Plan.Keys = c.keys
		if said := i.Keyless(); (said != "") != c.want || c.want && !strings.Contains(said, "--instance "+i.ID.String()) {
			t.Errorf("%s with %d keys: %q", c.mode, len(c.keys), said)
		}
	}
}
