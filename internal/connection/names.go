package connection

import (
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// maxName is the longest name of a connection or auth profile, in bytes.
const maxName = 64

// CheckName returns a fault with code usage when name cannot name a connection
// or an auth profile: letters, digits, dot, underscore and hyphen, at most 64.
func CheckName(name string) error {
	if validName(name) {
		return nil
	}
	return fault.Newf(fault.Usage, "%q cannot be a name", name).
		WithRemedyf("use letters, digits, dot, underscore and hyphen, at most %d of them", maxName)
}

func validName(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// shellName is name where it can be typed as it is, else a placeholder.
func shellName(name string) string {
	if validName(name) {
		return name
	}
	return "NAME"
}

// nearest returns up to three of have that name may be a slip for, the nearest first.
func nearest(name string, have []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	limit := max(1, min(3, len(name)/3+1))
	lower := strings.ToLower(name)
	var found []candidate
	for _, h := range have {
		d := editDistance(lower, strings.ToLower(h))
		if len(lower) >= 3 && (strings.HasPrefix(strings.ToLower(h), lower) || strings.HasPrefix(lower, strings.ToLower(h))) {
			d = min(d, limit)
		}
		if d <= limit {
			found = append(found, candidate{h, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var names []string
	for _, f := range found[:min(3, len(found))] {
		names = append(names, f.name)
	}
	return names
}

// editDistance counts inserted, deleted, replaced and swapped neighbouring
// bytes (optimal string alignment).
func editDistance(a, b string) int {
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

// secretLooking reports whether a key's name promises a secret. A name that
// only points to one (an ARN, a file, an id) does not.
func secretLooking(key string) bool {
	k := strings.ReplaceAll(strings.ToLower(key), "-", "_")
	for _, pointer := range []string{"_arn", "_id", "_name", "_file", "_path"} {
		if strings.HasSuffix(k, pointer) {
			return false
		}
	}
	k = strings.ReplaceAll(k, "_", "")
	for _, word := range []string{"secret", "password", "passwd", "passphrase", "sessiontoken", "accesstoken", "refreshtoken", "securitytoken", "privatekey", "apikey"} {
		if strings.Contains(k, word) {
			return true
		}
	}
	return k == "token" || k == "pwd"
}
