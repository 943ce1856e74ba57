package strict

import (
	"fmt"
	"io"
	"os"

	"berth/model"
)

// MaxFile is the most bytes of a file. A larger file was named by mistake.
const MaxFile = 1 << 20

// ReadFile is os.ReadFile with a limit of MaxFile. It returns UTF-8 text with plain line ends.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxFile {
		return nil, fmt.Errorf("%s: larger than 1 MiB: that isn't a file of berth's: move it away (ls -l %[1]s)", path)
	}
	return []byte(model.PlainText(text)), nil // also if it was saved on Windows
}

// ReadOrdinary is ReadFile for a file whose name nobody gave. What lies there may be anything, such as a pipe that nobody
// writes to, and reading that would never end.
func ReadOrdinary(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it isn't an ordinary file: move it away (ls -l %[1]s)", path)
	}
	return ReadFile(path)
}
