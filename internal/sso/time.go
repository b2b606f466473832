package sso

import (
	"fmt"
	"strings"
	"time"
)

// layout is how the CLI writes times: UTC, whole seconds, Z.
const layout = "2006-01-02T15:04:05Z"

// FormatTime writes a time as the CLI does in its caches.
func FormatTime(t time.Time) string { return t.UTC().Format(layout) }

// ParseTime reads a time of a cache file or a credential_process: ISO 8601 with
// Z, the literal UTC of old CLIs, a numeric offset or none (then UTC), with or
// without fractions, T or a blank between date and time.
func ParseTime(text string) (time.Time, error) {
	t := strings.TrimSpace(text)
	t = strings.TrimSpace(strings.TrimSuffix(t, "UTC"))
	if len(t) > 10 && t[10] == ' ' {
		t = t[:10] + "T" + strings.TrimSpace(t[11:])
	}
	for _, layout := range []string{
		time.RFC3339Nano, // fractions are read by every layout with seconds
		"2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04:05Z07",
		"2006-01-02T15:04:05",
		"20060102T150405Z",
		"2006-01-02T15:04Z07:00",
	} {
		if parsed, err := time.Parse(layout, t); err == nil {
			return parsed.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time", text)
}
