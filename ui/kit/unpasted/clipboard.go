// Package clipboard stands in for the package of that name, which Bubble Tea's editors import for a key that nothing here is
// bound to: the terminal pastes. That one looks for four programs in each folder of PATH when a process begins
// (docs/decisions/025).
package clipboard

import "errors"

// ReadAll would read the clipboard of the machine that the process runs on.
func ReadAll() (string, error) { return "", errors.ErrUnsupported }

// WriteAll would change it.
func WriteAll(string) error { return errors.ErrUnsupported }
