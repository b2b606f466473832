package result

import (
	"errors"
	"math"
	"math/bits"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// Why a text was not taken.
// Infinity, later than every other value, as PostgreSQL has it; its negative is
// earlier than every other. Arrow has none, and DuckDB uses the same numbers.
const (
	DateInfinity      arrow.Date32    = math.MaxInt32
	TimestampInfinity arrow.Timestamp = math.MaxInt64
)

var (
	errSyntax = errors.New("wrong form")
	errRange  = errors.New("out of range")
	errDigits = errors.New("more digits than the type has")
)

// parseDecimal reads a plain decimal ("-12.340") into precision digits of which
// scale stand behind the point. Digits beyond the scale must be zeros.
func parseDecimal(s string, precision, scale int32) (decimal128.Num, error) {
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	var hi, lo uint64
	var digits, significant, fraction int32
	point := false
	push := func(d uint64) {
		carry, low := bits.Mul64(lo, 10)
		low, more := bits.Add64(low, d, 0)
		hi, lo = hi*10+carry+more, low
		if significant > 0 || d != 0 {
			significant++
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && !point:
			point = true
			continue
		case c < '0' || c > '9':
			return decimal128.Num{}, errSyntax
		}
		digits++
		if point {
			if fraction == scale {
				if c != '0' {
					return decimal128.Num{}, errDigits
				}
				continue
			}
			fraction++
		}
		push(uint64(c - '0'))
		if significant > precision {
			return decimal128.Num{}, errRange
		}
	}
	if digits == 0 {
		return decimal128.Num{}, errSyntax
	}
	for ; fraction < scale; fraction++ {
		push(0)
		if significant > precision {
			return decimal128.Num{}, errRange
		}
	}
	n := decimal128.New(int64(hi), lo)
	if negative {
		n = n.Negate()
	}
	return n, nil
}

// number reads the decimal digits at the start of s, at least least and at
// most most of them, and returns what follows.
func number(s string, least, most int) (n int64, rest string, err error) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int64(s[i]-'0')
		i++
	}
	if i < least {
		return 0, s, errSyntax
	}
	return n, s[i:], nil
}

// civil reads "YYYY-MM-DD" (years of four to six digits, a leading minus as
// Trino writes years before 0) and returns days since 1970-01-01.
func civil(s string, bc bool) (days int64, rest string, err error) {
	sign := int64(1)
	if strings.HasPrefix(s, "-") {
		sign, s = -1, s[1:]
	}
	var year, month, day int64
	if year, s, err = number(s, 4, 6); err != nil {
		return 0, s, err
	}
	if s == "" || s[0] != '-' {
		return 0, s, errSyntax
	}
	if month, s, err = number(s[1:], 2, 2); err != nil {
		return 0, s, err
	}
	if s == "" || s[0] != '-' {
		return 0, s, errSyntax
	}
	if day, s, err = number(s[1:], 2, 2); err != nil {
		return 0, s, err
	}
	year *= sign
	if bc { // PostgreSQL's 1 BC is the astronomical year 0.
		year = 1 - year
	}
	if month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
		return 0, s, errRange
	}
	return daysFromCivil(year, month, day), s, nil
}

