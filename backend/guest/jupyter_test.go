package main

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"berth/model"
)

const token = "0123456789abcdef"

// certify makes an authority and a certificate for the name "instance".
func certify(t *testing.T) (authority *x509.CertPool, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := func(name string, ca bool) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: ca, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		}
	}
	root := about("authority", true)
	rootBytes, err := x509.CreateCertificate(rand.Reader, root, root, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(rootBytes)
	if err != nil {
		t.Fatal(err)
	}
	authority = x509.NewCertPool()
	authority.AddCert(parsed)
	leaf, err := x509.CreateCertificate(rand.Reader, about("instance", false), root, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyBytes, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return authority, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyBytes}))
}

// jupyterIs waits until Jupyter is in a state.
func (i *instance) jupyterIs(patience time.Duration, state model.ServiceState) model.ServiceStatus {
	i.t.Helper()
	var last model.ServiceStatus
	i.eventually(patience, "Jupyter "+string(state), func() error {
		if last = i.status().Jupyter; last.State != state {
			return fmt.Errorf("it is %+v", last)
		}
		return nil
	})
	return last
}

func TestTheImagesOwnJupyter(t *testing.T) {
	authority, cert, key := certify(t)
	i := launch(t, debianKind, func(g *model.Guest) {
		g.Mode, g.Cert, g.Key = model.ModeJupyter, cert, key
		g.Jupyter = model.GuestJupyter{Token: token, Dir: "/workspace"}
		g.OnStart = "env >> /etc/environment; echo x > /workspace/notes.txt; sleep 1000000"
	}, "-e", "GIVEN=with -e")
	i.jupyterIs(30*time.Second, model.ServiceRunning)
	b := i.browser(authority)

	t.Run("it answers over HTTPS to who has the token", func(t *testing.T) {
		status, body, err := b.ask("GET", "/api/contents", token)
		if err != nil || status != http.StatusOK || !strings.Contains(string(body), "notes.txt") {
			t.Errorf("%d %v: %s", status, err, body)
		}
	})
	t.Run("and to nobody else", func(t *testing.T) {
		for _, wrong := range []string{"", "wrong"} {
			if status, body, err := b.ask("GET", "/api/contents", wrong); err != nil || status != http.StatusForbidden {
				t.Errorf("token %q: %d %v: %s", wrong, status, err, body)
			}
		}
	})
	t.Run("its token isn't on the command line", func(t *testing.T) {
		if out := must(t, "docker", "top", i.container, "-eo", "pid,args"); strings.Contains(out, token) {
			t.Error(out)
		}
	})
	t.Run("its terminals see what a session sees", func(t *testing.T) {
		shown, err := b.terminal("echo at:$GIVEN:$PWD:$((40+2))", "at:with -e:/workspace:42")
		if err != nil {
			t.Errorf("%v; it showed %q", err, shown)
		}
		if !strings.Contains(shown, "root@C.1012") {
			t.Errorf("the prompt doesn't name the instance: %q", shown)
		}
	})
	t.Run("and find the API's client", func(t *testing.T) {
		if shown, err := b.terminal("vastai --help", "stand-in for the Python package"); err != nil {
			t.Errorf("%v; it showed %q", err, shown)
		}
	})
	t.Run("killed, it comes back", func(t *testing.T) {
		must(t, "docker", "exec", i.container, "pkill", "-9", "-f", "jupyter-notebook")
		i.eventually(20*time.Second, "Jupyter after a kill", func() error {
			status, _, err := b.ask("GET", "/api/contents", token)
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("it answers %d", status)
			}
			return err
		})
		if s := i.jupyterIs(5*time.Second, model.ServiceRunning); s.Deaths == 0 {
			t.Errorf("the status doesn't tell of its death: %+v", s)
		}
	})
	t.Run("after a restart it is the same", func(t *testing.T) {
		must(t, "docker", "stop", "-t", "5", i.container)
		i.start()
		i.jupyterIs(30*time.Second, model.ServiceRunning)
		if status, _, err := b.ask("GET", "/api/contents", token); err != nil || status != http.StatusOK {
			t.Errorf("%d %v", status, err)
		}
	})
}

// This is a real JupyterLab: its page, what the page loads, and a terminal.
func TestTheImagesOwnJupyterLab(t *testing.T) {
	t.Parallel() // its image takes a minute or two to build
	authority, cert, key := certify(t)
	i := launch(t, labKind, func(g *model.Guest) {
		g.Mode, g.Cert, g.Key = model.ModeJupyter, cert, key
		g.Jupyter = model.GuestJupyter{Lab: true, Token: token, Dir: "/root"}
	})
	i.jupyterIs(60*time.Second, model.ServiceRunning)
	b := i.browser(authority)
	status, page, err := b.ask("GET", "/lab", token)
	if err != nil || status != http.StatusOK || !strings.Contains(string(page), "<title>JupyterLab</title>") {
		t.Fatalf("/lab: %d %v: %s", status, err, page)
	}
	program := regexp.MustCompile(`src="(/static/lab/main\.[0-9a-f]+\.js)`).FindSubmatch(page)
	if program == nil {
		t.Fatalf("the page loads no program: %s", page)
	}
	if status, _, err := b.ask("GET", string(program[1]), token); err != nil || status != http.StatusOK {
		t.Errorf("%s: %d %v", program[1], status, err)
	}
	if status, _, err := b.ask("GET", "/lab/api/settings", "wrong"); err != nil || status != http.StatusForbidden {
		t.Errorf("with a wrong token: %d %v", status, err)
	}
	if shown, err := b.terminal("echo at:$PWD:$((40+2))", "at:/root:42"); err != nil {
		t.Errorf("%v; its terminal showed %q", err, shown)
	}
}

