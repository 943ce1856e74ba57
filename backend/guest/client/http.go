package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The limits of an answer.
const (
	longestLine = 16 << 10 // bytes of a header's line
	mostLines   = 256      // number of header lines
	mostBody    = 8 << 20  // bytes; the largest text of the server has 2 MiB
)

// The errors of an exchange.
var (
	errUnheard = errors.New("nobody listens there: berth's keeper must run on the machine (berth serve)") // nothing was sent
	errCut     = errors.New("the connection ended too early")                                             // the request was sent, but the answer is incomplete
	errNotHTTP = errors.New("what answers there isn't berth's API")
	errHuge    = fmt.Errorf("the answer is larger than %d MiB", mostBody>>20)
)

// A request is one HTTP request.
type request struct {
	method string
	path   string // including the query
	key    string
	body   string // JSON, or ""
}

// An answer is one HTTP response. Status 0 means that none came.
type answer struct {
	status int
	body   []byte
}

// exchange sends a request over a new connection and reads the answer. limit is the time for all of that.
func exchange(at *url.URL, r request, limit time.Duration) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	host := at.Host
	if at.Port() == "" {
		host = net.JoinHostPort(at.Hostname(), "80")
	}
	dialer := net.Dialer{Timeout: dialTime}
	conn, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errUnheard, err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return answer{}, err
	}
	if _, err := io.WriteString(conn, r.text(at)); err != nil {
		return answer{}, err
	}
	got, err := readAnswer(bufio.NewReaderSize(conn, longestLine))
	var slow net.Error
	switch {
	case errors.As(err, &slow) && slow.Timeout():
		return got, fmt.Errorf("no answer within %v", limit)
	case err != nil && !errors.Is(err, errNotHTTP) && !errors.Is(err, errHuge):
		return got, fmt.Errorf("%w: %w", errCut, err)
	}
	return got, err
}

// text returns the request as it is sent.
func (r request) text(at *url.URL) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAccept: application/json\r\nUser-Agent: berth-guest\r\n",
		r.method, strings.TrimRight(at.EscapedPath(), "/")+r.path, at.Host)
	if r.key != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", r.key)
	}
	if r.body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(r.body))
	}
	return b.String() + "\r\n" + r.body
}

// readAnswer reads one answer and skips informational ones (status 1xx). The status is right even if the body couldn't
// be read.
func readAnswer(in *bufio.Reader) (answer, error) {
	for range mostLines {
		status, headers, err := readHead(in)
		if err != nil {
			return answer{}, err
		}
		if status >= 200 {
			body, err := readBody(in, status, headers)
			return answer{status, body}, err
		}
	}
	return answer{}, errNotHTTP
}

// readHead reads the status line and the headers. The headers' names are returned in lower case.
func readHead(in *bufio.Reader) (status int, headers map[string]string, err error) {
	first, err := readLine(in)
	if err != nil {
		return 0, nil, err
	}
	version, rest, _ := strings.Cut(first, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err = strconv.Atoi(code)
	if !strings.HasPrefix(version, "HTTP/1.") || err != nil || status < 100 || status > 599 {
		return 0, nil, errNotHTTP
	}
	headers = map[string]string{}
	for range mostLines {
		line, err := readLine(in)
		if err != nil {
			return 0, nil, err
		}
		if line == "" {
			return status, headers, nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return 0, nil, errNotHTTP
		}
		headers[strings.ToLower(name)] = strings.TrimSpace(value)
	}
	return 0, nil, errNotHTTP
}

// readLine reads a line and removes its line end.
func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errNotHTTP
	}
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// readBody reads the body. Its length is that of Content-Length, of its chunks, or up to the end of the connection.
func readBody(in *bufio.Reader, status int, headers map[string]string) ([]byte, error) {
	length, known := headers["content-length"]
	coding := strings.ToLower(headers["transfer-encoding"])
	switch {
	case status == 204 || status == 304:
		return nil, nil
	case coding == "chunked":
		return readChunks(in)
	case coding != "" && coding != "identity":
		return nil, errNotHTTP
	case known:
		n, err := strconv.ParseUint(length, 10, 63)
		if err != nil {
			return nil, errNotHTTP
		}
		return readExactly(in, n)
	}
	body, err := io.ReadAll(io.LimitReader(in, mostBody+1))
	if err == nil && len(body) > mostBody {
		err = errHuge
	}
	return body, err
}

// readExactly reads n bytes. It allocates memory only as bytes arrive.
func readExactly(in io.Reader, n uint64) ([]byte, error) {
	if n > mostBody {
		return nil, errHuge
	}
	body, err := io.ReadAll(io.LimitReader(in, int64(n)))
	if err == nil && uint64(len(body)) < n {
		err = io.ErrUnexpectedEOF
	}
	return body, err
}

// readChunks reads a chunked body: each chunk follows its length. It doesn't read what follows the last chunk.
func readChunks(in *bufio.Reader) ([]byte, error) {
	var body []byte
	for {
		line, err := readLine(in)
		if err != nil {
			return body, err
		}
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 63)
		switch {
		case err != nil:
			return body, errNotHTTP
		case n == 0:
			return body, nil
		case n > mostBody || len(body)+int(n) > mostBody:
			return body, errHuge
		}
		piece, err := readExactly(in, n)
		if body = append(body, piece...); err != nil {
			return body, err
		}
		if end, err := readLine(in); err != nil || end != "" {
			return body, errors.Join(err, errNotHTTP)
		}
	}
}
