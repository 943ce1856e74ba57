package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
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
	a, err := Open(t.TempDir(), "192.0.2.7", time.Now)
	check(t, err)
	pair, err := a.Issue("c-1000.berth")
	check(t, err)
	_, err = tls.X509KeyPair(pair.Cert, pair.Key) // checks that the key belongs to the certificate
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
	for _, name := range []string{"c-1000.berth", "localhost", "192.0.2.7", "127.0.0.1"} {
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
			a, err := Open(dir, "192.0.2.7", time.Now)
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
	_, err := Open(dir, "192.0.2.7", time.Now)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, certFile), []byte("not PEM"), 0o600))
	if _, err := Open(dir, "192.0.2.7", time.Now); err == nil || !strings.Contains(err.Error(), certFile) {
		t.Errorf("the error is %v, want one that names %s", err, certFile)
	}
}

// trusts reports whether a user who trusts the authority would trust a certificate for this name, signed by its key.
func trusts(t *testing.T, a *Authority, name string) error {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{SerialNumber: serial(), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	check(t, err)
	cert, err := x509.ParseCertificate(der)
	check(t, err)
	trusted := x509.NewCertPool()
	trusted.AddCert(a.cert)
	_, err = cert.Verify(x509.VerifyOptions{Roots: trusted, DNSName: name})
	return err
}

// Users are told to trust this file. Regression: --hostname accounts.google.com once led to a certificate that
// verified.
func TestTheAuthorityIsTrustedForThisMachineAlone(t *testing.T) {
	a, err := Open(t.TempDir(), "192.0.2.7", time.Now)
	check(t, err)
	for _, name := range []string{"accounts.google.com", "google", "xberth", "berth.com", "192.0.2.8", "10.0.0.1", "2001:db8::1"} {
		if trusts(t, a, name) == nil {
			t.Errorf("%s is trusted", name)
		}
		if _, err := a.Issue(name); err == nil {
			t.Errorf("%s is signed", name)
		}
	}
	for _, name := range []string{"c-1.berth", "localhost", "192.0.2.7", "::1"} {
		check(t, trusts(t, a, name))
	}
	info, err := os.Stat(filepath.Join(filepath.Dir(a.Path()), keyFile))
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its key has mode %v", info.Mode())
	}
}

// An authority of an earlier berth has no constraints, and its group may read its key.
func TestAnAuthorityWithoutBoundsIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{
		SerialNumber: serial(), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(t, err)
	pair, err := encode(der, key)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, certFile), pair.Cert, 0o644))
	check(t, os.WriteFile(filepath.Join(dir, keyFile), pair.Key, 0o660))
	var all sync.WaitGroup
	prints := make([]string, 8)
	for n := range prints {
		all.Go(func() {
			a, err := Open(dir, "192.0.2.7", time.Now)
			if err != nil {
				t.Error(err)
				return
			}
			prints[n] = a.Fingerprint()
			if trusts(t, a, "accounts.google.com") == nil {
				t.Error("it is trusted for any site")
			}
		})
	}
	all.Wait()
	for _, p := range prints {
		if p != prints[0] {
			t.Fatalf("several were made: %q", prints)
		}
	}
	a, err := Open(dir, "192.0.2.7", time.Now)
	check(t, err)
	if a.Notice() != "" {
		t.Errorf("it says again: %s", a.Notice())
	}
}

// After the machine's address changes, a new authority is needed and announced.
func TestANewAddressMakesItAnew(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir, "192.0.2.7", time.Now)
	check(t, err)
	a, err := Open(dir, "192.0.2.9", time.Now)
	check(t, err)
	if a.Notice() != "" {
		t.Error("a process that signs nothing makes it anew")
	}
	_, err = a.Issue("c-1.berth")
	check(t, err)
	check(t, trusts(t, a, "192.0.2.9"))
	if trusts(t, a, "192.0.2.7") == nil {
		t.Error("it is trusted for the old address")
	}
	if !strings.Contains(a.Notice(), "address") || !strings.Contains(a.Notice(), certFile) {
		t.Errorf("it says %q", a.Notice())
	}
}
