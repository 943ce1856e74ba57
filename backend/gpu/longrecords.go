package gpu

import (
	"strconv"
	"strings"
)

// ProcessesLeftOut says why this driver's process lists aren't read; empty if they are. Drivers 535.43 to 535.97 answer
// version 3 of that call with records of 32 bytes, where the library's header says 24. Read by the header, every record
// after the first is garbage, and the last ones lie beyond the end of the buffer.
func ProcessesLeftOut(driver string) string {
	const branch, first, mended = "535", 43, 98
	parts := strings.Split(driver, ".")
	if len(parts) < 2 || parts[0] != branch {
		return ""
	}
	if n, err := strconv.Atoi(parts[1]); err != nil || n < first || n >= mended {
		return ""
	}
	return "driver " + driver + " lists processes in a form that can't be read, so nobody on the GPUs is named; " +
		"their memory still tells whether they are in use"
}
