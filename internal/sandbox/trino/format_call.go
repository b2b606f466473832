package trino

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// formatSpec is Java's %[argument$][flags][width][.precision]conversion.
var formatSpec = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?(t.|[a-zA-Z%])`)
})

// formatCall writes format('...', a, b) piece by piece, since its format is
// that of Java and the engine's printf refuses values of another type. A format
// that is not a literal goes to printf as it is.
func (e *emitter) formatCall(i int, args [][2]int) int {
	pos, closing := e.toks[i].pos, e.match[i+1]
	if len(args) == 0 || args[0][1]-args[0][0] != 1 || e.toks[args[0][0]].kind != text {
		return e.wrapped(i, closing, "printf(", ")")
	}
	format, next := e.toks[args[0][0]].value, 1
	e.raw(pos, "concat(''")
	for format != "" {
		at := formatSpec().FindStringSubmatchIndex(format)
		if at == nil || at[0] > 0 {
			end := len(format)
			if at != nil {
				end = at[0]
			}
			e.glue(pos, ", "+QuoteText(format[:end]))
			format = format[end:]
			continue
		}
		m := formatSpec().FindStringSubmatch(format)
		format = format[at[1]:]
		if m[5] == "%" || m[5] == "n" {
			e.glue(pos, ", "+QuoteText(map[string]string{"%": "%", "n": "\n"}[m[5]]))
			continue
		}
		n := next
		if m[1] != "" {
			n, _ = strconv.Atoi(m[1]) // digits by the pattern
		} else {
			next++
		}
		if n < 1 || n >= len(args) {
			e.fail(Fail("INVALID_FUNCTION_ARGUMENT", "Format specifier '%s'", m[0]))
			return closing + 1
		}
		e.glue(pos, ",")
		e.formatValue(pos, e.argument(args[n]), m[2], m[3], m[4], m[5])
	}
	e.glue(pos, ")")
	return closing + 1
}

// formatValue writes one value as its conversion says, NULL as "null".
func (e *emitter) formatValue(pos int, x piece, flags, width, precision, conversion string) {
	var before, behind string
	comma := strings.Contains(flags, ",")
	switch {
	case conversion == "d" && comma:
		before, behind = "format('{:,}', ", ")"
	case conversion == "d":
		before, behind = "CAST(", " AS VARCHAR)"
	case conversion == "f" || conversion == "e":
		digits := precision
		if digits == "" {
			digits = "6"
		}
		grouped := ""
		if comma {
			grouped = ","
		}
		before, behind = "format('{:"+grouped+"."+digits+conversion+"}', CAST(", " AS DOUBLE))"
	case conversion == "x":
		before, behind = "lower(hex(CAST(", " AS BIGINT)))"
	case conversion == "X":
		before, behind = "hex(CAST(", " AS BIGINT))"
	case conversion == "s", conversion == "S", conversion == "b":
		types, known := e.typesOf(pos, x)
		if !known {
			return
		}
		before, behind = "("+Render(string(x.text), types[0]), ")"
		x = piece{}
	case strings.HasPrefix(conversion, "t"):
		spec, ok := map[byte]string{'A': "%A", 'a': "%a", 'B': "%B", 'b': "%b", 'e': "%-d", 'd': "%d", 'Y': "%Y", 'y': "%y", 'm': "%m", 'H': "%H", 'M': "%M", 'S': "%S",
			'F': "%Y-%m-%d", 'T': "%H:%M:%S", 'R': "%H:%M", 'D': "%m/%d/%y", 'j': "%j", 'p': "%p", 'I': "%I", 'L': "%g"}[conversion[1]]
		if !ok {
			e.fail(Fail("INVALID_FUNCTION_ARGUMENT", "UnknownFormatConversion: %s", conversion))
		}
		before, behind = "strftime(", ", "+QuoteText(spec)+")"
	default:
		e.fail(Fail("INVALID_FUNCTION_ARGUMENT", "Conversion = '%s'", conversion))
	}
	before, behind = "coalesce("+before, behind+", 'null')"
	if strings.Contains(flags, "+") && conversion != "s" {
		before, behind = "regexp_replace("+before, behind+", '^([0-9])', '+\\1')"
	}
	if width != "" {
		pad, side := "' '", "fl_left("
		if strings.Contains(flags, "0") {
			pad, side = "'0'", "fl_left("
		}
		if strings.Contains(flags, "-") {
			side = "fl_right("
		}
		before, behind = side+before, fmt.Sprintf("%s, %s, %s)", behind, width, pad)
	}
	e.around(pos, before, x, behind)
}
