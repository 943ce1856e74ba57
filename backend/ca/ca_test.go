package ca

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhoTrustsTheAuthorityTrustsItsPairs(t *testing.T) {
	a, err := Open(t.TempDir(), time.Now)
	check(t, err)
	pair, err := a.Issue("C.1000", "C.1000", "chosen", "192.0.2.7", "")
	check(t, err)
	_, err = tls.X509KeyPair(pair.Cert, pair.Key) // the key is the certificate's
	check(t, err)

	trusted := x509.NewCertPool()
	file, err := os.ReadFile(a.Path())
	check(t, err)
	if !trusted.AppendCertsFromPEM(file) {
		t.Fatalf("%s is no certificate file", a.Path())
	}
	block, _ := pem.Decode(pair.Cert)
	cert, err := x509.ParseCertificate(block.Bytes)
	check(t, err)
	for _, name := range []string{"C.1000", "chosen", "localhost", "192.0.2.7", "127.0.0.1"} {
		if _, err := cert.Verify(x509.VerifyOptions{Roots: trusted, DNSName: name}); err != nil {
			t.Errorf("as %s: %v", name, err)
		}
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: trusted, DNSName: "192.0.2.8"}); err == nil {
		t.Error("it is trusted under another address")
	}
}

func TestProcessesThatBeginAtOnceShareOneAuthority(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	prints := make([]string, 16)
	for n := range prints {
		wg.Go(func() {
			a, err := Open(dir, time.Now)
			if err != nil {
				t.Error(err)
				return
			}
			prints[n] = a.Fingerprint()
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] || len(p) != 95 {
			t.Fatalf("fingerprints %q and %q", prints[0], p)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	check(t, err)
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestABrokenAuthorityIsNamed(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir, time.Now)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, certFile), []byte("not PEM"), 0o600))
	if _, err := Open(dir, time.Now); err == nil || !strings.Contains(err.Error(), certFile) {
		t.Errorf("the error is %v, want one that names %s", err, certFile)
	}
}
