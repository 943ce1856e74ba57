package model

import "iter"

// NoAccess is the short text for an engine that this user may not use.
const NoAccess = "no access"

// meanings yields the outside errors that users meet, with their meaning and what to do. In each table, more specific
// rows come first. docs/troubleshooting.md has a paragraph for each kind.
func meanings() iter.Seq[meaningRow] {
	return func(yield func(meaningRow) bool) {
		for _, table := range [][]meaningRow{pullMeanings, startMeanings, machineMeanings} {
			for _, row := range table {
				if !yield(row) {
					return
				}
			}
		}
	}
}
