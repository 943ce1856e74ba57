package client

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestAnswersOfEveryShape(t *testing.T) {
	big := strings.Repeat("x", mostBody)
	for _, c := range []struct {
		name, text string
		status     int
		body       string
		err        error
	}{
		{"of a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", 200, "hello", nil},
		{"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, "hello", nil},
		{"to the end", "HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\nhello", 404, "hello", nil},
		{"with line ends of one sign", "HTTP/1.1 200 OK\nContent-length:5\n\nhello", 200, "hello", nil},
		{"after one that says to wait", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 None\r\n\r\n", 204, "", nil},
		{"without a reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "", nil},
		{"chunks count, not the length beside them", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "hello", nil},
		{"nothing", "", 0, "", io.EOF},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Le", 0, "", io.EOF},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 200, "hello", io.ErrUnexpectedEOF},
		{"half of the chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 200, "hello", io.EOF},
		{"half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", 200, "he", io.ErrUnexpectedEOF},
		{"garbage", "SSH-2.0-OpenSSH_9.6\r\n", 0, "", errNotHTTP},
		{"a status that is none", "HTTP/1.1 twohundred OK\r\n\r\n", 0, "", errNotHTTP},
		{"a status out of bounds", "HTTP/1.1 -200 OK\r\n\r\n", 0, "", errNotHTTP},
		{"another version", "HTTP/2 200\r\n\r\n", 0, "", errNotHTTP},
		{"a header that is none", "HTTP/1.1 200 OK\r\nhello\r\n\r\n", 0, "", errNotHTTP},
		{"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 200, "", errNotHTTP},
		{"a chunk's length that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 200, "", errNotHTTP},
		{"a chunk that goes on", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", 200, "he", errNotHTTP},
		{"a coding nobody knows", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx", 200, "", errNotHTTP},
		{"a line without end", "HTTP/1.1 200 " + strings.Repeat("x", longestLine), 0, "", errNotHTTP},
		{"headers without end", "HTTP/1.1 200 OK\r\n" + strings.Repeat("a: b\r\n", mostLines+1), 0, "", errNotHTTP},
		{"nothing but waiting", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", mostLines+1), 0, "", errNotHTTP},
		{"a length that is huge", "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\nx", 200, "", errHuge},
		{"a chunk that is huge", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nx", 200, "", errHuge},
		{"chunks that add up", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800000\r\n" + big + "\r\n1\r\nx\r\n0\r\n\r\n", 200, big, errHuge},
		{"an end that doesn't come", "HTTP/1.1 200 OK\r\n\r\n" + big + "x", 200, big + "x", errHuge},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readAnswer(bufio.NewReaderSize(strings.NewReader(c.text), longestLine))
			if got.status != c.status || string(got.body) != c.body || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("%d %.40q %v, want %d %.40q %v", got.status, got.body, err, c.status, c.body, c.err)
			}
		})
	}
}

func FuzzAnswersAreReadWithinBounds(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readAnswer(bufio.NewReaderSize(strings.NewReader(text), longestLine))
		if len(got.body) > len(text) || err == nil && (got.status < 200 || got.status > 599) {
			t.Errorf("%d with %d bytes (%v)", got.status, len(got.body), err)
		}
	})
}

// within returns an api with limits that are short enough for a test.
func within(t *testing.T, url string, limit time.Duration, pauses ...time.Duration) api {
	t.Helper()
	at, err := parseAddress(url)
	if err != nil {
		t.Fatal(err)
	}
	return api{at: at, key: "k", from: "--api-key", limit: limit, pauses: pauses}
}

func order(a api, verb string, own bool) (string, error) {
	var out strings.Builder
	p := Place{Own: 7, Out: &out}
	c := call{verb: verb, id: 7, label: "x"}
	if !own {
		c.id = 8
	}
	err := p.order(a, c)
	return out.String(), err
}

func TestWhoEndsItselfNeedsNoAnswer(t *testing.T) {
	for _, c := range []struct {
		name, verb, answer string
		own, done          bool
	}{
		{"stopped before a word", "stop", "", true, true},
		{"destroyed before a word", "destroy", "", true, true},
		{"rebooted in the middle of one", "reboot", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"succ", true, true},
		{"another instance's answer must be whole", "stop", "", false, false},
		{"a start ends nobody", "start", "", true, false},
		{"a label ends nobody", "label", "", true, false},
		{"half of a refusal is one", "stop", "HTTP/1.1 409 Conflict\r\nContent-Length: 99\r\n\r\n{\"succ", true, false},
		{"what isn't the API has done nothing", "stop", "SSH-2.0-x\r\n", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := scripted(t, func(conn net.Conn) { io.WriteString(conn, c.answer) })
			out, err := order(within(t, url, 5*time.Second), c.verb, c.own)
			if (err == nil) != c.done || (out != "") != c.done {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
}

// The engine's stop may come before the answer that announces it.
func TestWhoEndsItselfHearsTheAnswerThroughTheEnd(t *testing.T) {
	url := scripted(t, func(conn net.Conn) {
		for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
			syscall.Kill(os.Getpid(), s) // would end this test
		}
		time.Sleep(100 * time.Millisecond)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+fine)
	})
	if out, err := order(within(t, url, 5*time.Second), "stop", true); err != nil || out != "stopping instance 7.\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestASlowAnswerIsNoSuccess(t *testing.T) {
	for name, drip := range map[string]string{"silence": "", "a head that drips": "H", "a body that drips": "HTTP/1.1 200 OK\r\n\r\n"} {
		url := scripted(t, func(conn net.Conn) {
			for n := range 100 {
				if _, err := io.WriteString(conn, drip); err != nil || n > 0 && drip == "" {
					return
				}
				time.Sleep(20 * time.Millisecond)
				if drip == "" {
					time.Sleep(time.Second)
				}
			}
		})
		begin := time.Now()
		out, err := order(within(t, url, 200*time.Millisecond), "stop", true)
		if err == nil || out != "" || !strings.Contains(err.Error(), "no answer within 200ms") && !errors.Is(err, errNotHTTP) {
			t.Errorf("%s: %q, %v", name, out, err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// While one keeper takes over from another, nobody listens, or the new keeper is only starting.
func TestTheNextKeeperIsWaitedFor(t *testing.T) {
	var answers atomic.Int32
	url := scripted(t, func(conn net.Conn) {
		switch answers.Add(1) {
		case 1:
			io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"success\":false,\"error\":\"starting\",\"msg\":\"try again\"}")
		default:
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+fine)
		}
	})
	if out, err := order(within(t, url, 5*time.Second, time.Millisecond, time.Millisecond), "stop", true); err != nil || out == "" || answers.Load() != 2 {
		t.Errorf("%q, %v after %d answers", out, err, answers.Load())
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	a := within(t, "http://"+address, 5*time.Second, time.Millisecond, 300*time.Millisecond)
	begin := time.Now()
	if out, err := order(a, "stop", true); !errors.Is(err, errUnheard) || out != "" || time.Since(begin) < 300*time.Millisecond || !strings.Contains(err.Error(), address) {
		t.Errorf("nobody ever listens: %q, %v after %v", out, err, time.Since(begin))
	}
	served := make(chan error, 1)
	time.AfterFunc(100*time.Millisecond, func() {
		l, err := net.Listen("tcp", address)
		if err == nil {
			defer l.Close()
			var conn net.Conn
			if conn, err = l.Accept(); err == nil {
				conn.Read(make([]byte, 4096))
				io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+fine)
				conn.Close()
			}
		}
		served <- err
	})
	if out, err := order(a, "stop", true); err != nil || out == "" {
		t.Errorf("somebody listens later: %q, %v", out, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
