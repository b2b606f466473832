package trino

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// expression translates an expression construct at i and returns where it
// ends, or i when none begins there.
func (e *emitter) expression(i, j int) int {
	t, next := e.toks[i], e.at(i+1)
	switch t.kind {
	case param:
		e.placeholder(i)
		return i + 1
	case text:
		return e.literal(i)
	case word:
	default:
		return i
	}
	if e.at(i - 1).is(".") {
		return i
	}
	switch {
	case t.is("array") && next.is("["):
		return e.group(i + 1)
	case t.is("interval") && (next.kind == text || next.is("-") || next.is("+")):
		return e.interval(i)
	case t.is("timestamp") && next.kind == text:
		e.raw(t.pos, zoned(next.value)+" "+QuoteText(withSeconds(next.value)))
		return i + 2
	case (t.is("decimal") || t.is("numeric")) && next.kind == text:
		e.raw(t.pos, decimalLiteral(next.value))
		return i + 2
	case t.is("json") && next.kind == text:
		e.raw(t.pos, "json_parse("+QuoteText(next.value)+")")
		return i + 2
	case next.is("("):
		return e.call(i, j)
	}
	return e.nilary(i)
}

// nilary translates functions written without brackets.
func (e *emitter) nilary(i int) int {
	t := e.toks[i]
	switch t.value {
	case "current_catalog":
		e.raw(t.pos, "'awsdatacatalog'")
	case "current_user":
		e.raw(t.pos, "'sandbox'")
	case "localtimestamp":
		e.raw(t.pos, "CAST(current_timestamp AS TIMESTAMP)")
	default:
		return i
	}
	return i + 1
}

// decimalLiteral has the precision and the scale that its digits have.
func decimalLiteral(s string) string {
	digits := strings.TrimLeft(strings.TrimSpace(s), "+-")
	whole, fraction, _ := strings.Cut(digits, ".")
	return fmt.Sprintf("CAST(%s AS DECIMAL(%d,%d))", QuoteText(s), max(1, len(whole)+len(fraction)), len(fraction))
}

// withSeconds completes the clock of a timestamp, which the engine wants whole.
func withSeconds(s string) string {
	day, clock, found := strings.Cut(strings.TrimSpace(s), " ")
	if !found {
		return s
	}
	end := strings.IndexFunc(clock, func(r rune) bool { return (r < '0' || r > '9') && r != ':' && r != '.' })
	if end < 0 {
		end = len(clock)
	}
	if strings.Count(clock[:end], ":") == 1 {
		clock = clock[:end] + ":00" + clock[end:]
	}
	return day + " " + clock
}

// zoned tells TIMESTAMP from TIMESTAMPTZ by the text of the literal.
func zoned(s string) string {
	_, clock, _ := strings.Cut(strings.TrimSpace(s), " ")
	if strings.ContainsAny(clock, "+-/ ") || strings.ContainsAny(clock, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return "TIMESTAMPTZ"
	}
	return "TIMESTAMP"
}

func (e *emitter) placeholder(i int) {
	n := e.ordinal[i]
	switch {
	case n < len(e.Params):
		e.raw(e.toks[i].pos, "("+e.Params[n]+")")
	case e.Unchecked:
		e.raw(e.toks[i].pos, "NULL")
	default:
		e.fail(Fail("INVALID_PARAMETER_USAGE", "Incorrect number of parameters: expected %d but found %d", len(e.ordinal), len(e.Params)))
	}
}

// literal writes X'..' as bytes and resolves U&'..'.
func (e *emitter) literal(i int) int {
	t := e.toks[i]
	switch t.text[0] {
	case 'x', 'X':
		e.raw(t.pos, "unhex("+QuoteText(strings.ReplaceAll(t.value, " ", ""))+")")
		return i + 1
	case 'u', 'U':
		s, err := unescape(t.value)
		if err != nil {
			e.fail(failAt(e.src, t.pos, "", "%s", err))
		}
		e.raw(t.pos, QuoteText(s))
		return i + 1
	}
	return i
}

// unescape resolves \XXXX and \+XXXXXX.
func unescape(s string) (string, error) {
	var b strings.Builder
	for s != "" {
		if s[0] != '\\' {
			_, n := utf8.DecodeRuneInString(s)
			b.WriteString(s[:n])
			s = s[n:]
			continue
		}
		digits, skip := 4, 1
		if strings.HasPrefix(s, `\+`) {
			digits, skip = 6, 2
		}
		if strings.HasPrefix(s, `\\`) {
			b.WriteByte('\\')
			s = s[2:]
			continue
		}
		var r rune
		if len(s) < skip+digits {
			return "", Fail("", "Incomplete escape sequence: %s", s)
		}
		if _, err := fmt.Sscanf(s[skip:skip+digits], "%x", &r); err != nil {
			return "", Fail("", "Invalid escape sequence: %s", s[:skip+digits])
		}
		b.WriteRune(r)
		s = s[skip+digits:]
	}
	return b.String(), nil
}

