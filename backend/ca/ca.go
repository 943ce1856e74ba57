// Package ca is the installation's own certificate authority: it signs the pair that every instance finds
// at /etc/instance.crt and /etc/instance.key, so that a user who trusts one file trusts all instances.
//
// Who trusts it trusts it for little: by its own constraints it can sign this machine's address, the loopback ones,
// localhost and names that end in .berth, which are nobody else's. So neither what somebody asks an instance to be
// called nor a stolen key makes a certificate of another site.
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
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// An Authority signs certificates.
//
// Its key is the keeper's alone: another process can tell which file to trust and signs nothing. A keeper that may
// not read the key of the one before it, being another user, makes the authority anew.
type Authority struct {
	dir     string
	address net.IP // of this machine; nil where unknown
	now     func() time.Time

	mu      sync.Mutex
	cert    *x509.Certificate
	key     *ecdsa.PrivateKey // nil where it isn't ours to read
	renewed string            // why it was made anew
}

// A Pair is a certificate and its key, both PEM.
type Pair struct{ Cert, Key []byte }

const (
	certFile = "ca.crt"
	keyFile  = "ca.key"
	lockFile = "ca.lock"

	// Domain is the end of all names that the authority signs, localhost aside.
	Domain = "berth"

	authorityLife = 10 * 365 * 24 * time.Hour
	pairLife      = 2 * 365 * 24 * time.Hour
	// Clocks differ: a browser some minutes behind must not find the certificate in its future.
	backdate = time.Hour
)

// Open reads the authority of a state folder on a machine of that address, or makes it.
func Open(dir, address string, now func() time.Time) (*Authority, error) {
	a := &Authority{dir: dir, address: net.ParseIP(address), now: now}
	err := a.read()
	for tries := 0; errors.Is(err, errMixed) && tries < 100; tries++ {
		time.Sleep(10 * time.Millisecond)
		err = a.read()
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err := a.create(); err != nil {
			return nil, fmt.Errorf("certificate authority: %w", err)
		}
		err = a.read()
	}
	if err == nil && !bounded(a.cert) {
		err = a.renew("the one there was could sign any site's name")
	}
	return a, err
}

// Path is the file to trust.
func (a *Authority) Path() string { return filepath.Join(a.dir, certFile) }

// Notice says that the authority was made anew, and why; empty where it wasn't.
func (a *Authority) Notice() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.renewed == "" {
		return ""
	}
	return fmt.Sprintf("new certificate authority (%s): trust %s in place of the old one", a.renewed, a.Path())
}

// Fingerprint is the SHA-256 of the authority's certificate, as browsers show it.
func (a *Authority) Fingerprint() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	sum := sha256.Sum256(a.cert.Raw)
	hex := make([]string, len(sum))
	for n, b := range sum {
		hex[n] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(hex, ":")
}

// Issue signs a server certificate for a name that ends in .berth, localhost and the machine's addresses.
func (a *Authority) Issue(name string) (Pair, error) {
	if label, ok := strings.CutSuffix(name, "."+Domain); !ok || label == "" || strings.Contains(label, ".") {
		return Pair{}, fmt.Errorf("certificate authority: %q is no name of an instance", name)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.read(); err != nil { // another process may have made it anew
		return Pair{}, err
	}
	if why := a.unfit(); why != "" {
		if err := a.renew(why); err != nil {
			return Pair{}, err
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name},
		NotBefore: a.now().Add(-backdate), NotAfter: a.now().Add(pairLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: []string{name, "localhost"}, IPAddresses: a.addresses(),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return Pair{}, err
	}
	return encode(der, key)
}

// addresses are those that certificates name.
func (a *Authority) addresses() []net.IP {
	all := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if a.address != nil {
		all = append(all, a.address)
	}
	return all
}

// unfit says why the authority can't sign for this machine; empty where it can.
func (a *Authority) unfit() string {
	if a.key == nil {
		return "the key of the old one is another user's"
	}
	for _, ip := range a.addresses() {
		if !slices.ContainsFunc(a.cert.PermittedIPRanges, func(r *net.IPNet) bool { return r.Contains(ip) }) {
			return "this machine's address is another now"
		}
	}
	return ""
}

// bounded reports whether an authority can sign only what is this machine's.
func bounded(cert *x509.Certificate) bool {
	return cert.PermittedDNSDomainsCritical && len(cert.PermittedIPRanges) > 0 && !slices.ContainsFunc(cert.PermittedDNSDomains,
		func(d string) bool { return d != Domain && d != "localhost" }) && len(cert.PermittedDNSDomains) > 0
}

// errMixed is what shows while another process makes the authority anew, or where somebody changed one file of it.
var errMixed = errors.New("certificate authority: " + keyFile + " isn't the key of " + certFile + "; remove both to make new ones")

// read reads the authority. A key that isn't ours to read is none.
func (a *Authority) read() error {
	certPEM, err := os.ReadFile(a.Path())
	if err != nil {
		return err
	}
	cert, _ := pem.Decode(certPEM)
	if cert == nil {
		return fmt.Errorf("certificate authority: %s must be PEM; remove it and %s to make new ones", a.Path(), keyFile)
	}
	if a.cert, err = x509.ParseCertificate(cert.Bytes); err != nil {
		return fmt.Errorf("certificate authority: %s: %w", a.Path(), err)
	}
	a.key, err = readKey(filepath.Join(a.dir, keyFile))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil
	case err != nil:
		return fmt.Errorf("certificate authority: %w", err)
	case !a.key.PublicKey.Equal(a.cert.PublicKey):
		return errMixed
	}
	return nil
}

// readKey reads the key and sees that it is its owner's alone.
func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s must be PEM; remove it and %s to make new ones", path, certFile)
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil && !errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
	}
	return key, nil
}

// renew makes the authority anew, once: of several processes that want to, the first does.
func (a *Authority) renew(why string) error {
	err := a.locked(func() error {
		before := a.cert
		if err := a.read(); err != nil {
			return err
		}
		if !a.cert.Equal(before) && bounded(a.cert) && a.unfit() == "" {
			return nil // another process was faster
		}
		for _, name := range []string{certFile, keyFile} {
			if err := os.Remove(filepath.Join(a.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := a.create(); err != nil {
			return err
		}
		return a.read()
	})
	if err != nil {
		return fmt.Errorf("certificate authority: made anew (%s): %w", why, err)
	}
	a.renewed = why
	return nil
}

// locked does something while no other process does.
func (a *Authority) locked(do func() error) error {
	f, err := os.OpenFile(filepath.Join(a.dir, lockFile), os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o660)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	return do()
}

// create makes the authority. The key is linked into place first and the certificate last, each whole, so
// that of two processes at once one wins and both read the same pair.
func (a *Authority) create() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	host, _ := os.Hostname()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "berth on " + host},
		NotBefore: a.now().Add(-backdate), NotAfter: a.now().Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{Domain, "localhost"},
	}
	for _, ip := range a.addresses() {
		template.PermittedIPRanges = append(template.PermittedIPRanges, only(ip))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	pair, err := encode(der, key)
	if err != nil {
		return err
	}
	switch err := place(a.dir, keyFile, pair.Key, 0o600); {
	case errors.Is(err, fs.ErrExist):
		return waitFor(a.Path()) // another process is at it
	case err != nil:
		return err
	}
	return place(a.dir, certFile, pair.Cert, 0o664)
}

// only is the range of one address.
func only(ip net.IP) *net.IPNet {
	if four := ip.To4(); four != nil {
		return &net.IPNet{IP: four, Mask: net.CIDRMask(32, 32)}
	}
	return &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)}
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
