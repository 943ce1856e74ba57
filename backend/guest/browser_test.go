package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// A browser is an HTTPS client of an instance's Jupyter that trusts only one authority.
type browser struct {
	i      *instance
	trust  *tls.Config
	client *http.Client
}

func (i *instance) browser(authority *x509.CertPool) *browser {
	trust := &tls.Config{RootCAs: authority, ServerName: "instance"}
	return &browser{i, trust, &http.Client{
		Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: trust},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) ask(method, path, token string) (int, []byte, error) {
	r, err := http.NewRequest(method, "https://"+b.i.ip+":8080"+path, nil)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		r.Header.Set("Authorization", "token "+token)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// terminal types a line into a new Jupyter terminal and returns the output up to and including want.
func (b *browser) terminal(line, want string) (string, error) {
	status, body, err := b.ask("POST", "/api/terminals", token)
	var made struct{ Name string }
	if err = errors.Join(err, json.Unmarshal(body, &made)); err != nil || status != http.StatusOK {
		return "", fmt.Errorf("making a terminal: %d %s: %w", status, body, err)
	}
	conn, err := tls.Dial("tcp", net.JoinHostPort(b.i.ip, "8080"), b.trust)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET /terminals/websocket/%s?token=%s HTTP/1.1\r\nHost: %s:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n", made.Name, token, b.i.ip)
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil) //nolint:bodyclose // an upgraded connection has no body
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		return "", fmt.Errorf("opening the terminal: %v: %w", answer, err)
	}
	text, err := json.Marshal([]string{"stdin", line + "\r"})
	if err != nil {
		return "", err
	}
	if _, err := conn.Write(frame(text)); err != nil {
		return "", err
	}
	var shown bytes.Buffer
	for !strings.Contains(shown.String(), want) {
		payload, err := unframe(in)
		if err != nil {
			return shown.String(), err
		}
		var message []any
		if json.Unmarshal(payload, &message) == nil && len(message) == 2 && message[0] == "stdout" {
			fmt.Fprint(&shown, message[1])
		}
	}
	return shown.String(), nil
}

// frame encodes a client's text message for a WebSocket, masked with zeros.
func frame(text []byte) []byte {
	head := []byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(text)))
	return append(head, text...)
}

// unframe reads a server's WebSocket message.
func unframe(in io.Reader) ([]byte, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	size := uint64(head[1] & 0x7f)
	if wide := map[uint64]int{126: 2, 127: 8}[size]; wide > 0 {
		more := make([]byte, 8)
		if _, err := io.ReadFull(in, more[8-wide:]); err != nil {
			return nil, err
		}
		size = binary.BigEndian.Uint64(more)
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(in, payload)
	return payload, err
}