// values writes VALUES with each row in brackets and Trino's column names.
func (e *emitter) values(i, j int) int {
	stop := e.end(i+1, j, "order", "limit", "offset", "fetch", "union", "except", "intersect", ")")
	rows := e.split(i+1, stop)
	names := []string{}
	e.raw(e.toks[i].pos, "SELECT * FROM (VALUES")
	for n, r := range rows {
		if r[0] >= r[1] {
			e.fail(e.mismatch(r[0], "<expression>"))
			return stop
		}
		if n > 0 {
			e.glue(e.toks[r[0]].pos, ",")
		}
		begin := r[0]
		if e.toks[begin].is("row") && e.at(begin+1).is("(") {
			begin++
		}
		width := 1
		if e.toks[begin].is("(") && e.match[begin] == r[1]-1 {
			width = len(e.split(begin+1, r[1]-1))
			e.group(begin)
		} else {
			e.raw(e.toks[begin].pos, "(")
			e.span(begin, r[1])
			e.glue(e.toks[begin].pos, ")")
		}
		for len(names) < width {
			names = append(names, QuoteName(fmt.Sprintf("_col%d", len(names))))
		}
	}
	e.raw(e.toks[i].pos, ") AS fl_values("+strings.Join(names, ", ")+")")
	return stop
}

// interval writes INTERVAL [-]'n' unit [TO unit] as an exact DuckDB value.
func (e *emitter) interval(i int) int {
	start, sign := i, ""
	i++
	if e.at(i).is("-") || e.at(i).is("+") {
		if e.at(i).is("-") {
			sign = "-"
		}
		i++
	}
	value, unit, to := e.at(i), e.at(i+1), ""
	i += 2
	if e.at(i).is("to") {
		to = e.at(i + 1).value
		i += 2
	}
	out, ok := intervalText(sign, value.value, unit.value, to)
	if !ok || value.kind != text {
		e.fail(failAt(e.src, e.toks[start].pos, "", "'%s' is not a valid interval literal", value.value))
		return i
	}
	e.raw(e.toks[start].pos, out)
	return i
}

// unnest writes UNNEST(...) [WITH ORDINALITY] as a subquery: a list of rows and
// a map make one column a field, several lists run in step.
func (e *emitter) unnest(i int) int {
	pos, closing := e.toks[i].pos, e.match[i+1]
	args := e.split(i+2, closing)
	next := closing + 1
	ordinality := e.at(next).is("with") && e.at(next+1).is("ordinality")
	if ordinality {
		next += 2
	}
	alias, columns := e.alias(next)
	given, made := columns, 0
	if ordinality && columns > 0 {
		columns--
	}
	if i >= 1 && !e.at(i-1).is("from") && !e.at(i-1).is("(") {
		e.raw(pos, "LATERAL")
	}
	e.raw(pos, "(SELECT")
	lists := make([]piece, len(args))
	for n, arg := range args {
		if n > 0 {
			e.glue(pos, ",")
		}
		lists[n] = e.aside(func() { e.span(arg[0], arg[1]) })
		types, known := e.typesOf(pos, lists[n])
		if !known {
			given = 0
			continue
		}
		width := 1
		switch {
		case types[0].Kind == Map:
			width = 2
			list := lists[n]
			lists[n] = e.aside(func() { e.around(pos, "map_entries(", list, ")") })
			e.around(pos, "unnest(", lists[n], ", max_depth := 2)")
		case types[0].Kind == Array && types[0].Elem[0].Kind == Row:
			width = len(types[0].Elem[0].Elem)
			e.around(pos, "unnest(", lists[n], ", max_depth := 2)")
		case types[0].Kind == Array:
			e.around(pos, "unnest(", lists[n], ")")
		default:
			e.fail(failAt(e.src, pos, "TYPE_MISMATCH", "Cannot unnest type: %s", types[0]))
		}
		made += width
	}
	if given > 0 && columns != made {
		e.fail(failAt(e.src, pos, "MISMATCHED_COLUMN_ALIASES", "Column alias list has %d entries but '%s' has %d columns available", given, alias, made+given-columns))
	}
	if ordinality {
		e.ordinality(pos, lists)
	}
	e.raw(pos, ")")
	return next
}

// ordinality writes the running number of the longest list.
func (e *emitter) ordinality(pos int, lists []piece) {
	e.raw(pos, ", unnest(range(1, add(coalesce(system.main.greatest(")
	for n, list := range lists {
		if n > 0 {
			e.glue(pos, ",")
		}
		e.around(pos, "len(", list, ")")
	}
	e.glue(pos, "), 0), 1))) AS ordinality")
}

// alias reads `[AS] t(a, b)` at i: the name and how many columns it lists.
func (e *emitter) alias(i int) (string, int) {
	if e.at(i).is("as") {
		i++
	}
	if !e.at(i).isName() || !e.at(i+1).is("(") {
		return "", 0
	}
	return e.at(i).value, len(e.split(i+2, e.match[i+1]))
}

// piece is text written aside, to be spliced in once or more.
type piece struct {
	text  []byte
	marks []mark
}

// aside collects what write writes instead of putting it out.
func (e *emitter) aside(write func()) piece {
	out, marks := e.out, e.marks
	e.out, e.marks = nil, nil
	write()
	p := piece{e.out, e.marks}
	e.out, e.marks = out, marks
	return p
}

// splice puts a piece out.
func (e *emitter) splice(p piece) {
	e.out = append(e.out, ' ')
	for _, m := range p.marks {
		e.marks = append(e.marks, mark{m.out + len(e.out), m.src})
	}
	e.out = append(e.out, p.text...)
}

// around puts text before and behind a piece.
func (e *emitter) around(pos int, before string, p piece, behind string) {
	e.raw(pos, before)
	e.splice(p)
	e.glue(pos, behind)
}
