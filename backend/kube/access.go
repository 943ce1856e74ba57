package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// access is how the API server is reached, and as whom.
type access struct {
	server    string
	namespace string
	tls       *tls.Config
	token     func(context.Context) (string, error) // nil: the certificate is enough
}

// defaultNamespace is where instances are if the kubeconfig's context names no namespace.
const defaultNamespace = "berth"

// A kubeconfig is what we read of such a file. Its other fields don't concern us.
type kubeconfig struct {
	Current  string `yaml:"current-context"`
	Contexts []struct {
		Name    string
		Context struct{ Cluster, User, Namespace string }
	}
	Clusters []struct {
		Name    string
		Cluster struct {
			Server     string
			Authority  string `yaml:"certificate-authority"`
			AuthData   string `yaml:"certificate-authority-data"`
			Insecure   bool   `yaml:"insecure-skip-tls-verify"`
			ServerName string `yaml:"tls-server-name"`
		}
	}
	Users []struct {
		Name string
		User user
	}
}

type user struct {
	Token     string
	TokenFile string `yaml:"tokenFile"`
	Cert      string `yaml:"client-certificate"`
	CertData  string `yaml:"client-certificate-data"`
	Key       string `yaml:"client-key"`
	KeyData   string `yaml:"client-key-data"`
	Exec      *execCredential
}

// An execCredential is a command that prints a token.
type execCredential struct {
	APIVersion string `yaml:"apiVersion"`
	Command    string
	Args       []string
	Env        []struct{ Name, Value string }
}

// findAccess reads the first file of KUBECONFIG, or ~/.kube/config. Without either it is the access of a pod.
func findAccess() (access, error) {
	name, named := os.Getenv("KUBECONFIG"), true
	if name = filepath.SplitList(name + string(filepath.ListSeparator))[0]; name == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return access{}, err
		}
		name, named = filepath.Join(home, ".kube", "config"), false
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return podAccess(name)
	}
	if err != nil {
		return access{}, err
	}
	a, err := readAccess(text, filepath.Dir(name))
	if err != nil {
		return access{}, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// readAccess reads a kubeconfig. Paths in it are relative to its folder.
func readAccess(text []byte, folder string) (access, error) {
	var k kubeconfig
	if err := yaml.Unmarshal(text, &k); err != nil {
		return access{}, err
	}
	for _, c := range k.Contexts {
		if c.Name != k.Current {
			continue
		}
		a := access{namespace: defaultNamespace, tls: &tls.Config{MinVersion: tls.VersionTLS12}}
		if c.Context.Namespace != "" {
			a.namespace = c.Context.Namespace
		}
		if err := a.setServer(k, c.Context.Cluster, folder); err != nil {
			return access{}, err
		}
		return a, a.setUser(k, c.Context.User, folder)
	}
	return access{}, fmt.Errorf("it has no context %q, which current-context names", k.Current)
}

func (a *access) setServer(k kubeconfig, name, folder string) error {
	for _, c := range k.Clusters {
		if c.Name != name {
			continue
		}
		authority, err := content(c.Cluster.Authority, c.Cluster.AuthData, folder)
		if err != nil {
			return fmt.Errorf("cluster %s: %w", name, err)
		}
		if len(authority) > 0 {
			a.tls.RootCAs = x509.NewCertPool()
			if !a.tls.RootCAs.AppendCertsFromPEM(authority) {
				return fmt.Errorf("cluster %s: its certificate-authority is no certificate", name)
			}
		}
		a.server, a.tls.ServerName = strings.TrimSuffix(c.Cluster.Server, "/"), c.Cluster.ServerName
		a.tls.InsecureSkipVerify = c.Cluster.Insecure // the file's owner asks for it
		return nil
	}
	return fmt.Errorf("it has no cluster %q", name)
}

func (a *access) setUser(k kubeconfig, name, folder string) error {
	for _, u := range k.Users {
		if u.Name != name {
			continue
		}
		cert, err := content(u.User.Cert, u.User.CertData, folder)
		if err != nil {
			return fmt.Errorf("user %s: %w", name, err)
		}
		key, err := content(u.User.Key, u.User.KeyData, folder)
		if err != nil {
			return fmt.Errorf("user %s: %w", name, err)
		}
		if len(cert) > 0 {
			pair, err := tls.X509KeyPair(cert, key)
			if err != nil {
				return fmt.Errorf("user %s: %w", name, err)
			}
			a.tls.Certificates = []tls.Certificate{pair}
		}
		a.token = u.User.tokens(folder)
		return nil
	}
	return fmt.Errorf("it has no user %q", name)
}

// tokens returns what finds the user's token, or nil if it has none.
func (u user) tokens(folder string) func(context.Context) (string, error) {
	switch {
	case u.Token != "":
		return func(context.Context) (string, error) { return u.Token, nil }
	case u.TokenFile != "":
		return fileToken(beside(folder, u.TokenFile))
	case u.Exec != nil:
		return u.Exec.token
	}
	return nil
}

// fileToken reads a token at each call: whoever writes the file renews it.
func fileToken(path string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		text, err := os.ReadFile(path)
		return strings.TrimSpace(string(text)), err
	}
}

// token runs the command and reads the token that it prints.
func (e *execCredential) token(ctx context.Context) (string, error) {
	c := exec.CommandContext(ctx, e.Command, e.Args...)
	c.Env = append(os.Environ(), `KUBERNETES_EXEC_INFO={"apiVersion":"`+e.APIVersion+`","kind":"ExecCredential","spec":{"interactive":false}}`)
	for _, v := range e.Env {
		c.Env = append(c.Env, v.Name+"="+v.Value)
	}
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s, which the kubeconfig asks for a token: %w: %s", e.Command, err, strings.TrimSpace(errs.String()))
	}
	var credential struct{ Status struct{ Token string } }
	if err := json.Unmarshal(out, &credential); err != nil || credential.Status.Token == "" {
		return "", fmt.Errorf("%s, which the kubeconfig asks for a token, printed none", e.Command)
	}
	return credential.Status.Token, nil
}

// content returns what a kubeconfig gives as a file's name or as base64.
func content(name, data, folder string) ([]byte, error) {
	switch {
	case data != "":
		return base64.StdEncoding.DecodeString(data)
	case name != "":
		return os.ReadFile(beside(folder, name))
	}
	return nil, nil
}

func beside(folder, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, name)
}

// podAccess is the access of a process in a pod of the cluster.
func podAccess(looked string) (access, error) {
	const mounted = "/var/run/secrets/kubernetes.io/serviceaccount/"
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" {
		return access{}, fmt.Errorf("no cluster is known: %s isn't there, KUBECONFIG isn't set, and this is no pod", looked)
	}
	authority, err := os.ReadFile(mounted + "ca.crt")
	if err != nil {
		return access{}, err
	}
	namespace, err := os.ReadFile(mounted + "namespace")
	if err != nil {
		return access{}, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return access{
		server: "https://" + host + ":" + port, namespace: strings.TrimSpace(string(namespace)),
		tls: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, token: fileToken(mounted + "token"),
	}, nil
}
