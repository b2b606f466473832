package rsql

import (
	"fmt"
	"strings"
)

func replaceN(interval string) string { return strings.ReplaceAll(interval, "%n", "n") }

// formatted rewrites the functions whose last argument is a format. Its
// meaning is worked out here, so it has to be a literal.
func (s *scan) formatted(n node, in [][]node) (bool, error) {
	f, pos := n.tok.Text, n.tok.Pos
	if len(in) < 2 {
		return false, nil
	}
	if len(in[1]) != 1 || in[1][0].tok.Kind != String {
		return true, &SyntaxError{Message: fmt.Sprintf("%s: the format has to be a string literal here", f), Pos: posOf(in[1], pos)}
	}
	format := strings.ReplaceAll(strings.Trim(in[1][0].tok.Text, "'"), "''", "'")
	x, err := s.list(in[0])
	if err != nil {
		return true, err
	}
	s.pos += 2
	switch f {
	case "to_char":
		var w writer
		w.list(x)
		s.emit(call("rs.main.to_char", pos, []node{value(dateText(w.text.String(), format), pos)},
			[]node{value(numberText(w.text.String(), format), pos)}, witness(x))...)
	case "to_date":
		s.emit(castTo("CAST", pos, call("strptime", pos, x, []node{str(strptime(format), pos)}), typeName{duck: "DATE"})...)
	case "to_timestamp":
		s.emit(castTo("CAST", pos, call("strptime", pos, x, []node{str(strptime(format), pos)}), typeName{duck: "TIMESTAMP WITH TIME ZONE"})...)
	case "to_number":
		scale := 0
		if _, fraction, ok := strings.Cut(strings.ToUpper(format), "D"); ok {
			scale = strings.Count(fraction, "9") + strings.Count(fraction, "0")
		} else if _, fraction, ok := strings.Cut(format, "."); ok {
			scale = strings.Count(fraction, "9") + strings.Count(fraction, "0")
		}
		digits := call("rs.main.to_number", pos, x)
		s.emit(castTo("CAST", pos, digits, typeName{duck: fmt.Sprintf("DECIMAL(38,%d)", scale)})...)
	}
	return true, nil
}

// code is a pattern of a datetime format: DuckDB's strftime code, or an
// expression over %s, the value.
type code struct{ from, strftime, expression string }

// codes are tried in this order.
// https://docs.aws.amazon.com/redshift/latest/dg/r_FORMAT_strings.html
func codes() []code {
	return []code{
		{"HH24", "%H", ""}, {"HH12", "%I", ""}, {"HH", "%I", ""}, {"MI", "%M", ""}, {"SS", "%S", ""}, {"MS", "%g", ""}, {"US", "%f", ""},
		{"YYYY", "%Y", ""}, {"IYYY", "%G", ""}, {"YY", "%y", ""}, {"MM", "%m", ""}, {"DDD", "%j", ""}, {"DD", "%d", ""}, {"IW", "%V", ""},
		{"MONTH", "%B", "strftime(%s, '%%B')"}, {"MON", "%b", "strftime(%s, '%%b')"}, {"DAY", "%A", "strftime(%s, '%%A')"}, {"DY", "%a", "strftime(%s, '%%a')"},
		{"AM", "%p", ""}, {"PM", "%p", ""}, {"ID", "", "CAST(isodow(%s) AS VARCHAR)"}, {"CC", "", "CAST(century(%s) AS VARCHAR)"}, {"TZ", "%Z", "'UTC'"}, {"OF", "%z", "'+00'"},
		{"D", "", "CAST(dayofweek(%s) + 1 AS VARCHAR)"}, {"Q", "", "CAST(quarter(%s) AS VARCHAR)"},
		{"WW", "", "lpad(CAST((dayofyear(%s) - 1) // 7 + 1 AS VARCHAR), 2, '0')"}, {"J", "", "CAST(CAST(julian(%s) AS BIGINT) AS VARCHAR)"},
	}
}

// eachCode cuts a datetime format into codes, as written, and other text.
// What stands between double quotes is text.
func eachCode(format string, found func(c code, written string), text func(string)) {
	upper := strings.ToUpper(format)
next:
	for i := 0; i < len(format); {
		if format[i] == '"' {
			if end := strings.IndexByte(format[i+1:], '"'); end >= 0 {
				text(format[i+1 : i+1+end])
				i += end + 2
				continue
			}
		}
		if strings.HasPrefix(upper[i:], "FM") {
			i += 2
			continue
		}
		for _, c := range codes() {
			if strings.HasPrefix(upper[i:], c.from) {
				found(c, format[i:i+len(c.from)])
				i += len(c.from)
				continue next
			}
		}
		text(format[i : i+1])
		i++
	}
}

