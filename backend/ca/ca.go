// Package ca is the installation's own certificate authority. It signs the certificate and key that every instance has
// at /etc/instance.crt and /etc/instance.key, so a user who trusts one file trusts all instances. Begin reading at
// Authority.
//
// Trusting it is limited: by its name constraints it can sign only this machine's address, the loopback addresses,
// localhost and names that end in .berth, a domain that nobody else has. So neither a chosen host name of an instance
// nor a stolen key leads to a certificate for another site.
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
// Only the keeper has its key. Another process can tell users which file to trust, but signs nothing. A keeper that
// runs as another user than the one before it can't read the old key, and makes a new authority.
type Authority struct {
	dir     string
	address net.IP // of this machine; nil if unknown
	now     func() time.Time

	mu      sync.Mutex
	cert    *x509.Certificate
	key     *ecdsa.PrivateKey // nil if this process can't read it
	renewed string            // why the authority was replaced
}

// A Pair is a certificate and its key, both as PEM.
type Pair struct{ Cert, Key []byte }

const (
	certFile = "ca.crt"
	keyFile  = "ca.key"
	lockFile = "ca.lock"

	// Domain is the last part of all names that the authority signs, except localhost.
	Domain = "berth"

	authorityLife = 10 * 365 * 24 * time.Hour
	pairLife      = 2 * 365 * 24 * time.Hour
	// backdate is how long before its creation a certificate is valid: the clock of a browser may be some minutes late.
	backdate = time.Hour
)

// Open reads the authority of a state folder, or makes one. address is the machine's.
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
	if err == nil && !constrained(a.cert) {
		err = a.renew("the one there was could sign any site's name")
	}
	return a, err
}

// Path returns the path of the certificate to trust.
func (a *Authority) Path() string { return filepath.Join(a.dir, certFile) }

// Notice says that the authority was replaced, and why. It is "" if it wasn't.
func (a *Authority) Notice() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.renewed == "" {
		return ""
	}
	return fmt.Sprintf("new certificate authority (%s): trust %s in place of the old one", a.renewed, a.Path())
}

// Fingerprint returns the SHA-256 of the authority's certificate, as browsers show it.
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

// Issue signs a server certificate for a name that ends in .berth, for localhost and for the machine's addresses.
func (a *Authority) Issue(name string) (Pair, error) {
	if label, ok := strings.CutSuffix(name, "."+Domain); !ok || label == "" || strings.Contains(label, ".") {
		return Pair{}, fmt.Errorf("certificate authority: %q is no name of an instance", name)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.read(); err != nil { // another process may have replaced the authority
		return Pair{}, err
	}
	if why := a.rejectReason(); why != "" {
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

// addresses returns the IP addresses in each certificate.
func (a *Authority) addresses() []net.IP {
	all := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if a.address != nil {
		all = append(all, a.address)
	}
	return all
}

// rejectReason returns why the authority can't sign for this machine, or "".
func (a *Authority) rejectReason() string {
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

// constrained reports whether an authority's constraints limit it to this machine.
func constrained(cert *x509.Certificate) bool {
	return cert.PermittedDNSDomainsCritical && len(cert.PermittedIPRanges) > 0 && !slices.ContainsFunc(cert.PermittedDNSDomains,
		func(d string) bool { return d != Domain && d != "localhost" }) && len(cert.PermittedDNSDomains) > 0
}

// errMixed is returned while another process replaces the authority, or after somebody changed only one of its files.
var errMixed = errors.New("certificate authority: " + keyFile + " isn't the key of " + certFile + "; remove both to make new ones")

// read reads the authority. If this process may not read the key, the key is nil.
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

// readKey reads the key. It also removes the permissions of everybody except the owner.
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

// renew replaces the authority once: if several processes want to, only the first does.
func (a *Authority) renew(why string) error {
	err := a.locked(func() error {
		before := a.cert
		if err := a.read(); err != nil {
			return err
		}
		if !a.cert.Equal(before) && constrained(a.cert) && a.rejectReason() == "" {
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

// locked runs do under a lock that excludes other processes.
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

// create makes the authority. It links the key into place first and the certificate last, each as a complete file. So
// if two processes do it at the same time, one wins and both read the same pair.
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
		template.PermittedIPRanges = append(template.PermittedIPRanges, singleAddress(ip))
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
		return waitFor(a.Path()) // another process is making the pair
	case err != nil:
		return err
	}
	return place(a.dir, certFile, pair.Cert, 0o664)
}

// singleAddress returns the range that has only this address.
func singleAddress(ip net.IP) *net.IPNet {
	if four := ip.To4(); four != nil {
		return &net.IPNet{IP: four, Mask: net.CIDRMask(32, 32)}
	}
	return &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)}
}

// waitFor waits until the process that won has placed the certificate.
func waitFor(path string) error {
	for range 100 {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s is missing beside its key; remove %s to make both anew", path, keyFile)
}

// place writes a file as a whole. It never replaces an existing file: then the error is fs.ErrExist.
func place(dir, name string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is linked under its real name, or useless
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
