package athena

import (
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// literals renders the values of the statement's question marks as Athena takes
// them: SQL literals as text, in order.
func literals(args []engine.Arg) ([]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	list := make([]string, len(args))
	for i, a := range args {
		text, ok := literal(a)
		if !ok {
			return nil, fault.Newf(fault.Usage, "Parameter %d cannot be %q: that is no %s", i+1, a.Value, a.Type).
				WithRemedy("types are text, number, boolean, date (2026-01-31), timestamp (2026-01-31 12:00:00) and null")
		}
		list[i] = text
	}
	return list, nil
}

// literal is one value as a Trino literal
// (https://trino.io/docs/current/language/types.html); ok is false when the
// text is not of its type.
func literal(a engine.Arg) (text string, ok bool) {
	v := strings.TrimSpace(a.Value)
	switch a.Type {
	case "", "text":
		return quoted(a.Value), true
	case "number":
		return v, isNumber(v)
	case "boolean":
		v = strings.ToLower(v)
		return v, v == "true" || v == "false"
	case "date":
		_, err := time.Parse(time.DateOnly, v)
		return "DATE " + quoted(v), err == nil
	case "timestamp":
		v = strings.TrimSuffix(strings.Replace(v, "T", " ", 1), "Z")
		for _, layout := range []string{time.DateTime, "2006-01-02 15:04", time.DateOnly} {
			if _, err := time.Parse(layout, v); err == nil { // takes fractions of a second too
				return "TIMESTAMP " + quoted(v), true
			}
		}
		return "", false
	case "null":
		return "NULL", true
	}
	return "", false
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// isNumber reports whether s is a number as Trino writes it, and nothing else:
// the text becomes part of the statement.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(s), "e")
	if scientific {
		exponent = strings.TrimLeft(exponent, "+-")
		if exponent == "" || strings.Trim(exponent, "0123456789") != "" {
			return false
		}
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	digits := whole + fraction
	return digits != "" && strings.Trim(digits, "0123456789") == "" && (!point || len(digits) > 0)
}