func monthDays(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysFromCivil counts days from 1970-01-01 in the proleptic Gregorian
// calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
func daysFromCivil(y, m, d int64) int64 {
	if m <= 2 {
		y--
	}
	era := y
	if y < 0 {
		era = y - 399
	}
	era /= 400
	yearOfEra := y - era*400
	month := m - 3
	if m <= 2 {
		month = m + 9
	}
	dayOfYear := (153*month+2)/5 + d - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 719468
}

func parseDate(s string) (arrow.Date32, error) {
	switch s {
	case "infinity":
		return DateInfinity, nil
	case "-infinity":
		return -DateInfinity, nil
	}
	s, bc := strings.CutSuffix(s, " BC")
	days, rest, err := civil(s, bc)
	if err != nil {
		return 0, err
	}
	if rest != "" {
		return 0, errSyntax
	}
	return arrow.Date32(days), nil
}

// parseTimestamp reads "YYYY-MM-DD hh:mm:ss[.fraction]", with an offset behind
// it when zoned, into ticks of unit since 1970 (UTC when zoned).
func parseTimestamp(s string, unit arrow.TimeUnit, zoned bool) (arrow.Timestamp, error) {
	switch s {
	case "infinity":
		return TimestampInfinity, nil
	case "-infinity":
		return -TimestampInfinity, nil
	}
	s, bc := strings.CutSuffix(s, " BC")
	days, s, err := civil(s, bc)
	if err != nil {
		return 0, err
	}
	var seconds, nanos int64
	if s != "" {
		if s[0] != ' ' && s[0] != 'T' {
			return 0, errSyntax
		}
		if seconds, nanos, s, err = clock(s[1:]); err != nil {
			return 0, err
		}
	}
	if zoned {
		offset, err := zoneOffset(s)
		if err != nil {
			return 0, err
		}
		seconds -= offset
	} else if s != "" {
		return 0, errSyntax
	}
	return ticks(days*86400+seconds, nanos, unit)
}

// ticks joins seconds and nanoseconds into unit, refusing what it cannot hold.
func ticks(seconds, nanos int64, unit arrow.TimeUnit) (arrow.Timestamp, error) {
	var perSecond int64
	switch unit {
	case arrow.Second:
		perSecond = 1
	case arrow.Millisecond:
		perSecond = 1e3
	case arrow.Microsecond:
		perSecond = 1e6
	default:
		perSecond = 1e9
	}
	part := 1e9 / perSecond
	if nanos%part != 0 {
		return 0, errDigits
	}
	if seconds > math.MaxInt64/perSecond-1 || seconds < math.MinInt64/perSecond+1 {
		return 0, errRange
	}
	return arrow.Timestamp(seconds*perSecond + nanos/part), nil
}

// clock reads "hh:mm[:ss[.fraction]]" and returns what follows. Redshift and
// PostgreSQL may write 24:00:00.
func clock(s string) (seconds, nanos int64, rest string, err error) {
	var hour, minute, second int64
	if hour, s, err = number(s, 2, 2); err != nil {
		return 0, 0, s, err
	}
	if s == "" || s[0] != ':' {
		return 0, 0, s, errSyntax
	}
	if minute, s, err = number(s[1:], 2, 2); err != nil {
		return 0, 0, s, err
	}
	if s != "" && s[0] == ':' {
		if second, s, err = number(s[1:], 2, 2); err != nil {
			return 0, 0, s, err
		}
		if s != "" && s[0] == '.' {
			if nanos, s, err = fractionNanos(s[1:]); err != nil {
				return 0, 0, s, err
			}
		}
	}
	if hour > 24 || minute > 59 || second > 60 {
		return 0, 0, s, errRange
	}
	return hour*3600 + minute*60 + second, nanos, s, nil
}

// fractionNanos reads the digits behind a decimal point as nanoseconds; finer
// digits must be zeros.
func fractionNanos(s string) (nanos int64, rest string, err error) {
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if i < 9 {
			nanos = nanos*10 + int64(s[i]-'0')
		} else if s[i] != '0' {
			return 0, s, errDigits
		}
	}
	if i == 0 {
		return 0, s, errSyntax
	}
	for n := i; n < 9; n++ {
		nanos *= 10
	}
	return nanos, s[i:], nil
}

// zoneOffset reads "Z", "UTC", "+hh", "+hh:mm" or "+hh:mm:ss" as seconds east of Greenwich.
func zoneOffset(s string) (int64, error) {
	s = strings.TrimPrefix(s, " ")
	if s == "Z" || s == "UTC" {
		return 0, nil
	}
	if s == "" || (s[0] != '+' && s[0] != '-') {
		return 0, errSyntax
	}
	sign := int64(1)
	if s[0] == '-' {
		sign = -1
	}
	var total int64
	s = s[1:]
	for _, weight := range []int64{3600, 60, 1} {
		n, rest, err := number(s, 2, 2)
		if err != nil {
			return 0, err
		}
		total += n * weight
		s = strings.TrimPrefix(rest, ":")
		if rest == "" {
			return sign * total, nil
		}
	}
	return 0, errSyntax
}
