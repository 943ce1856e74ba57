package catalog

import "strings"

// suggest is what somebody who typed a key that doesn't exist may have meant.
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

// distance counts the letters to add, drop or change to make b of a (Levenshtein).
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
