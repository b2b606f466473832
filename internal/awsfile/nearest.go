package awsfile

import (
	"slices"
	"strings"
)

// maxNearest is how many names a typo is answered with.
const maxNearest = 3

// Nearest returns up to three profile names close to name, the closest first:
// other case, a name that contains it or is contained, or a few letters apart.
func (f *Files) Nearest(name string) []string {
	names := make([]string, 0, len(f.profiles))
	for _, p := range f.profiles {
		names = append(names, p.Name)
	}
	return NearestNames(name, names)
}

// NearestNames is Nearest over any list of names.
func NearestNames(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var close []candidate
	lower := strings.ToLower(name)
	for _, n := range names {
		l := strings.ToLower(n)
		limit := max(len(lower), len(l))/3 + 1
		d := distance(lower, l, limit)
		if len(lower) >= 2 && len(l) >= 2 && (strings.Contains(l, lower) || strings.Contains(lower, l)) {
			d = min(d, 2)
		}
		if d <= limit && n != name {
			close = append(close, candidate{n, d})
		}
	}
	slices.SortStableFunc(close, func(a, b candidate) int { return a.distance - b.distance })
	if len(close) > maxNearest {
		close = close[:maxNearest]
	}
	out := make([]string, len(close))
	for i, c := range close {
		out[i] = c.name
	}
	return out
}

// distance counts the letters to insert, drop, change or swap to get from a to
// b. Distances over limit are not told exactly.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	previous, current, before := rows[0], rows[1], rows[2]
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