func TestNoPythonIsSaidInWords(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			i := launch(t, k, func(g *model.Guest) { g.Mode = model.ModeJupyter })
			got := i.jupyterIs(10*time.Second, model.ServiceMissing)
			for _, word := range []string{"no Python", "SSH works", "Install python3"} {
				if !strings.Contains(got.Message, word) {
					t.Errorf("the status says %q, without %q", got.Message, word)
				}
			}
			if out := i.says("echo in"); out != "in" {
				t.Errorf("SSH says %q", out)
			}
		})
	}
}

// bare makes an image of Debian with Python and without Jupyter.
func bare(t *testing.T) kind {
	from := importImage(t, debianKind)
	container := must(t, "docker", "run", "-d", "--entrypoint", "sh", from, "-c", "rm -rf /usr/bin/jupyter* /usr/lib/python3/dist-packages/notebook*")
	defer do(t, nil, "docker", "rm", "-f", container)
	must(t, "docker", "wait", container)
	name := "berth-guest-test/bare:" + unique()
	must(t, "docker", "commit", container, name)
	t.Cleanup(func() { do(t, nil, "docker", "image", "rm", "-f", name) })
	return kind{name: "bare", made: name}
}

// index serves a package index with one package, "notebook", whose server only says hello over HTTPS. It returns the
// index's address as containers reach it.
func index(t *testing.T) string {
	t.Helper()
	wheel := archiveZip(t, [][2]string{
		{"hello.py", `import http.server, ssl, sys
def main():
    given = dict(a[2:].split("=", 1) for a in sys.argv if a.startswith("--") and "=" in a)
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.end_headers(); self.wfile.write(b"hello")
    server = http.server.HTTPServer((given["ip"], int(given["port"])), Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(given["certfile"], given["keyfile"])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
`},
		{"notebook-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: notebook\nVersion: 1.0\n"},
		{"notebook-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		{"notebook-1.0.dist-info/entry_points.txt", "[console_scripts]\njupyter-notebook = hello:main\n"},
		{"notebook-1.0.dist-info/RECORD", "hello.py,,\nnotebook-1.0.dist-info/METADATA,,\nnotebook-1.0.dist-info/WHEEL,,\nnotebook-1.0.dist-info/entry_points.txt,,\nnotebook-1.0.dist-info/RECORD,,\n"},
	})
	const name = "notebook-1.0-py3-none-any.whl"
	l, err := net.Listen("tcp", net.JoinHostPort(bridge(t), "0"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/simple/notebook/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><a href="/%s">%s</a>`, name, name)
	})
	mux.HandleFunc("/"+name, func(w http.ResponseWriter, r *http.Request) { w.Write(wheel) })
	server := &http.Server{Handler: mux}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return "http://" + l.Addr().String() + "/simple"
}

// bridge returns this machine's address in the engine's network.
func bridge(t *testing.T) string {
	t.Helper()
	name := must(t, "docker", "network", "inspect", "bridge", "--format", `{{index .Options "com.docker.network.bridge.name"}}`)
	card, err := net.InterfaceByName(name)
	if err != nil {
		lacks(t, "the engine's network isn't this machine's: "+err.Error())
	}
	addresses, err := card.Addrs()
	if err != nil || len(addresses) == 0 {
		t.Fatalf("%s has no address: %v", name, err)
	}
	at, ok := addresses[0].(*net.IPNet)
	if !ok {
		t.Fatalf("%s has the address %v", name, addresses[0])
	}
	return at.IP.String()
}

func archiveZip(t *testing.T, content [][2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range content {
		entry, err := w.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(entry, f[1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnImageWithPythonButWithoutJupyter(t *testing.T) {
	needs(t, "debootstrap")
	k := bare(t)
	t.Run("gets one from a package index", func(t *testing.T) {
		authority, cert, key := certify(t)
		at := index(t)
		i := launch(t, k, func(g *model.Guest) {
			g.Mode, g.Cert, g.Key, g.Jupyter.Token = model.ModeJupyter, cert, key, token
		}, "-e", "PIP_INDEX_URL="+at, "-e", "PIP_TRUSTED_HOST="+strings.Split(strings.TrimPrefix(at, "http://"), ":")[0])
		i.jupyterIs(60*time.Second, model.ServiceRunning)
		status, body, err := i.browser(authority).ask("GET", "/", token)
		if err != nil || status != http.StatusOK || string(body) != "hello" {
			t.Errorf("%d %v %q", status, err, body)
		}
		must(t, "docker", "stop", i.container)
		i.start()
		begin := time.Now()
		i.jupyterIs(10*time.Second, model.ServiceRunning)
		t.Logf("after a restart it runs in %v", time.Since(begin))
	})
	t.Run("without an index says what is missing", func(t *testing.T) {
		i := launch(t, k, func(g *model.Guest) { g.Mode = model.ModeJupyter }, "-e", "PIP_INDEX_URL=http://127.0.0.1:9/simple")
		i.jupyterIs(20*time.Second, model.ServiceInstalling)
		got := i.jupyterIs(60*time.Second, model.ServiceMissing)
		for _, words := range []string{"no Jupyter", "notebook", "SSH works", "tried again"} {
			if !strings.Contains(got.Message, words) {
				t.Errorf("the status says %q, without %q", got.Message, words)
			}
		}
		i.says("true")
	})
}
