package trino

import (
	"fmt"
	"unicode/utf8"
)

// suffixEnd is the index behind FILTER (...), OVER (...) and OVER name.
func (e *emitter) suffixEnd(i int) int {
	if e.at(i).is("filter") && e.at(i+1).is("(") {
		i = e.match[i+1] + 1
	}
	if e.at(i).is("over") {
		if e.at(i + 1).is("(") {
			return e.match[i+1] + 1
		}
		return i + 2
	}
	return i
}

// average writes avg: of decimals it is a decimal of their scale, rounded half
// up, of reals a real.
func (e *emitter) average(i, closing int) int {
	pos, next := e.toks[i].pos, e.suffixEnd(closing+1)
	arg := [2]int{i + 2, closing}
	distinct := ""
	if e.at(arg[0]).is("distinct") {
		distinct, arg[0] = "DISTINCT", arg[0]+1
	}
	x := e.argument(arg)
	suffix := e.aside(func() { e.span(closing+1, next) })
	call := func(name string, x piece) piece {
		return e.aside(func() {
			e.around(pos, name+"("+distinct, x, ")")
			e.splice(suffix)
		})
	}
	var types []Type
	var known bool
	probe := e.aside(func() { types, known = e.typesOf(pos, x) })
	switch {
	case !known: // asked inside the call, where the argument may stand
		e.splice(call("sum", probe))
	case types[0].Kind == Decimal:
		sum, count := Type{Kind: Decimal, Width: 38, Scale: types[0].Scale}, Type{Kind: Decimal, Width: 19}
		e.quotient(pos, call("sum", x), e.aside(func() { e.around(pos, "nullif(", call("count", x), ", 0)") }), sum, count, types[0])
	case types[0].Kind == Real:
		e.around(pos, "CAST(", call("avg", x), " AS FLOAT)")
	case types[0].isNumber() || types[0].Kind == IntervalDS:
		e.splice(call("avg", x))
	default:
		e.fail(failAt(e.src, pos, "FUNCTION_NOT_FOUND", "Unexpected parameters (%s) for function avg. Expected: avg(decimal(p,s)), avg(double), avg(interval day to second), avg(interval year to month), avg(real)", types[0]))
	}
	return next
}

// byType writes a call whose translation depends on the type of its first
// argument.
func (e *emitter) byType(i int, args [][2]int) int {
	t, closing := e.toks[i], e.match[i+1]
	if len(args) == 0 {
		return e.plainCall(i, t.value, closing)
	}
	x := e.argument(args[0])
	var types []Type
	var known bool
	probe := e.aside(func() { types, known = e.typesOf(t.pos, x) })
	if !known {
		if t.is("approx_percentile") { // OVER may follow
			e.around(t.pos, "max(", probe, ")")
		} else {
			e.splice(probe)
		}
		return closing + 1
	}
	if t.is("approx_percentile") && types[0].Kind == Decimal {
		exact := x
		x = e.aside(func() { e.around(t.pos, "CAST(", exact, " AS DOUBLE)") })
	}
	rest := e.aside(func() {
		for _, arg := range args[1:] {
			e.glue(t.pos, ",")
			e.span(arg[0], arg[1])
		}
	})
	if t.is("typeof") {
		shown := types[0].String()
		if lit := e.toks[args[0][0]]; args[0][1]-args[0][0] == 1 && lit.kind == text {
			shown = fmt.Sprintf("varchar(%d)", utf8.RuneCountInString(lit.value))
		}
		e.raw(t.pos, QuoteText(shown))
		return closing + 1
	}
	if t.is("concat_ws") && len(args) == 2 {
		return e.joinedList(i, x, args)
	}
	before, behind := e.wording(t, types[0], args, x)
	e.around(t.pos, before, x, "")
	e.splice(rest)
	e.glue(t.pos, behind)
	return closing + 1
}

