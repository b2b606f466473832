package trino

import (
	"fmt"
)

// cast writes CAST and TRY_CAST with Trino's rounding, text and JSON rules.
func (e *emitter) cast(i, closing int) int {
	pos := e.toks[i].pos
	as := e.end(i+2, closing, "as")
	if as >= closing {
		e.fail(e.mismatch(closing, "'AS'"))
		return closing + 1
	}
	p := &parser{Statement: &Statement{SQL: e.src, toks: e.toks[:closing]}, i: as + 1}
	typ, err := p.typ()
	if err == nil {
		err = p.finish()
	}
	if err != nil {
		e.fail(err)
		return closing + 1
	}
	word := "CAST("
	if e.toks[i].is("try_cast") {
		word = "TRY_CAST("
	}
	x := e.aside(func() { e.span(i+2, as) })
	switch typ.Kind {
	case TinyInt, SmallInt, Integer, BigInt:
		e.castInteger(i, x, word, typ)
	case Varchar, Char:
		e.castText(i, x, word, typ)
	case JSON:
		e.around(pos, "to_json(", x, ")")
	case Row:
		e.castRow(i, x, word, typ)
	default:
		e.around(pos, word, x, " AS "+typ.Duck()+")")
	}
	return closing + 1
}

// castRow takes a JSON array for the fields of a row in order; the engine only
// takes an object.
func (e *emitter) castRow(i int, x piece, word string, typ Type) {
	pos := e.toks[i].pos
	types, known := e.typesOf(pos, x)
	if !known {
		return
	}
	if types[0].Kind != JSON {
		e.around(pos, word, x, " AS "+typ.Duck()+")")
		return
	}
	e.around(pos, "CASE WHEN json_type(", x, ") = 'ARRAY' THEN struct_pack(")
	for n, field := range typ.Elem {
		if n > 0 {
			e.glue(pos, ",")
		}
		name := typ.Fields[n].Name
		if name == "" {
			name = fmt.Sprintf("field%d", n)
		}
		if field.Kind == Varchar {
			e.around(pos, QuoteName(name)+" := json_extract_string(", x, fmt.Sprintf(", '$[%d]')", n))
			continue
		}
		e.around(pos, QuoteName(name)+" := "+word+"json_extract(", x, fmt.Sprintf(", '$[%d]') AS %s)", n, field.Duck()))
	}
	e.around(pos, ") ELSE "+word, x, " AS "+typ.Duck()+") END")
}

// castInteger rounds doubles half up, and refuses a text with a point.
func (e *emitter) castInteger(i int, x piece, word string, typ Type) {
	pos := e.toks[i].pos
	types, known := e.typesOf(pos, x)
	if !known {
		return
	}
	switch from := types[0]; {
	case from.isFloat():
		e.around(pos, word+"round(", x, ") AS "+typ.Duck()+")")
	case from.Kind == Varchar:
		e.around(pos, word+"CASE WHEN regexp_matches(", x, ", '[.eE]') THEN '"+failMark+"' || ")
		e.splice(x)
		e.around(pos, "ELSE", x, " END AS "+typ.Duck()+")")
	case from.isNumber() || from.Kind == Boolean || from.Kind == JSON:
		e.around(pos, word, x, " AS "+typ.Duck()+")")
	default:
		e.fail(failAt(e.src, pos, "TYPE_MISMATCH", "Cannot cast %s to %s", from, typ))
	}
}

// castText writes a value as Trino's cast to varchar does, which is not always
// as it is displayed: doubles get an exponent.
func (e *emitter) castText(i int, x piece, word string, typ Type) {
	pos := e.toks[i].pos
	types, known := e.typesOf(pos, x)
	if !known {
		return
	}
	var out piece
	wrap := func(before, behind string) { out = e.aside(func() { e.around(pos, before, x, behind) }) }
	switch from := types[0]; from.Kind {
	case Varchar, Char:
		out = x
	case Real, Double:
		wrap("fl_double_cast(CAST(", " AS VARCHAR))")
	case Timestamp, TimestampTZ, Time:
		out = e.aside(func() { e.raw(pos, Render(string(x.text), from)) })
	case JSON:
		out = e.aside(func() {
			e.around(pos, "CASE WHEN json_type(", x, ") IN ('ARRAY', 'OBJECT') THEN CAST(CAST('"+failMark+"INVALID_CAST_ARGUMENT: Cannot cast ''"+"' || CAST(")
			e.splice(x)
			e.around(pos, " AS VARCHAR) || '"+"'' to varchar' AS INTEGER) AS VARCHAR) ELSE json_extract_string(", x, ", '$') END")
		})
	case Array, Map, Row, Varbinary:
		e.fail(failAt(e.src, pos, "TYPE_MISMATCH", "Cannot cast %s to %s", from, typ))
	default:
		wrap("CAST(", " AS VARCHAR)")
	}
	switch {
	case typ.Kind == Char:
		e.around(pos, "rpad(left(", out, fmt.Sprintf(", %d), %d, ' ')", typ.Width, typ.Width))
	case typ.Width > 0:
		e.around(pos, "left(", out, fmt.Sprintf(", %d)", typ.Width))
	default:
		e.around(pos, "(", out, ")")
	}
}
