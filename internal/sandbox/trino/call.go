package trino

// call translates a function call at i: name, brackets and what may follow
// them (FILTER, OVER, IGNORE NULLS).
func (e *emitter) call(i, _ int) int {
	t, closing := e.toks[i], e.match[i+1]
	name := t.value
	args := e.split(i+2, closing)
	if i+2 == closing {
		args = nil
	}
	switch name {
	case "cast", "try_cast":
		return e.cast(i, closing)
	case "if":
		return e.ifCall(i, args)
	case "concat":
		e.joined(t.pos, args, " ||")
		return closing + 1
	case "greatest", "least":
		return e.strictExtreme(i, args)
	case "avg":
		return e.average(i, closing)
	case "typeof", "cardinality", "length", "char_length", "character_length", "reverse", "sequence", "to_iso8601", "approx_percentile", "sign":
		return e.byType(i, args)
	case "extract":
		return e.extract(i, closing)
	case "trim", "substring", "position", "overlay", "normalize":
		return e.fromCall(i, closing)
	case "listagg":
		return e.listagg(i, closing, args)
	case "format":
		return e.formatCall(i, args)
	case "count_if":
		return e.wrapped(i, closing, "count(CASE WHEN", "THEN 1 END)")
	case "bitwise_and_agg", "bitwise_or_agg", "bitwise_xor_agg":
		return e.wrapped(i, closing, renamed(name)+"(CAST(", " AS BIGINT))")
	case "concat_ws":
		if len(args) == 2 {
			return e.byType(i, args)
		}
	case "substr":
		if len(args) >= 2 {
			return e.byType(i, args)
		}
	case "at_timezone":
		if len(args) == 2 {
			zone := e.argument(args[1])
			e.around(t.pos, "timezone(", zone, ", CAST(")
			e.span(args[0][0], args[0][1])
			e.glue(t.pos, " AS TIMESTAMPTZ))")
			return closing + 1
		}
	case "round", "truncate":
		if len(args) == 2 {
			return e.byType(i, args)
		}
	}
	if next := e.patternCall(i, args); next > i {
		return next
	}
	if next := e.lambdaCall(i, args); next > i {
		return next
	}
	if !callKeyword(name) && !knownFunction(name) && !e.isAlias(i) {
		e.fail(failAt(e.src, t.pos, "FUNCTION_NOT_FOUND", "Function '%s' not registered", name))
		return closing + 1
	}
	if (name == "max_by" || name == "min_by") && len(args) == 3 {
		return e.plainCall(i, name, closing)
	}
	return e.plainCall(i, renamed(name), closing)
}

// patternCall translates the calls that take a pattern or a path. It returns i
// when the call is none of them.
func (e *emitter) patternCall(i int, args [][2]int) int {
	switch name := e.toks[i].value; name {
	case "date_parse", "date_format", "format_datetime", "parse_datetime":
		return e.dateFormat(i, args)
	case "json_extract", "json_extract_scalar", "json_size":
		return e.jsonPath(i, args, name)
	case "json_value", "json_query", "json_exists":
		return e.sqlJSON(i, args)
	case "regexp_extract":
		if len(args) == 3 {
			return e.regexpGroup(i, args)
		}
	}
	return i
}

// isAlias tells a name with a column list, `AS t(a, b)` or `WITH t(a) AS`, from
// a call.
func (e *emitter) isAlias(i int) bool {
	before := e.at(i - 1)
	return before.is("as") || before.is("with") || before.is("recursive") || before.is(")") || e.ctes[e.toks[i].value] ||
		before.kind == quoted || before.kind == word && !reserved(before.value) && !e.at(i-1).is(".") && !expressionWord(before.value)
}

// expressionWord lists unreserved words that an expression may follow.
func expressionWord(w string) bool {
	switch w {
	case "all", "any", "some", "by", "limit", "offset", "over", "filter", "first", "next", "partition", "set", "if", "window", "lambda", "asc", "desc", "range", "rows", "groups", "preceding", "following":
		return true
	}
	return false
}

// callKeyword lists words that a bracket may follow without being a call.
func callKeyword(w string) bool {
	switch w {
	case "in", "exists", "and", "or", "not", "on", "over", "filter", "group", "within", "as", "using", "from", "where", "select", "when", "then", "else", "case",
		"between", "like", "any", "all", "some", "values", "union", "except", "intersect", "by", "having", "join", "lateral", "unnest", "rollup", "cube", "sets",
		"grouping", "limit", "offset", "is", "escape", "with", "recursive", "window", "distinct", "try", "coalesce", "nullif", "row", "table", "partition", "order", "end", "array":
		return true
	}
	return false
}

// plainCall writes name(args), taking IGNORE NULLS into the brackets.
func (e *emitter) plainCall(i int, name string, closing int) int {
	t := e.toks[i]
	if name == t.value {
		name = t.text
	}
	e.raw(t.pos, name)
	e.glue(e.toks[i+1].pos, "(")
	e.span(i+2, closing)
	next := closing + 1
	if (e.at(next).is("ignore") || e.at(next).is("respect")) && e.at(next+1).is("nulls") {
		e.raw(e.toks[next].pos, e.toks[next].text+" NULLS")
		next += 2
	}
	e.glue(e.toks[closing].pos, ")")
	return next
}

