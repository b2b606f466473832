package engine

import (
	"strings"
)

// Position finds "line 3:14" in a service's message, as Trino writes it, and
// returns both numbers counted from 1; 0, 0 when there is none.
func Position(message string) (line, column int) {
	const mark = "line "
	for rest := message; ; {
		i := strings.Index(rest, mark)
		if i < 0 {
			return 0, 0
		}
		rest = rest[i+len(mark):]
		l, tail := leadingInt(rest)
		if l > 0 && strings.HasPrefix(tail, ":") {
			if c, _ := leadingInt(tail[1:]); c > 0 {
				return l, c
			}
		}
	}
}

// PositionAt turns a place in text, counted in characters from 1 as PostgreSQL
// does, into line and column; 0, 0 when the place is outside.
func PositionAt(text string, place int) (line, column int) {
	if place < 1 {
		return 0, 0
	}
	line, column = 1, 1
	for _, r := range text {
		if place--; place == 0 {
			return line, column
		}
		if r == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	if place == 1 { // just behind the end: "syntax error at end of input"
		return line, column
	}
	return 0, 0
}

func leadingInt(s string) (int, string) {
	n, i := 0, 0
	for i < len(s) && i < 9 && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:]
}
