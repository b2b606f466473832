package rsql

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Dates and intervals as Redshift reads them and the engine does not.

// datePattern cuts a text into what may be a date and the clock behind it.
var datePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(\d{8}|\d{1,2}[-/]\d{1,2}[-/]\d{4}|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}-[A-Za-z]{3}-\d{4}|[A-Za-z]{3,9} \d{1,2},? \d{4})(?:[ T](.*))?$`)
})

// isoDate turns the spellings of a date that Redshift takes beside ISO 8601,
// with the datestyle "ISO, MDY", into it. Other texts stay as they are.
// https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html
func isoDate(text string) string {
	m := datePattern().FindStringSubmatch(text)
	if m == nil {
		return text
	}
	for _, layout := range []string{"20060102", "1/2/2006", "1-2-2006", "2006/1/2", "2-Jan-2006", "Jan 2 2006", "January 2 2006"} {
		day, err := time.Parse(layout, strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			continue
		}
		out := day.Format("2006-01-02")
		if m[2] != "" {
			out += " " + m[2]
		}
		return out
	}
	return text
}

// dateLiteral rewrites a string token that a date is read from.
func dateLiteral(n node) node {
	if n.group == 0 && n.tok.Kind == String && strings.HasPrefix(n.tok.Text, "'") {
		n.tok.Text = Quote(isoDate(strings.ReplaceAll(strings.Trim(n.tok.Text, "'"), "''", "'")))
	}
	return n
}

// takesDates tells the functions whose string arguments are dates.
func takesDates(f string) bool {
	switch f {
	case "dateadd", "date_add", "datediff", "date_diff", "date_part", "pgdate_part", "date_trunc", "convert_timezone", "add_months", "months_between", "last_day", "next_day", "date_cmp", "timestamp_cmp", "trunc":
		return true
	}
	return false
}

// dateArguments rewrites the arguments that are nothing but a string.
func dateArguments(kids []node) []node {
	out := append([]node(nil), kids...)
	for i := range out {
		alone := (i == 0 || out[i-1].is(",")) && (i == len(out)-1 || out[i+1].is(","))
		if alone {
			out[i] = dateLiteral(out[i])
		}
	}
	return out
}

// microseconds of the parts of fixed length.
func microsecondsOf(unit string) int64 {
	switch unit {
	case "week":
		return 7 * 86_400_000_000
	case "day":
		return 86_400_000_000
	case "hour":
		return 3_600_000_000
	case "minute":
		return 60_000_000
	case "second":
		return 1_000_000
	case "millisecond":
		return 1000
	case "microsecond":
		return 1
	}
	return 0
}

func monthsOf(unit string) int64 {
	switch unit {
	case "month":
		return 1
	case "quarter":
		return 3
	case "year":
		return 12
	case "decade":
		return 120
	case "century":
		return 1200
	case "millennium":
		return 12000
	}
	return 0
}

var intervalPart = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([+-]?\d*\.?\d+)\s*([A-Za-z]*)\s*,?\s*`)
})

// intervalText turns '1w, 3 hours' into what the engine reads: months, days
// and microseconds. A number without a part counts seconds. ok is false for
// what is not of this form.
// https://docs.aws.amazon.com/redshift/latest/dg/r_interval_literals.html
func intervalText(text string) (out string, ok bool) {
	months, days, micros := new(big.Rat), new(big.Rat), new(big.Rat)
	rest := strings.TrimSpace(text)
	for rest != "" {
		m := intervalPart().FindStringSubmatch(rest)
		if m == nil {
			return "", false
		}
		rest = rest[len(m[0]):]
		n, good := new(big.Rat).SetString(m[1])
		if !good {
			return "", false
		}
		unit := "second"
		if m[2] != "" {
			unit = datePart(m[2])
		}
		switch {
		case monthsOf(unit) > 0:
			months.Add(months, n.Mul(n, new(big.Rat).SetInt64(monthsOf(unit))))
		case unit == "day" && n.IsInt():
			days.Add(days, n)
		case unit == "week" && n.IsInt():
			days.Add(days, n.Mul(n, new(big.Rat).SetInt64(7)))
		case microsecondsOf(unit) > 0:
			micros.Add(micros, n.Mul(n, new(big.Rat).SetInt64(microsecondsOf(unit))))
		default:
			return "", false
		}
	}
	whole := func(r *big.Rat) *big.Int { return new(big.Int).Quo(r.Num(), r.Denom()) }
	return fmt.Sprintf("'%s months %s days %s microseconds'", whole(months), whole(days), whole(micros)), true
}

// typed rewrites what follows DATE, TIMESTAMP or INTERVAL as a literal.
func (s *scan) typed(n node) bool {
	literal := s.peek(1)
	if literal.group != 0 || literal.tok.Kind != String || !strings.HasPrefix(literal.tok.Text, "'") {
		return false
	}
	switch n.tok.Text {
	case "date", "timestamp", "timestamptz":
		s.emit(n, dateLiteral(literal))
	case "interval":
		text, ok := intervalText(strings.ReplaceAll(strings.Trim(literal.tok.Text, "'"), "''", "'"))
		if !ok || datePart(s.peek(2).name()) == "year" || datePart(s.peek(2).name()) == "month" || datePart(s.peek(2).name()) == "day" {
			return false // INTERVAL '1-2' YEAR TO MONTH
		}
		literal.tok.Text = text
		s.emit(n, literal)
	default:
		return false
	}
	s.pos += 2
	return true
}
