package sqltext

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// UnboundError is a placeholder for which there is no value.
type UnboundError struct {
	Name         string // without its colon; a number for a positional one
	Line, Column int    // of the placeholder, from 1
}

// Error says what is missing.
func (e *UnboundError) Error() string {
	return fmt.Sprintf("there is no value for the placeholder %s at line %d, column %d", e.Name, e.Line, e.Column)
}

// MixedError is a text that has both named and positional placeholders, whose
// order could be read in two ways.
type MixedError struct{ Named, Positional string }

// Error names one of each.
func (e *MixedError) Error() string {
	return fmt.Sprintf("the statement has both the named placeholder %s and the positional one %s", e.Named, e.Positional)
}

// Bind turns the named placeholders of one statement into the dialect's own:
// :day becomes ? in Trino and PartiQL and $1 in Redshift. names are the
// parameters that have values. order tells whose value stands at each
// placeholder that the service will count, in its order; Redshift counts a name
// once however often it stands.
//
// A colon begins a placeholder where a value can stand and a name follows at
// once; not in strings, quoted names and comments, not in casts (a::int), and
// not behind a value ('key':value, a struct's field:type). A text that has the
// service's own ? or $1 is left as it is, and its values are called "1", "2"...;
// without any of those among names it binds nothing, so that PREPARE and a
// service's own error still work.
//
// The errors are *UnboundError and *MixedError.
func Bind(d Dialect, statement string, names []string) (bound string, order []string, err error) {
	b := binder{dialect: d, s: statement, names: names}
	b.read()
	switch {
	case b.err != nil:
		return "", nil, b.err
	case b.named != "" && b.positional != "":
		return "", nil, &MixedError{Named: b.named, Positional: b.positional}
	case b.named != "":
		return b.out.String() + statement[b.copied:], b.order, nil
	case b.positional != "" && slices.ContainsFunc(names, isNumber):
		return b.bindPositional()
	}
	return statement, nil, nil
}

// binder reads one statement token by token.
type binder struct {
	dialect Dialect
	s       string
	names   []string

	out    strings.Builder
	copied int // how much of s is in out
	order  []string
	err    error

	named, positional string // the first of each kind, as written
	places            []place
}

// mostPlaces is how many parameters the PostgreSQL protocol can count.
const mostPlaces = 1<<16 - 1

// place is a positional placeholder.
type place struct{ number, at int }

func (b *binder) read() {
	l := lexer{dialect: b.dialect, s: b.s, escapes: b.dialect == Redshift}
	previous, gap := token{}, false // the last token that counts, and whether anything stood behind it
	for {
		t := l.next()
		switch {
		case t.kind == end:
			return
		case t.kind == space || t.kind == comment:
			gap = true
			continue
		case t.kind == symbol:
			t = b.symbol(&l, t, previous, gap)
		}
		previous, gap = t, false
	}
}

// symbol looks at a single character, and takes a placeholder's name with it.
func (b *binder) symbol(l *lexer, t, previous token, gap bool) token {
	switch b.s[t.start] {
	case '?':
		if b.dialect != Redshift {
			b.place(t, len(b.places)+1)
		}
	case '$':
		if b.dialect == Redshift && l.pos < len(b.s) && isDigit(b.s[l.pos]) {
			n := l.next()
			if place, err := strconv.Atoi(b.s[n.start:n.end]); err == nil && place > 0 && place <= mostPlaces {
				b.place(token{start: t.start, end: n.end}, place)
			}
			return token{kind: number, start: t.start, end: n.end}
		}
	case ':':
		if l.pos < len(b.s) && isLetter(b.s[l.pos]) && !b.endsValue(previous, gap) {
			n := l.next()
			b.name(t, b.s[n.start:n.end])
			return token{kind: number, start: t.start, end: n.end}
		}
	}
	return t
}

// endsValue reports whether a colon behind the token cannot begin a value.
func (b *binder) endsValue(t token, gap bool) bool {
	switch t.kind {
	case text, number:
		return true
	case word, identifier:
		return !gap // select :a begins one, field:type does not
	case symbol:
		c := b.s[t.start]
		return c == ')' || c == ']' || c == '?' && b.dialect != Redshift || c == ':' && !gap
	}
	return false
}

func (b *binder) place(t token, number int) {
	if b.positional == "" {
		b.positional = b.s[t.start:t.end]
	}
	b.places = append(b.places, place{number: number, at: t.start})
}

func (b *binder) name(colon token, name string) {
	if b.named == "" {
		b.named = ":" + name
	}
	if !slices.Contains(b.names, name) {
		if b.err == nil {
			b.err = b.unbound(":"+name, colon.start)
		}
		return
	}
	b.out.WriteString(b.s[b.copied:colon.start])
	b.copied = colon.start + 1 + len(name)
	if b.dialect != Redshift {
		b.order = append(b.order, name)
		b.out.WriteByte('?')
		return
	}
	at := slices.Index(b.order, name)
	if at < 0 {
		at = len(b.order)
		b.order = append(b.order, name)
	}
	b.out.WriteString("$" + strconv.Itoa(at+1))
}

func (b *binder) bindPositional() (string, []string, error) {
	for _, p := range b.places {
		for n := len(b.order) + 1; n <= p.number; n++ {
			name := strconv.Itoa(n)
			if !slices.Contains(b.names, name) {
				return "", nil, b.unbound(name, p.at)
			}
			b.order = append(b.order, name)
		}
	}
	return b.s, b.order, nil
}

func (b *binder) unbound(name string, at int) error {
	s := splitter{text: b.s, line: 1, column: 1}
	s.count(at)
	return &UnboundError{Name: name, Line: s.line, Column: s.column}
}

// isNumber reports whether a parameter's name is a place: 1, 2, ...
func isNumber(name string) bool {
	n, err := strconv.Atoi(name)
	return err == nil && n > 0 && strconv.Itoa(n) == name
}
