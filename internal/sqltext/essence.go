package sqltext

import "strings"

// Essence is what makes a statement the same as another: its text without
// comments, with one space wherever there may be one, without semicolons at its
// end, and with ? for every placeholder, named or not. Strings and names stay as
// they are written. It is for comparing, and need not be a statement.
func Essence(d Dialect, statement string) string {
	b := binder{dialect: d, s: statement}
	l := lexer{dialect: d, s: statement, escapes: d == Redshift}
	var out strings.Builder
	previous, gap := token{}, false
	held := "" // semicolons, which count when more follows
	for {
		t := l.next()
		switch {
		case t.kind == end:
			return out.String()
		case t.kind == space || t.kind == comment:
			gap = true
			continue
		case t.kind == semicolon:
			held += " ;"
			previous, gap = t, false
			continue
		case t.kind == symbol:
			t = b.symbol(&l, t, previous, gap)
		}
		part := statement[t.start:t.end]
		if t.kind == number && (part[0] == ':' || part[0] == '$') {
			part = "?"
		}
		if out.Len() > 0 {
			out.WriteString(held + " ")
		}
		held = ""
		out.WriteString(part)
		previous, gap = t, false
	}
}
