package sshkey

import (
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

const dsaLine = "ssh-dss AAAAB3NzaC1kc3MAAACBAIRnBKVrDBJnAY8jHeUi3+5hvsIdJCnqSvcHaNTOMf3SNq/zQRhEhNqHjV7eVWLpvpLe1gY8SaFBJdyvmNIhkcBRCNQHbkSZQ+zsQdXpGrJDuFGHdJXMMWFAhpDd4jWEpZQmSGGDXbzjDEUjTZRUZXCLVVwXwjkBQV4vVnZxAAAAFQ=="

func key(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func line(k ssh.PublicKey) string { return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k))) }

// Instances check neither a certificate's authority nor its time.
func TestACertificateIsNoKey(t *testing.T) {
	of := key(t)
	cert := &ssh.Certificate{Key: of.PublicKey(), CertType: ssh.UserCert, ValidBefore: 1}
	if err := cert.SignCert(rand.Reader, key(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(line(cert)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("it says %v", err)
	}
	if _, err := Check(line(of.PublicKey())); err != nil {
		t.Error(err)
	}
}

// These are keys as they come from Windows.
func TestAKeyInAnotherFormIsReadOrNamed(t *testing.T) {
	good := line(key(t).PublicKey()) + " me"
	wide := "\xff\xfe"
	for _, b := range []byte(good + "\r\n") {
		wide += string(rune(b)) + "\x00"
	}
	for name, text := range map[string]string{
		"with a byte order mark": "\xef\xbb\xbf" + good + "\r\n", "in UTF-16": wide, "with trailing blanks": good + " \t\r\n",
	} {
		if got, err := Check(text); got != good || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for text, says := range map[string]string{
		"---- BEGIN SSH2 PUBLIC KEY ----\r\nComment: \"me\"\r\nAAAA\r\n---- END SSH2 PUBLIC KEY ----": "ssh-keygen -i -f FILE",
		"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n":                                  "puttygen FILE -L",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----":                                  "-m PKCS8",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA":                                                   "private key",
	} {
		if _, err := Check(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want %q in it", text, err, says)
		}
	}
}

func FuzzALineIsOneKey(f *testing.F) {
	f.Add(line(key(f).PublicKey()) + " me")
	f.Add(`command="x" ` + line(key(f).PublicKey()))
	f.Add(dsaLine)
	f.Add("ssh-ed25519-cert-v01@openssh.com AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		checked, err := Check(text)
		if err != nil {
			return
		}
		k, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(checked))
		if err != nil || len(options) > 0 || len(rest) > 0 || strings.ContainsAny(checked, "\n\r") {
			t.Errorf("%q is let in: %v, %q, %q", checked, err, options, rest)
		} else if typ := k.Type(); strings.Contains(typ, "-cert-") || typ == "ssh-dss" {
			t.Errorf("%q is let in as %s", checked, typ)
		}
	})
}
