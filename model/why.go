package model

import (
	"fmt"
	"slices"
)

// why returns the reasons for a choice, at most one sentence for each row of the policy.
func (t *topology) why(c candidate) []string {
	var why []string
	for _, sentence := range []string{t.sayLinks(c), sayCut(c), t.sayNodes(c), sayBefore(c)} {
		if sentence != "" {
			why = append(why, sentence)
		}
	}
	return why
}

func (t *topology) sayLinks(c candidate) string {
	n := len(c.chosen)
	if n < 2 {
		return ""
	}
	each := t.links[c.chosen[0]][c.chosen[1]]
	switch {
	case c.inside == 0:
		return "no NVLink between them"
	case n == 2:
		return fmt.Sprintf("an NVLink pair (%d links)", each)
	case t.evenly(c.chosen, each):
		return fmt.Sprintf("all joined by NVLink, %d links a pair", each)
	}
	return fmt.Sprintf("%d NVLinks between them", c.inside)
}

// evenly reports whether each two of the chosen GPUs have this number of links.
func (t *topology) evenly(chosen []int, each int) bool {
	for i, a := range chosen {
		for _, b := range chosen[:i] {
			if t.links[a][b] != each {
				return false
			}
		}
	}
	return true
}

// sayCut returns a sentence only if cutting fewer links decided the choice. Behind one switch every choice cuts the
// same number of links, which is no reason for this choice.
func sayCut(c candidate) string {
	switch {
	case !c.spared:
		return ""
	case c.cut() > 0:
		return fmt.Sprintf("only %d NVLinks to the GPUs left free are cut", c.cut())
	}
	return "no NVLink to the GPUs left free is cut"
}

func (t *topology) sayNodes(c candidate) string {
	var nodes []int
	for _, at := range c.chosen {
		if node := t.free[at].NUMA; !slices.Contains(nodes, node) {
			nodes = append(nodes, node)
		}
	}
	switch {
	case slices.Contains(nodes, -1): // the driver doesn't tell the node
		return ""
	case len(nodes) == 1:
		return fmt.Sprintf("NUMA node %d", nodes[0])
	}
	return fmt.Sprintf("%d NUMA nodes", len(nodes))
}

func sayBefore(c candidate) string {
	switch c.kept {
	case 0:
		return ""
	case len(c.chosen):
		return "as before"
	}
	return fmt.Sprintf("%d of them as before", c.kept)
}