// joinedList writes concat_ws with an array, whose NULLs are left out.
func (e *emitter) joinedList(i int, separator piece, args [][2]int) int {
	t, closing := e.toks[i], e.match[i+1]
	list := e.argument(args[1])
	types, known := e.typesOf(t.pos, list)
	switch {
	case !known:
	case types[0].Kind == Array:
		e.around(t.pos, "array_join(", list, ",")
		e.splice(separator)
		e.glue(t.pos, ")")
	default:
		e.around(t.pos, "concat_ws(", separator, ",")
		e.splice(list)
		e.glue(t.pos, ")")
	}
	return closing + 1
}

// wording is what to write before and behind the arguments of a call.
func (e *emitter) wording(t token, typ Type, args [][2]int, x piece) (before, behind string) {
	kind := typ.Kind
	before, behind = t.value+"(", ")"
	switch {
	case t.is("cardinality") && kind == Map:
		before, behind = "CAST(cardinality(", ") AS BIGINT)"
	case t.is("cardinality") && kind == Array:
		before = "len("
	case t.is("length") && kind == Varbinary:
		before = "octet_length("
	case t.is("reverse") && kind == Array:
		before = "list_reverse("
	case t.is("reverse") && kind == Varbinary:
		before = "fl_backward("
	case (t.is("substr") || t.is("substring")) && kind == Varbinary:
		before = "fl_bytes("
		if len(args) == 2 {
			behind = ", 1073741823)"
		}
	case t.is("sign") && typ.isInteger():
		before, behind = "CAST(sign(", ") AS "+typ.Duck()+")"
	case (t.is("round") || t.is("truncate")) && kind == Decimal: // the scale stays
		out := Type{Kind: Decimal, Width: min(38, typ.Width+1), Scale: typ.Scale}
		before, behind = "CAST("+map[string]string{"round": "round(", "truncate": "trunc("}[t.value], ") AS "+out.Duck()+")"
	case t.is("approx_percentile"):
		before = "approx_quantile("
	case t.is("sequence"):
		before, behind = e.sequence(t.pos, x, args, kind)
	case t.is("to_iso8601") && kind == Date:
		before, behind = "CAST(", " AS VARCHAR)"
	case t.is("to_iso8601") && kind == Timestamp:
		before, behind = "strftime(", ", '%Y-%m-%dT%H:%M:%S.%g')"
	case t.is("to_iso8601"):
		before, behind = "(strftime(timezone('UTC', ", "), '%Y-%m-%dT%H:%M:%S.%g') || 'Z')"
	case t.is("cardinality"), t.is("length") && kind != Varchar && kind != Unknown && kind != Char, t.is("reverse") && kind != Varchar && kind != Unknown:
		e.fail(failAt(e.src, t.pos, "FUNCTION_NOT_FOUND", "Unexpected parameters (%s) for function %s", typ, t.value))
	}
	return before, behind
}

// sequence steps by one, or by a day, towards its end, and has at most 10,000
// entries.
func (e *emitter) sequence(pos int, from piece, args [][2]int, kind Kind) (before, behind string) {
	if kind != Date {
		if kind == Timestamp || kind == TimestampTZ {
			return "generate_series(", ")"
		}
		return "fl_sequence(", ")"
	}
	before, behind = "CAST(generate_series(", ") AS DATE[])"
	if len(args) != 2 {
		return before, behind
	}
	to := e.argument(args[1])
	return before, ", CASE WHEN " + string(to.text) + " < " + string(from.text) + " THEN to_days(-1) ELSE to_days(1) END" + behind
}

// listagg writes listagg(x, ',') WITHIN GROUP (ORDER BY y) as string_agg.
func (e *emitter) listagg(i, closing int, args [][2]int) int {
	pos, next := e.toks[i].pos, closing+1
	if len(args) == 0 || !e.at(next).is("within") || !e.at(next+1).is("group") || !e.at(next+2).is("(") {
		e.fail(e.mismatch(next, "'WITHIN'"))
		return next
	}
	e.raw(pos, "string_agg(")
	e.span(args[0][0], args[0][1])
	separator := "''"
	e.glue(pos, ",")
	if len(args) > 1 {
		on := e.end(args[1][0], args[1][1], "on") // ON OVERFLOW ... never happens here
		e.span(args[1][0], on)
	} else {
		e.raw(pos, separator)
	}
	e.span(next+3, e.match[next+2])
	e.glue(pos, ")")
	return e.match[next+2] + 1
}
