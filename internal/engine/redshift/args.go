package redshift

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/redshift/dataapi"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// checkArgs refuses a value that is not of the type it is said to have, before
// anything is sent.
func checkArgs(args []engine.Arg) error {
	for i, a := range args {
		ok := true
		switch a.Type {
		case "text", "", "null":
		case "number":
			ok = isNumber(a.Value)
		case "boolean":
			ok = strings.EqualFold(a.Value, "true") || strings.EqualFold(a.Value, "false")
		case "date":
			_, err := time.Parse(time.DateOnly, a.Value)
			ok = err == nil
		case "timestamp":
			ok = isTimestamp(a.Value)
		default:
			return fault.Newf(fault.Usage, "Parameter $%d has the unknown type %q", i+1, a.Type).
				WithRemedy("types: text, number, boolean, date, timestamp, null")
		}
		if !ok {
			return fault.Newf(fault.Usage, "Parameter $%d is not a %s: %q", i+1, a.Type, a.Value).
				WithRemedy(argForms(a.Type))
		}
	}
	return nil
}

func argForms(kind string) string {
	switch kind {
	case "date":
		return "write a date as 2026-01-31"
	case "timestamp":
		return "write a timestamp as 2026-01-31 23:59:59.999999, with +00:00 behind it for one with a zone"
	case "boolean":
		return "write true or false"
	}
	return "write a number as 42, -1.50 or 6.02e23"
}

// isNumber holds for an SQL number with a sign.
func isNumber(s string) bool {
	if s == "" || strings.ContainsAny(s, "_xXpPiInN") { // Go's own forms, infinity and NaN
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil || isRange(err)
}

func isRange(err error) bool {
	n, ok := err.(*strconv.NumError)
	return ok && n.Err == strconv.ErrRange
}

func isTimestamp(s string) bool {
	s = strings.Replace(s, "T", " ", 1)
	for _, form := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02 15:04", "2006-01-02",
		"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07"} {
		if _, err := time.Parse(form, s); err == nil {
			return true
		}
	}
	return false
}

// wireArgs are the values of $1 and so on in text form, and their types; 0
// leaves the type to the statement.
func wireArgs(args []engine.Arg) (values [][]byte, oids []uint32) {
	for _, a := range args {
		var value []byte
		var oid uint32
		switch a.Type {
		case "null":
		case "number":
			value, oid = []byte(a.Value), oidNumeric
			if _, err := strconv.ParseInt(a.Value, 10, 32); err == nil {
				oid = oidInt4
			} else if _, err := strconv.ParseInt(a.Value, 10, 64); err == nil {
				oid = oidInt8
			} else if strings.ContainsAny(a.Value, "eE") {
				oid = oidFloat8
			}
		case "boolean":
			value, oid = []byte(strings.ToLower(a.Value)), oidBool
		case "date":
			value, oid = []byte(a.Value), oidDate
		case "timestamp":
			value, oid = []byte(a.Value), oidTimestamp
			if hasZone(a.Value) {
				oid = oidTimestampTZ
			}
		default:
			value = append(make([]byte, 0, len(a.Value)), a.Value...) // not nil, which is NULL
		}
		values, oids = append(values, value), append(oids, oid)
	}
	return values, oids
}

// hasZone reports whether a timestamp ends in a zone or an offset.
func hasZone(s string) bool {
	_, clock, _ := strings.Cut(strings.Replace(s, "T", " ", 1), " ")
	return strings.ContainsAny(clock, "+-Z")
}

// dataArgs turns $1 and so on into the Data API's named parameters, which are
// all text: a cast tells the type. NULL, which the API has no way to send,
// stands in the text.
func dataArgs(text string, args []engine.Arg) (bound string, parameters []dataapi.Parameter) {
	if len(args) == 0 {
		return text, nil
	}
	used := make([]bool, len(args))
	var b strings.Builder
	from := 0
	eachPlaceholder(text, func(start, end, n int) {
		if n < 1 || n > len(args) {
			return
		}
		b.WriteString(text[from:start])
		from = end
		name := "p" + strconv.Itoa(n)
		_, oids := wireArgs(args[n-1 : n])
		switch {
		case args[n-1].Type == "null":
			b.WriteString("null")
			return
		case oids[0] == 0:
			b.WriteString(":" + name)
		default:
			fmt.Fprintf(&b, "cast(:%s as %s)", name, castName(oids[0], args[n-1].Value))
		}
		if !used[n-1] {
			used[n-1] = true
			parameters = append(parameters, dataapi.Parameter{Name: name, Value: args[n-1].Value})
		}
	})
	b.WriteString(text[from:])
	return b.String(), parameters
}

// castName is what a parameter's type is called in a cast. A numeric is given
// as many digits behind the point as its value has: without a size Redshift
// keeps none.
func castName(oid uint32, value string) string {
	switch oid {
	case oidInt4:
		return "integer"
	case oidInt8:
		return "bigint"
	case oidFloat8:
		return "double precision"
	case oidBool:
		return "boolean"
	case oidDate:
		return "date"
	case oidTimestamp:
		return "timestamp"
	case oidTimestampTZ:
		return "timestamptz"
	}
	_, fraction, _ := strings.Cut(value, ".")
	return fmt.Sprintf("numeric(38,%d)", len(fraction))
}

// eachPlaceholder finds $n where the grammar has one: not in a string, a quoted
// name or a comment. Redshift reads a backslash in a string as an escape, and
// its comments nest.
func eachPlaceholder(text string, found func(start, end, n int)) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			i = afterQuoted(text, i)
		case strings.HasPrefix(text[i:], "--"):
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case strings.HasPrefix(text[i:], "/*"):
			i = afterComment(text, i)
		case c == '$':
			end := i + 1
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			if n, err := strconv.Atoi(text[i+1 : end]); err == nil {
				found(i, end, n)
				i = end
				continue
			}
			i = afterDollar(text, i)
		case isNameByte(c):
			for i < len(text) && (isNameByte(text[i]) || text[i] == '$') {
				i++ // a dollar may stand in a name
			}
		default:
			i++
		}
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func afterQuoted(text string, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '\'':
			i++
		case text[i] == quote:
			return i + 1 // a doubled one begins the next quoted text
		}
	}
	return len(text)
}

func afterComment(text string, i int) int {
	depth := 0
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(text)
}

// afterDollar passes $$text$$ and $tag$text$tag$, and else the dollar alone.
func afterDollar(text string, i int) int {
	end := i + 1
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	if end >= len(text) || text[end] != '$' {
		return i + 1
	}
	tag := text[i : end+1]
	at := strings.Index(text[end+1:], tag)
	if at < 0 {
		return len(text)
	}
	return end + 1 + at + len(tag)
}
