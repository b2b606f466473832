package sqltext

import "strings"

// Class is what a statement does.
type Class string

// The classes.
const (
	Read    Class = "read"    // changes nothing
	Write   Class = "write"   // changes data, or runs what may
	DDL     Class = "ddl"     // changes definitions or rights
	Session Class = "session" // changes only the session: SET, BEGIN, COMMIT
	Unknown Class = "unknown" // not understood; counts as a write
)

// Changes reports whether a guard against writing must refuse the class.
func (c Class) Changes() bool { return c != Read && c != Session }

// rank orders the classes by how much a guard minds them.
func (c Class) rank() int {
	switch c {
	case Read:
		return 0
	case Session:
		return 1
	case DDL:
		return 2
	case Write:
		return 3
	}
	return 4
}

func worse(a, b Class) Class {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// Classify says what the statement does, from its words alone. It looks
// through comments, parentheses, WITH and EXPLAIN. What it does not know for a
// reading statement is Unknown, and so is a text that leaves a string or a
// comment open. A text of several statements has the class of the worst.
//
// It cannot see what a user's own function does when a SELECT calls it.
func Classify(d Dialect, statement string) Class {
	l := lexer{dialect: d, s: statement, escapes: d == Redshift}
	c, open := classifyText(l)
	if open {
		return Unknown
	}
	for _, other := range otherReadings(l) {
		// Where one leaves something open, a server that reads so refuses the whole text.
		if o, open := classifyText(other); !open {
			c = worse(c, o)
		}
	}
	return c
}

// otherReadings are the ways in which a server may read the text besides the
// first. Whether a backslash escapes a quote always, never or in E” alone, and
// whether comments nest, is Redshift's to decide, or that of whatever speaks
// its wire: the guard must hold under each.
func otherReadings(l lexer) (others []lexer) {
	if l.dialect != Redshift {
		return nil
	}
	readings := []lexer{l}
	if strings.Contains(l.s, `\`) {
		never, prefixed := l, l
		never.escapes = false
		prefixed.escapes, prefixed.prefixed = false, true
		readings = append(readings, never, prefixed)
	}
	others = readings[1:]
	if strings.Count(l.s, "/*") > 1 {
		for _, r := range readings {
			r.flat = true
			others = append(others, r)
		}
	}
	return others
}

// lexeme is a token that counts: words in upper case, identifiers without
// their quotes, symbols as they are, and nothing of strings and numbers.
type lexeme struct {
	kind tokenKind
	text string
}

func (x lexeme) is(words ...string) bool {
	if x.kind != word {
		return false
	}
	for _, w := range words {
		if x.text == w {
			return true
		}
	}
	return false
}

func (x lexeme) symbol(s string) bool { return x.kind == symbol && x.text == s }

func (x lexeme) named() bool { return x.kind == word || x.kind == identifier }

// classifyText returns the class of the worst statement, and whether the text
// leaves something open.
func classifyText(l lexer) (class Class, open bool) {
	class = Read
	any := false
	var one []lexeme
	for {
		t := l.next()
		switch {
		case t.open != "":
			return Unknown, true
		case t.kind == end || t.kind == semicolon:
			if len(one) > 0 {
				class, any = worse(class, classifyOne(l.dialect, one)), true
			}
			if t.kind == end {
				if !any {
					return Unknown, false
				}
				return class, false
			}
			one = one[:0]
		case t.kind == space || t.kind == comment:
		default:
			one = append(one, newLexeme(t, l.s))
		}
	}
}

func newLexeme(t token, s string) lexeme {
	x := lexeme{kind: t.kind}
	switch t.kind {
	case word:
		x.text = strings.ToUpper(s[t.start:t.end])
	case identifier:
		x.text = s[t.start+1 : t.end-1]
	case symbol:
		x.text = s[t.start:t.end]
	}
	return x
}

// classifyOne classifies one statement without its semicolon.
func classifyOne(d Dialect, x []lexeme) Class {
	depth := 0
	for depth < len(x) && x[depth].symbol("(") {
		depth++
	}
	if depth == len(x) || x[depth].kind != word || d == Redshift && veiled(x) {
		return Unknown
	}
	first := x[depth].text
	if beginsQuery(d, first) {
		return classifyQuery(d, x)
	}
	if depth > 0 {
		return Unknown
	}
	if d == PartiQL {
		return classifyPartiQL(x)
	}
	switch first {
	case "EXPLAIN":
		return classifyExplain(d, x[1:])
	case "SHOW", "DESCRIBE", "DESC":
		return Read
	case "CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "RENAME":
		return DDL
	case "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY", "UNLOAD", "CALL",
		"EXECUTE", "MSCK", "OPTIMIZE", "VACUUM", "ANALYZE", "ANALYSE", "REFRESH", "LOCK", "CANCEL":
		return Write
	case "SET", "RESET", "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "USE":
		return classifySession(x)
	case "PREPARE", "DEALLOCATE":
		if d == Trino {
			return DDL // Athena keeps prepared statements in the workgroup
		}
		if len(x) > 1 && x[1].is("TRANSACTION") {
			return Write // its locks outlive the session
		}
		return Session
	case "CLOSE":
		return Session
	case "FETCH":
		return Read
	case "DECLARE":
		return classifyCursor(d, x)
	}
	return Unknown
}

// veiled reports whether a name is written by the numbers of its characters,
// U&"\0064blink", so that it cannot be told from its letters.
func veiled(x []lexeme) bool {
	for i, l := range x {
		if l.is("UESCAPE") {
			return true
		}
		if i > 1 && l.kind == identifier && strings.Contains(l.text, `\`) && x[i-1].symbol("&") && x[i-2].is("U") {
			return true
		}
	}
	return false
}

// beginsQuery reports whether a word begins an expression that yields rows.
func beginsQuery(d Dialect, w string) bool {
	switch w {
	case "SELECT":
		return true
	case "WITH", "VALUES", "TABLE":
		return d != PartiQL
	}
	return false
}

func classifyPartiQL(x []lexeme) Class {
	switch x[0].text {
	case "INSERT", "UPDATE", "DELETE":
		return Write
	case "EXISTS": // the condition of a transaction: EXISTS(SELECT ...)
		if len(x) > 2 && x[1].symbol("(") && x[2].is("SELECT") {
			return classifyQuery(PartiQL, x[1:])
		}
	}
	return Unknown
}

// classifySession keeps a statement that would lift a read-only setting, change
// who the session is, or end another session's transaction, from passing as
// harmless. Names count in quotes too.
func classifySession(x []lexeme) Class {
	for i, l := range x {
		if i == 0 || !l.named() {
			continue
		}
		name := strings.ToUpper(l.text)
		for _, part := range []string{"READ_ONLY", "READONLY", "AUTHORIZATION"} {
			if strings.Contains(name, part) {
				return Unknown
			}
		}
		if name == "ROLE" || l.is("PREPARED") || l.is("WRITE") && x[i-1].is("READ") || l.is("ALL") && x[i-1].is("RESET") {
			return Unknown
		}
	}
	return Session
}

// classifyCursor classifies DECLARE name CURSOR FOR query by its query.
func classifyCursor(d Dialect, x []lexeme) Class {
	for i, l := range x {
		if l.is("FOR") {
			if c := classifyRest(d, x[i+1:]); c == Read {
				return Read
			}
			break
		}
	}
	return Unknown
}

// classifyExplain: a plan alone changes nothing, whatever it is a plan of;
// with ANALYZE the statement runs.
func classifyExplain(d Dialect, x []lexeme) Class {
	runs := false
	for {
		switch {
		case len(x) > 1 && x[0].symbol("(") && x[1].named() && !(x[1].kind == word && beginsQuery(d, x[1].text)):
			close := matching(x, 0)
			for _, option := range x[:close] { // their names may be in quotes
				name := strings.ToUpper(option.text)
				runs = runs || name == "ANALYZE" || name == "ANALYSE"
			}
			x = x[min(close+1, len(x)):]
			continue
		case len(x) > 0 && x[0].is("ANALYZE", "ANALYSE", "VERBOSE"):
			runs = runs || !x[0].is("VERBOSE")
			x = x[1:]
			continue
		}
		break
	}
	c := classifyRest(d, x)
	if !runs && c != Unknown {
		return Read
	}
	return c
}

func classifyRest(d Dialect, x []lexeme) Class {
	if len(x) == 0 {
		return Unknown
	}
	return classifyOne(d, x)
}

// matching returns the index of the parenthesis that closes the one at open,
// or len(x).
func matching(x []lexeme, open int) int {
	depth := 0
	for i := open; i < len(x); i++ {
		if x[i].symbol("(") {
			depth++
		} else if x[i].symbol(")") {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(x)
}
