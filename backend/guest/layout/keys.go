package layout

import (
	"crypto/md5" //nolint:gosec // images derive their key by it; its secret is in what is hashed
	"encoding/hex"
	"slices"
	"strings"
)

// secretLine is the first line of authorized_keys. Images derive the instance's API key from a hash of that file.
// Public keys are known to others: without a secret in the file anybody could compute the key.
func secretLine(secret string) string { return "# berth " + secret }

// removalLine is the second line, for people who delete a key by hand.
const removalLine = "# berth puts keys back that are deleted here: berth account ssh remove KEY --instance ID removes one"

// mergeKeys returns the new text of authorized_keys: secretLine, removalLine, the lines of the file, then the account's
// keys that the file lacks. It drops the keys that berth wrote earlier and that the account no longer has. Keys that
// the instance's owner wrote into the file stay.
func mergeKeys(file string, before, now []string, secret string) string {
	lines := []string{secretLine(secret), removalLine}
	have := map[string]bool{}
	for line := range strings.Lines(file) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "# berth ") || gone(line, before, now) {
			continue
		}
		have[keyOf(line)] = true
		lines = append(lines, line)
	}
	for _, key := range now {
		if id := keyOf(key); id != "" && !have[id] {
			have[id] = true
			lines = append(lines, strings.TrimSpace(key))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// gone reports whether a line is a key that berth wrote and that the account no longer has.
func gone(line string, before, now []string) bool {
	id := keyOf(line)
	same := func(key string) bool { return keyOf(key) == id }
	return id != "" && slices.ContainsFunc(before, same) && !slices.ContainsFunc(now, same)
}

// keyOf returns what identifies a key in a line of authorized_keys: its type and its base64 part, without options and
// comment. It is empty for a line without a key.
func keyOf(line string) string {
	fields := strings.Fields(line)
	if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
		return ""
	}
	for i, field := range fields[:len(fields)-1] {
		if strings.HasPrefix(fields[i+1], "AAAA") { // every encoded key begins so: with the length of its type's name
			return field + " " + fields[i+1]
		}
	}
	return ""
}

// keysMD5 returns the hash that images derive a key from. It is "" if the file doesn't begin with the secret's line:
// then it has only public keys, and anybody could compute the derived key.
func keysMD5(file []byte, secret string) string {
	first, _, _ := strings.Cut(string(file), "\n")
	if secret == "" || first != secretLine(secret) {
		return ""
	}
	sum := md5.Sum(file) //nolint:gosec // images derive their key by it; its secret is in what is hashed
	return hex.EncodeToString(sum[:])
}
