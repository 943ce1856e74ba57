package model

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of the texts in an order. Their source is environment.md.
const (
	MaxImage    = 1024      // characters
	MaxLabel    = 256       // characters
	MaxName     = 128       // characters of a template's name
	MaxVariable = 32768     // bytes of one variable, including its name
	MaxOnStart  = 16 * 1024 // bytes
	maxHostname = 64        // bytes; Linux's own limit
)

// overridable lists the predefined variables that a user may set. berth alone sets all other predefined ones.
var overridable = []string{"DATA_DIRECTORY", "JUPYTER_TOKEN", "OPEN_BUTTON_TOKEN", "PYTORCH_VERSION"}

// predefined lists the variables that only berth sets. Variables with a prefix in predefinedPrefixes are reserved too.
var predefined = []string{
	"CONTAINER_ID", "VAST_CONTAINERLABEL", "CONTAINER_API_KEY", "VAST_URL", "GPU_COUNT", "PUBLIC_IPADDR",
	"SSH_PUBLIC_KEY", "JUPYTER_SERVER_ROOT", "JUPYTER_SERVER_URL", "NVIDIA_VISIBLE_DEVICES",
}

var predefinedPrefixes = []string{"VAST_TCP_PORT_", "VAST_UDP_PORT_"}

// Check returns a Fault if a user may not define this variable, for one instance or for all.
func (v Var) Check() error {
	for _, reason := range []string{v.wrong(), v.reserved()} {
		if reason != "" {
			return Fault{Field: "env", Value: v.Name, Reason: reason}
		}
	}
	return nil
}

// wrong returns the reason why the variable is invalid, or "".
func (v Var) wrong() string {
	if reason := wrongVarName(v.Name); reason != "" {
		return reason
	}
	if size := len(v.Name) + 1 + len(v.Value); size > MaxVariable {
		return fmt.Sprintf("at most %d bytes with its name, this has %d", MaxVariable, size)
	}
	return wrongText(v.Value, "\t\n")
}

// wrongVarName returns the reason why no variable can be called so, or "". Names follow Kubernetes' rule. It allows dots and
// dashes (discovery.type), which images really use although a shell can't assign such a name.
func wrongVarName(name string) string {
	if name == "" {
		return "a variable needs a name: -e NAME=value"
	}
	for i, c := range name {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '.' && c != '-' && (c < '0' || c > '9')) {
			return "a variable's name is letters, digits, _ . and -, and begins with a letter or _"
		}
	}
	return ""
}

// reserved returns a reason if only berth sets this variable, or "".
func (v Var) reserved() string {
	ours := slices.Contains(predefined, v.Name)
	for _, prefix := range predefinedPrefixes {
		ours = ours || strings.HasPrefix(v.Name, prefix)
	}
	if !ours {
		return ""
	}
	return "this variable is set by berth; of its own only " + strings.Join(overridable, ", ") + " can be set"
}

// byteOrderMark is what some editors put before a text.
const byteOrderMark = '\ufeff'

// wrongText returns the reason why a text can't be stored and shown, or "". The text must be valid UTF-8 without
// control characters other than the allowed ones. Bidirectional overrides count as control characters: they make one
// name look like another. So does the mark that some editors put before a text, which nobody sees.
func wrongText(s, allowed string) string {
	if !utf8.ValidString(s) {
		return "this is not valid UTF-8 text"
	}
	for _, c := range s {
		control := c < ' ' || c >= 0x7f && c <= 0x9f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == byteOrderMark
		if control && !strings.ContainsRune(allowed, c) {
			return fmt.Sprintf("control characters are not allowed%s, this has %U", except(allowed), c)
		}
	}
	return ""
}

// except names the control characters that people know among those that are allowed.
func except(allowed string) string {
	if strings.Contains(allowed, "\n") {
		return " but tab and line end"
	}
	return ""
}

// wrongLine returns the reason why s is not a valid one-line text of at most limit characters, or "".
func wrongLine(s string, limit int) string {
	if reason := wrongText(s, ""); reason != "" {
		return reason
	}
	if n := utf8.RuneCountInString(s); n > limit {
		return fmt.Sprintf("at most %d characters, this has %d", limit, n)
	}
	return ""
}

// wrongHostname checks a host name against RFC 1123 and Linux's length limit. It returns the reason, or "".
func wrongHostname(name string) string {
	if name == "" {
		return "a host name needs at least one letter or digit"
	}
	if len(name) > maxHostname {
		return fmt.Sprintf("a host name has at most %d characters, this has %d", maxHostname, len(name))
	}
	labels := strings.Split(name, ".")
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "a host name's last part needs a letter: programs take figures alone for an address"
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "each part of a host name, between dots, is 1 to 63 characters and neither begins nor ends with -"
		}
		for _, c := range label {
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return "a host name is letters, digits, - and dots"
			}
		}
	}
	return ""
}

// wrongLabel returns the reason why a text can't be an instance's display name, or "". An empty one is none.
func wrongLabel(label string) string {
	if label != "" && strings.TrimSpace(label) == "" {
		return "a label of blanks can't be seen: leave it out"
	}
	return wrongLine(label, MaxLabel)
}

// CheckLabel returns a Fault if a text can't be an instance's display name.
func CheckLabel(label string) error {
	if reason := wrongLabel(label); reason != "" {
		return Fault{Field: "label", Value: label, Reason: reason}
	}
	return nil
}
