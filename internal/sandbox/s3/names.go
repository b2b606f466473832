package s3

import (
	"net/url"
	"path/filepath"
	"strings"
)

// validBucket follows S3's naming rules as far as they keep a name a safe
// folder: 3 to 63 of a-z 0-9 . - and no dot at the start.
func validBucket(name string) bool {
	if len(name) < 3 || len(name) > 63 || name[0] == '.' || name[0] == '-' {
		return false
	}
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-') {
			return false
		}
	}
	return !strings.Contains(name, "..")
}

// fileName maps a key to a relative path that cannot leave its bucket: empty
// and dotted segments, and the characters that some file system refuses, are
// percent-encoded. The slash at the end of a folder key is dropped.
func fileName(key string) (string, error) {
	if len(key) > maxKeyBytes {
		return "", ErrBadName
	}
	segments := strings.Split(strings.TrimSuffix(key, "/"), "/")
	if key == "" || key == "/" {
		return "", nil
	}
	for i, segment := range segments {
		segment = escapeSegment(segment)
		if len(segment) > maxSegment {
			return "", ErrBadName
		}
		segments[i] = segment
	}
	return filepath.Join(segments...), nil
}

func escapeSegment(segment string) string {
	const hexDigits = "0123456789ABCDEF"
	if segment == "" {
		return "%" // a lone percent sign is no other key's name
	}
	var b strings.Builder
	for i := range len(segment) {
		c := segment[i]
		unsafe := c < ' ' || c == 0x7f || strings.IndexByte(`%\:*?"<>|[]`, c) >= 0 || c == '.' && i == 0
		if !unsafe {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}

// keyOf is the inverse of fileName.
func keyOf(name string) string {
	segments := strings.Split(filepath.ToSlash(name), "/")
	for i, segment := range segments {
		if segment == "%" {
			segments[i] = ""
		} else if plain, err := url.PathUnescape(segment); err == nil {
			segments[i] = plain
		}
	}
	return strings.Join(segments, "/")
}
