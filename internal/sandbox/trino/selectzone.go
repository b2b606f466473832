package trino

import (
	"fmt"
	"slices"
)

// shownZone is the zone that the value of an item has by itself, and where the
// value ends: a literal `timestamp '... zone'`, with_timezone(x, 'zone'),
// at_timezone(x, 'zone') or from_unixtime(x, 'zone'). The engine keeps no zone
// with a value, so that only an item that is nothing else shows one.
func (e *emitter) shownZone(item [2]int) (zone string, end int) {
	first, next := e.toks[item[0]], e.at(item[0]+1)
	switch {
	case first.is("timestamp") && next.kind == text:
		zone, end = zoneOf(next.value), item[0]+2
	case slices.Contains([]string{"with_timezone", "at_timezone", "from_unixtime"}, first.value) && first.kind == word && next.is("("):
		closing := e.match[item[0]+1]
		args := e.split(item[0]+2, closing)
		if len(args) != 2 || args[1][1]-args[1][0] != 1 || e.toks[args[1][0]].kind != text {
			return "", 0
		}
		zone, end = e.toks[args[1][0]].value, closing+1
	}
	if zone == "UTC" || item[1]-end > 2 || item[1]-end == 2 && !e.at(end).is("as") || item[1] > end && !e.at(item[1]-1).isName() {
		return "", 0
	}
	return zone, end
}

// zoneOf is the zone behind a timestamp, "" for none.
func zoneOf(s string) string {
	if zoned(s) != "TIMESTAMPTZ" {
		return ""
	}
	for i := len(s) - 1; i > 0; i-- {
		if s[i] == ' ' {
			return s[i+1:]
		}
	}
	return ""
}

// zonedItem writes the value as the local time there.
func (e *emitter) zonedItem(item [2]int, end, n int, zone string) {
	pos := e.toks[item[0]].pos
	if e.toks[item[0]].is("at_timezone") { // is the local time already
		e.span(item[0], end)
	} else {
		e.around(pos, "timezone("+QuoteText(zone)+", CAST(", e.aside(func() { e.span(item[0], end) }), " AS TIMESTAMPTZ))")
	}
	if last := e.toks[item[1]-1]; item[1] > end {
		e.raw(last.pos, "AS "+aliasText(last))
		return
	}
	e.raw(e.at(item[1]).pos, "AS "+QuoteName(fmt.Sprintf("_col%d", n)))
}

// ofYears tells an item with an interval literal of years and months, which
// the engine does not tell from one of days and seconds.
func (e *emitter) ofYears(item [2]int) bool {
	for k := item[0]; k < item[1]; k++ {
		if !e.toks[k].is("interval") {
			continue
		}
		if k++; e.at(k).is("-") || e.at(k).is("+") {
			k++
		}
		switch e.at(k + 1).value {
		case "year", "month", "quarter":
			return true
		}
	}
	return false
}

// rowItem writes (row).* [AS (a, b)] as one column a field.
func (e *emitter) rowItem(item [2]int, n int) bool {
	end, names := item[1], [][2]int(nil)
	if e.at(end-1).is(")") && e.at(e.opening[end-1]-1).is("as") && e.opening[end-1] > item[0] {
		open := e.opening[end-1]
		names = e.split(open+1, end-1)
		end = open - 1
	}
	if end-item[0] < 3 || !e.at(end-1).is("*") || !e.at(end-2).is(".") || !e.at(end-3).is(")") {
		return false
	}
	pos := e.toks[item[0]].pos
	x := e.aside(func() { e.span(item[0], end-2) })
	types, known := e.typesOf(pos, x)
	switch {
	case !known:
		return true
	case types[0].Kind != Row:
		e.fail(failAt(e.src, pos, "TYPE_MISMATCH", "Expression %s is not of type ROW", types[0]))
		return true
	}
	for i := range types[0].Elem {
		if i > 0 {
			e.glue(pos, ",")
		}
		name := types[0].Fields[i].Name
		switch {
		case i < len(names):
			name = e.toks[names[i][0]].value
		case name == "":
			name = fmt.Sprintf("%s%d_%d", unnamedMark, n, i)
		}
		e.around(pos, "struct_extract_at(", x, fmt.Sprintf(", %d) AS %s", i+1, QuoteName(name)))
	}
	return true
}

// offsetOf is the offset of a literal `timestamp '... +08:35'`, hours and
// minutes with the same sign.
func offsetOf(keyword, literal token) (hours, minutes string, ok bool) {
	if !keyword.is("timestamp") || literal.kind != text {
		return "", "", false
	}
	zone := zoneOf(literal.value)
	if len(zone) != 6 || zone[0] != '+' && zone[0] != '-' || zone[3] != ':' {
		return "", "", false
	}
	return zone[:3], zone[:1] + zone[4:], true
}