// wrapped writes other text around the arguments.
func (e *emitter) wrapped(i, closing int, before, behind string) int {
	e.around(e.toks[i].pos, before, e.aside(func() { e.span(i+2, closing) }), behind)
	return closing + 1
}

// argument is one argument written aside.
func (e *emitter) argument(arg [2]int) piece { return e.aside(func() { e.span(arg[0], arg[1]) }) }

// joined writes (a op b op c).
func (e *emitter) joined(pos int, args [][2]int, op string) {
	e.raw(pos, "(")
	for n, arg := range args {
		if n > 0 {
			e.raw(pos, op)
		}
		e.raw(pos, "(")
		e.span(arg[0], arg[1])
		e.glue(pos, ")")
	}
	e.glue(pos, ")")
}

func (e *emitter) ifCall(i int, args [][2]int) int {
	pos, closing := e.toks[i].pos, e.match[i+1]
	if len(args) < 2 || len(args) > 3 {
		e.fail(failAt(e.src, pos, "", "Invalid number of arguments for 'if' function"))
		return closing + 1
	}
	e.raw(pos, "CASE WHEN")
	e.span(args[0][0], args[0][1])
	e.raw(pos, "THEN")
	e.span(args[1][0], args[1][1])
	if len(args) == 3 {
		e.raw(pos, "ELSE")
		e.span(args[2][0], args[2][1])
	}
	e.raw(pos, "END")
	return closing + 1
}

// strictExtreme writes greatest and least, which are NULL if any argument is.
func (e *emitter) strictExtreme(i int, args [][2]int) int {
	pos, closing := e.toks[i].pos, e.match[i+1]
	e.raw(pos, "CASE WHEN")
	for n, arg := range args {
		if n > 0 {
			e.raw(pos, "OR")
		}
		e.around(pos, "(", e.argument(arg), ") IS NULL")
	}
	e.raw(pos, "THEN NULL ELSE system.main."+e.toks[i].value+"(")
	e.span(i+2, closing)
	e.glue(pos, ") END")
	return closing + 1
}

// extract writes extract(field FROM x); fields that count differently become
// our functions.
func (e *emitter) extract(i, closing int) int {
	pos := e.toks[i].pos
	if !e.at(i + 3).is("from") {
		e.fail(e.mismatch(i+3, "'FROM'"))
		return closing + 1
	}
	field := e.toks[i+2].value
	switch field {
	case "day_of_week", "dow":
		field = "day_of_week"
	case "day_of_month":
		field = "day"
	case "day_of_year", "doy":
		field = "day_of_year"
	case "year_of_week", "yow":
		field = "year_of_week"
	case "year", "quarter", "month", "week", "day", "hour", "minute", "second", "timezone_hour", "timezone_minute":
	default:
		e.fail(failAt(e.src, e.toks[i+2].pos, "", "Invalid EXTRACT field: %s", field))
	}
	if hours, minutes, ok := offsetOf(e.at(i+4), e.at(i+5)); ok && closing == i+6 {
		switch field {
		case "timezone_hour":
			e.raw(pos, "CAST("+hours+" AS BIGINT)")
			return closing + 1
		case "timezone_minute":
			e.raw(pos, "CAST("+minutes+" AS BIGINT)")
			return closing + 1
		}
	}
	e.around(pos, field+"(", e.aside(func() { e.span(i+4, closing) }), ")")
	return closing + 1
}

// fromCall writes trim(BOTH x FROM y), substring(x FROM 1 FOR 2) and
// position(x IN y), whose FROM begins no clause.
func (e *emitter) fromCall(i, closing int) int {
	name := e.toks[i].value
	from := e.end(i+2, closing, "from")
	if name == "substring" && from < closing {
		length := e.end(from+1, closing, "for")
		pos := e.toks[i].pos
		e.around(pos, "substr(", e.argument([2]int{i + 2, from}), ",")
		e.span(from+1, length)
		if length < closing {
			e.glue(pos, ",")
			e.span(length+1, closing)
		}
		e.glue(pos, ")")
		return closing + 1
	}
	if args := e.split(i+2, closing); name == "substring" && len(args) >= 2 {
		return e.byType(i, args)
	}
	if name == "normalize" {
		comma := e.end(i+2, closing, ",")
		e.around(e.toks[i].pos, "nfc_normalize(", e.argument([2]int{i + 2, comma}), ")")
		return closing + 1
	}
	e.plainFrom++
	defer func() { e.plainFrom-- }()
	return e.plainCall(i, name, closing)
}

// regexpGroup writes regexp_extract(s, p, n), NULL when nothing matches.
func (e *emitter) regexpGroup(i int, args [][2]int) int {
	pos := e.toks[i].pos
	s, p, n := e.argument(args[0]), e.argument(args[1]), e.argument(args[2])
	e.around(pos, "CASE WHEN regexp_matches(", s, ",")
	e.splice(p)
	e.around(pos, ") THEN system.main.regexp_extract(", s, ",")
	e.splice(p)
	e.around(pos, ",", n, ") END")
	return e.match[i+1] + 1
}
