package strict

import "strings"

// suggest returns a hint for a key that doesn't exist: the most similar key, or all keys.
func suggest(typed string, known []string) string {
	nearest, least := "", 1+len(typed)/4
	for _, k := range known {
		if d := distance(strings.ToLower(typed), k); d <= least && (nearest == "" || d < least) {
			nearest, least = k, d
		}
	}
	if nearest != "" {
		return "did you mean " + nearest + "?"
	}
	return "the keys are " + strings.Join(known, ", ")
}

// distance returns the number of bytes to add, remove or change to turn a into b (Levenshtein distance).
func distance(a, b string) int {
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		diagonal := last[0]
		last[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = last[j+1]
			last[j+1] = min(change, last[j]+1, last[j+1]+1)
		}
	}
	return last[len(b)]
}
