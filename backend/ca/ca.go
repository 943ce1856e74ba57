// Package ca is the installation's own certificate authority: it signs the pair that every instance finds
// at /etc/instance.crt and /etc/instance.key, so that a user who trusts one file trusts all instances.
package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// An Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	path string
	now  func() time.Time
}

// A Pair is a certificate and its key, both PEM.
type Pair struct{ Cert, Key []byte }

const (
	certFile = "ca.crt"
	keyFile  = "ca.key"

	authorityLife = 10 * 365 * 24 * time.Hour
	pairLife      = 2 * 365 * 24 * time.Hour
	// Clocks differ: a browser some minutes behind must not find the certificate in its future.
	backdate = time.Hour
)

// Open reads the authority of a state folder, or makes it. Whoever may write the folder may sign: it is
// the same group that may start any container anyway.
func Open(dir string, now func() time.Time) (*Authority, error) {
	a, err := read(dir, now)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if err := create(dir, now()); err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	return read(dir, now)
}

// Path is the file to trust.
func (a *Authority) Path() string { return a.path }

// Fingerprint is the SHA-256 of the authority's certificate, as browsers show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	hex := make([]string, len(sum))
	for n, b := range sum {
		hex[n] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(hex, ":")
}

// Issue signs a server certificate for the given name and addresses; what is no address is taken as a name.
func (a *Authority) Issue(name string, hosts ...string) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name},
		NotBefore: a.now().Add(-backdate), NotAfter: a.now().Add(pairLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if h != "" {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return Pair{}, err
	}
	return encode(der, key)
}

func read(dir string, now func() time.Time) (*Authority, error) {
	path := filepath.Join(dir, certFile)
	certPEM, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	keyPEM, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	cert, _ := pem.Decode(certPEM)
	key, _ := pem.Decode(keyPEM)
	if cert == nil || key == nil {
		return nil, fmt.Errorf("certificate authority: %s and %s must be PEM; remove both to make new ones", path, keyFile)
	}
	a := &Authority{path: path, now: now}
	if a.cert, err = x509.ParseCertificate(cert.Bytes); err != nil {
		return nil, fmt.Errorf("certificate authority: %s: %w", path, err)
	}
	if a.key, err = x509.ParseECPrivateKey(key.Bytes); err != nil {
		return nil, fmt.Errorf("certificate authority: %s: %w", keyFile, err)
	}
	return a, nil
}

// create makes the authority. The key is linked into place first and the certificate last, each whole, so
// that of two processes at once one wins and both read the same pair.
func create(dir string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	host, _ := os.Hostname()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "berth on " + host},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	pair, err := encode(der, key)
	if err != nil {
		return err
	}
	switch err := place(dir, keyFile, pair.Key, 0o660); {
	case errors.Is(err, fs.ErrExist):
		return waitFor(filepath.Join(dir, certFile)) // another process is at it
	case err != nil:
		return err
	}
	return place(dir, certFile, pair.Cert, 0o664)
}

// waitFor waits until the process that won has placed the second file.
func waitFor(path string) error {
	for range 100 {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s is missing beside its key; remove %s to make both anew", path, keyFile)
}

// place writes a file whole or not at all, and never over another.
func place(dir, name string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // linked under its real name or of no use
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), filepath.Join(dir, name))
}

func encode(der []byte, key *ecdsa.PrivateKey) (Pair, error) {
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{
		Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:  pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program instead
	return new(big.Int).SetBytes(b[:])
}