// strptime is a datetime format for reading.
func strptime(format string) string {
	var b strings.Builder
	eachCode(format, func(c code, _ string) { b.WriteString(c.strftime) }, func(s string) { b.WriteString(strings.ReplaceAll(s, "%", "%%")) })
	return b.String()
}

// dateText is the SQL that writes x by a datetime format. Names of months and
// days follow the case of the pattern, and are padded to nine unless FM says not.
func dateText(x, format string) string {
	when := "TRY_CAST(CAST(" + x + " AS VARCHAR) AS TIMESTAMP)"
	pad := !strings.Contains(strings.ToUpper(format), "FM")
	var parts []string
	plain := ""
	flush := func() {
		if plain != "" {
			parts = append(parts, "strftime("+when+", "+Quote(plain)+")")
			plain = ""
		}
	}
	eachCode(format, func(c code, written string) {
		if c.expression == "" {
			plain += c.strftime
			return
		}
		flush()
		e := c.expression
		if strings.Contains(e, "%") {
			e = fmt.Sprintf(e, when)
		}
		if len(written) > 1 && c.from != "TZ" && c.from != "WW" {
			switch {
			case written == strings.ToUpper(written):
				e = "upper(" + e + ")"
			case written == strings.ToLower(written):
				e = "lower(" + e + ")"
			}
			if pad && (c.from == "MONTH" || c.from == "DAY") {
				e = "rpad(" + e + ", 9, ' ')"
			}
		}
		parts = append(parts, e)
	}, func(s string) { plain += strings.ReplaceAll(s, "%", "%%") })
	flush()
	if len(parts) == 0 {
		return "''"
	}
	return "(" + strings.Join(parts, " || ") + ")"
}

// numberText is the SQL that writes number x by a numeric format: 9 and 0 are
// digits, with commas and a point; FM drops padding; $, S and MI place signs.
func numberText(x, format string) string {
	value := "TRY_CAST(CAST(" + x + " AS VARCHAR) AS DECIMAL(38,10))"
	f := strings.ToUpper(format)
	fill := !strings.Contains(f, "FM")
	if strings.Trim(f, "FM") == "RN" {
		text := "rs.main.roman(CAST(round(" + value + ") AS INTEGER))"
		if strings.Contains(format, "rn") {
			text = "lower(" + text + ")"
		}
		if fill {
			text = "lpad(" + text + ", 15, ' ')"
		}
		return text
	}
	if symbol, rest := strings.CutPrefix(f, "L"); rest { // the symbol stands in front of the padding
		return "('$' || " + numberText(x, symbol) + ")"
	}
	dollar := strings.Contains(f, "$") || strings.Contains(f, "L")
	whole, fraction, point := strings.Cut(strings.NewReplacer("D", ".", "G", ",", "FM", "").Replace(f), ".")
	count := func(s string) int { return strings.Count(s, "9") + strings.Count(s, "0") }
	scale, digits := count(fraction), count(whole)
	zeros := 0 // digits that are shown even when zero
	if i := strings.IndexByte(whole, '0'); i >= 0 {
		zeros = count(whole[i:])
	}
	commas := strings.Contains(whole, ",")
	abs := fmt.Sprintf("CAST(abs(%s) AS DECIMAL(38,%d))", value, scale)
	text := fmt.Sprintf("CAST(%s AS VARCHAR)", abs)
	if commas {
		text = fmt.Sprintf("format('{:,.%df}', %s)", scale, abs)
	}
	if zeros > 0 {
		width := zeros
		if point {
			width += scale + 1
		}
		text = fmt.Sprintf("lpad(%s, CAST(greatest(%d, length(%s)) AS INTEGER), '0')", text, width, text)
	} else if scale > 0 {
		text = fmt.Sprintf("CASE WHEN %s LIKE '0.%%' THEN substr(%s, 2) ELSE %s END", text, text, text)
	}
	if dollar {
		text = "'$' || " + text
	}
	minus := fmt.Sprintf("CASE WHEN %s < 0 THEN '-' ELSE '' END", value)
	switch {
	case strings.Contains(f, "MI"):
		text = text + " || CASE WHEN " + value + " < 0 THEN '-' ELSE ' ' END"
	case strings.HasSuffix(f, "S"):
		text = text + " || CASE WHEN " + value + " < 0 THEN '-' ELSE '+' END"
	case strings.HasPrefix(strings.TrimPrefix(f, "FM"), "S"):
		text = "CASE WHEN " + value + " < 0 THEN '-' ELSE '+' END || " + text
	default:
		text = minus + " || " + text
	}
	if fill {
		// One column for the sign, one for each mark of the format.
		width := digits + strings.Count(whole, ",") + 1
		if point {
			width += scale + 1
		}
		if dollar {
			width++
		}
		text = fmt.Sprintf("lpad(%s, CAST(greatest(%d, length(%s)) AS INTEGER), ' ')", text, width, text)
	}
	return "(" + text + ")"
}
