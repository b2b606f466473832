package trino

import "slices"

// Repeatable tells whether a statement gives the same rows each time that its
// tables are the same: a query without functions of chance or of the clock,
// and whose LIMIT, if it has one, cuts ordered rows.
func (s *Statement) Repeatable() bool {
	if s.Verb != Select && s.Verb != Execute {
		return false
	}
	limited, ordered := false, false
	for i, t := range s.toks {
		if t.kind != word {
			continue
		}
		switch t.value {
		case "rand", "random", "uuid", "shuffle", "now", "current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "tablesample":
			return false
		case "limit", "fetch":
			limited = true
		case "order":
			ordered = ordered || i+1 < len(s.toks) && s.toks[i+1].is("by")
		}
	}
	return ordered || !limited
}

// SameText tells whether two statements differ at most in white space,
// comments, and the case of words.
func SameText(a, b *Statement) bool {
	return slices.EqualFunc(a.toks, b.toks, func(x, y token) bool { return x.kind == y.kind && x.value == y.value })
}
