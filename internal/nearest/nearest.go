// Package nearest finds the names that a mistyped one may stand for.
package nearest

import (
	"slices"
	"strings"
)

const most = 3 // names that a slip is answered with

// Names returns up to three of have that name may be a slip for, the nearest
// first: other case, one that contains it or is contained, or a few letters
// apart. The name itself is not among them.
func Names(name string, have []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	lower := strings.ToLower(name)
	for _, h := range have {
		other := strings.ToLower(h)
		limit := max(len(lower), len(other))/3 + 1
		d := limit + 1
		if difference := len(lower) - len(other); difference <= limit && -difference <= limit {
			d = Distance(lower, other)
		}
		if len(lower) >= 2 && len(other) >= 2 && (strings.Contains(other, lower) || strings.Contains(lower, other)) {
			d = min(d, 2)
		}
		if d <= limit && h != name {
			found = append(found, candidate{h, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var names []string
	for _, f := range found[:min(most, len(found))] {
		names = append(names, f.name)
	}
	return names
}

// Distance counts the bytes to insert, drop, change or swap with their
// neighbour to get from a to b (optimal string alignment).
func Distance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
