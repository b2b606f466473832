package engine

import (
	"slices"
	"strings"
)

// Setting says how to give a connection a parameter: by a command for a saved
// one, or by what to add to an address. value is what stands for the value,
// e.g. "s3://BUCKET/PREFIX/"; it takes the place of an address's own.
func Setting(connection, param, value string) string {
	if !strings.Contains(connection, "://") {
		return "fairlead connections edit " + connection + " --" + strings.ReplaceAll(param, "_", "-") + " " + value
	}
	place, query, _ := strings.Cut(connection, "?")
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(pair, "="); pair != "" && name != param {
			kept = append(kept, pair)
		}
	}
	return "use the address " + place + "?" + strings.Join(append(kept, param+"="+value), "&")
}

// Setting is the function Setting for a parameter that an address may have in
// its path: there it wins over the query, so it is changed there.
func (s Spec) Setting(connection, param, value string) string {
	place, query, asked := strings.Cut(connection, "?")
	scheme, rest, isAddress := strings.Cut(place, "://")
	segments := strings.Split(rest, "/")
	at := slices.Index(s.Path, param) + 1 // the host is segment 0
	if !isAddress || at == 0 || at >= len(segments) || segments[at] == "" {
		return Setting(connection, param, value)
	}
	segments[at] = value
	changed := scheme + "://" + strings.Join(segments, "/")
	if asked {
		changed += "?" + query
	}
	return "use the address " + changed
}

// Change says how to change a connection without naming a parameter.
func Change(connection string) string {
	if strings.Contains(connection, "://") {
		return "change the address " + connection
	}
	return "fairlead connections edit " + connection
}
