//lint:file-ignore SA1019 what is old is tried, to be refused

package sshd

import (
	olddsa "crypto/dsa" //nolint:staticcheck // as above
	"crypto/rand"
	"crypto/rsa"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/guest/session"

	"golang.org/x/crypto/ssh"
)

// loginAs logs in to a server whose authorized_keys lists exactly that key.
func loginAs(t *testing.T, signer ssh.Signer, change func(*ssh.ClientConfig)) error {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "authorized_keys")
	if err := os.WriteFile(keys, ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{HostKey: newKey(t, 9), AuthorizedKeys: keys, Log: log.New(io.Discard, "", 0), Environ: func(session.Account) []string { return nil }}
	ctx := t.Context()
	go func() { _ = s.Serve(ctx, l) }()
	config := &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, Timeout: 5 * time.Second,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	}
	change(config)
	client, err := ssh.Dial("tcp", l.Addr().String(), config)
	if err == nil {
		_ = client.Close()
	}
	return err
}

// Regression: a certificate that expired in 2020 once logged in like a key.
func TestOnlyKeysThatAreSafeLogIn(t *testing.T) {
	key := newKey(t, 1)
	cert := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"root"}, ValidBefore: uint64(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix())}
	if err := cert.SignCert(rand.Reader, newKey(t, 7)); err != nil {
		t.Fatal(err)
	}
	certified, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ofRSA, err := ssh.NewSignerFromKey(pair)
	if err != nil {
		t.Fatal(err)
	}
	sha1, err := ssh.NewSignerWithAlgorithms(ofRSA.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA})
	if err != nil {
		t.Fatal(err)
	}
	same := func(*ssh.ClientConfig) {}
	insecure := ssh.InsecureAlgorithms()
	for name, test := range map[string]struct {
		signer ssh.Signer
		change func(*ssh.ClientConfig)
		in     bool
	}{
		"a key":                    {key, same, true},
		"an RSA key by SHA-2":      {ofRSA, same, true},
		"an RSA key by SHA-1":      {sha1, same, false},
		"an expired certificate":   {certified, same, false},
		"a DSA key":                {dsaKey(t), same, false},
		"a key exchange by SHA-1":  {key, func(c *ssh.ClientConfig) { c.KeyExchanges = []string{"diffie-hellman-group14-sha1"} }, false},
		"all insecure exchanges":   {key, func(c *ssh.ClientConfig) { c.KeyExchanges = insecure.KeyExchanges }, false},
		"a MAC by SHA-1":           {key, func(c *ssh.ClientConfig) { c.Ciphers = []string{ssh.CipherAES256CTR}; c.MACs = []string{"hmac-sha1"} }, false},
		"an exchange of the house": {key, func(c *ssh.ClientConfig) { c.KeyExchanges = []string{"curve25519-sha256"} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := loginAs(t, test.signer, test.change); (err == nil) != test.in {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func dsaKey(t *testing.T) ssh.Signer {
	t.Helper()
	var key olddsa.PrivateKey
	if err := olddsa.GenerateParameters(&key.Parameters, rand.Reader, olddsa.L1024N160); err != nil {
		t.Fatal(err)
	}
	if err := olddsa.GenerateKey(&key, rand.Reader); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(&key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func TestNothingThatIsOfferedRestsOnSHA1(t *testing.T) {
	config := (&Server{HostKey: newKey(t, 9)}).config(nil)
	all := slices.Concat(config.KeyExchanges, config.MACs, config.PublicKeyAuthAlgorithms)
	for _, name := range all {
		if strings.Contains(name, "sha1") || name == "ssh-rsa" || name == "ssh-dss" {
			t.Errorf("%s is offered", name)
		}
	}
	if len(all) == 0 {
		t.Error("the library's own choice is offered")
	}
}

// Whatever authorized_keys holds, a key gets in only by a line that has it, and a restricted key stays restricted.
func FuzzAuthorized(f *testing.F) {
	line := func(k ssh.PublicKey) string { return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k))) }
	f.Add("restrict,command=\"x\" ", "\n")
	f.Add("# ", " me\n")
	f.Add("cert-authority ", "")
	f.Add("from=\"1.2.3.4\",no-pty ", "\r\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		key := newKey(t, 1).PublicKey()
		if _, in := authorized([]byte(before+after), key); in && !strings.Contains(before+after, strings.Fields(line(key))[1][:20]) {
			t.Errorf("a file without the key lets it in: %q", before+after)
		}
		got, in := authorized([]byte("restrict,command=\"only\" "+line(key)+"\n"+before+after), key)
		if !in || !got.Forced || got.Command != "only" || !got.NoForward || !got.NoAgent || !got.NoPTY {
			t.Errorf("a restricted key has %+v, %v", got, in)
		}
	})
}
