package sink

import (
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

const secondsPerDay = 86400

// date32Cell writes dates.
type date32Cell struct{ values []arrow.Date32 }

func (c *date32Cell) bind(a arrow.Array) { c.values = a.(valued[arrow.Date32]).Values() }
func (c *date32Cell) appendText(b []byte, row int) []byte {
	return appendDate(b, int64(c.values[row]))
}
func (c *date32Cell) appendJSON(b []byte, row int) []byte { return quoted(b, c, row) }
func (c *date32Cell) look() look                          { return quiet }

// date64Cell writes dates that are stored as milliseconds.
type date64Cell struct{ values []arrow.Date64 }

func (c *date64Cell) bind(a arrow.Array) { c.values = a.(valued[arrow.Date64]).Values() }
func (c *date64Cell) appendText(b []byte, row int) []byte {
	days, _ := floorDiv(int64(c.values[row]), secondsPerDay*1000)
	return appendDate(b, days)
}
func (c *date64Cell) appendJSON(b []byte, row int) []byte { return quoted(b, c, row) }
func (c *date64Cell) look() look                          { return quiet }

// timeCell writes times of day.
type timeCell[T arrow.Time32 | arrow.Time64] struct {
	values []T
	unit   arrow.TimeUnit
}

func (c *timeCell[T]) bind(a arrow.Array) { c.values = a.(valued[T]).Values() }
func (c *timeCell[T]) appendText(b []byte, row int) []byte {
	seconds, nanos := split(int64(c.values[row]), c.unit)
	return appendClock(b, seconds, nanos)
}
func (c *timeCell[T]) appendJSON(b []byte, row int) []byte { return quoted(b, c, row) }
func (c *timeCell[T]) look() look                          { return quiet }

// timestampCell writes moments: local ones bare, those with a zone in that
// zone with its offset, Z for UTC.
type timestampCell struct {
	values  []arrow.Timestamp
	unit    arrow.TimeUnit
	between byte
	zone    *time.Location // nil for a timestamp without zone
}

func newTimestamp(t *arrow.TimestampType, between byte) cell {
	c := &timestampCell{unit: t.Unit, between: between}
	if t.TimeZone != "" {
		c.zone = time.UTC // a zone this machine does not know: the moment is right all the same
		if zone, err := t.GetZone(); err == nil {
			c.zone = zone
		}
	}
	return c
}

func (c *timestampCell) bind(a arrow.Array) { c.values = a.(valued[arrow.Timestamp]).Values() }
func (c *timestampCell) appendText(b []byte, row int) []byte {
	return c.append(b, row, c.between)
}
func (c *timestampCell) appendJSON(b []byte, row int) []byte {
	b = append(b, '"')
	b = c.append(b, row, 'T')
	return append(b, '"')
}

// A space between date and time needs no quotes in CSV either.
func (c *timestampCell) look() look { return quiet }

func (c *timestampCell) append(b []byte, row int, between byte) []byte {
	seconds, nanos := split(int64(c.values[row]), c.unit)
	offset := 0
	if c.zone != nil && c.zone != time.UTC {
		_, offset = time.Unix(seconds, 0).In(c.zone).Zone()
	}
	days, clock := floorDiv(seconds+int64(offset), secondsPerDay)
	b = appendDate(b, days)
	b = append(b, between)
	b = appendClock(b, clock, nanos)
	if c.zone == nil {
		return b
	}
	return appendOffset(b, offset)
}

// split parts a count of units into whole seconds and the nanoseconds above them.
func split(value int64, unit arrow.TimeUnit) (seconds, nanos int64) {
	perSecond := int64(time.Second / unit.Multiplier())
	seconds, rest := floorDiv(value, perSecond)
	return seconds, rest * int64(unit.Multiplier())
}

// floorDiv divides and rounds down, so that the rest is never negative.
func floorDiv(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}

// appendDate writes days since 1970-01-01 as a date of the proleptic Gregorian
// calendar, by counting in eras of 400 years that begin in March (Howard
// Hinnant's civil_from_days). A year has at least four digits; one before the
// year 0 has a minus, one above 9999 a plus, as ISO 8601 wants it.
func appendDate(b []byte, days int64) []byte {
	era, day := floorDiv(days+719468, 146097)
	yearOfEra := (day - day/1460 + day/36524 - day/146096) / 365
	dayOfYear := day - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	month := (5*dayOfYear + 2) / 153
	dayOfMonth := dayOfYear - (153*month+2)/5 + 1
	month += 3
	year := era*400 + yearOfEra
	if month > 12 {
		month, year = month-12, year+1
	}
	switch {
	case year < 0:
		b = append(b, '-')
		year = -year
	case year > 9999:
		b = append(b, '+')
	}
	if year > 9999 {
		b = strconv.AppendInt(b, year, 10)
	} else {
		b = append(b, '0'+byte(year/1000), '0'+byte(year/100%10), '0'+byte(year/10%10), '0'+byte(year%10))
	}
	b = append(b, '-')
	b = appendTwo(b, month)
	b = append(b, '-')
	return appendTwo(b, dayOfMonth)
}

// appendClock writes a time of day, with 3, 6 or 9 digits of a fraction that
// is not zero.
func appendClock(b []byte, seconds, nanos int64) []byte {
	b = appendTwo(b, seconds/3600)
	b = append(b, ':')
	b = appendTwo(b, seconds/60%60)
	b = append(b, ':')
	b = appendTwo(b, seconds%60)
	return appendFraction(b, nanos)
}

func appendFraction(b []byte, nanos int64) []byte {
	if nanos == 0 {
		return b
	}
	digits := 9
	for digits > 3 && nanos%1000 == 0 {
		nanos /= 1000
		digits -= 3
	}
	b = append(b, '.')
	for i := digits; i > 0; i-- {
		b = append(b, '0')
	}
	for i := len(b) - 1; nanos > 0; i-- {
		b[i] = '0' + byte(nanos%10)
		nanos /= 10
	}
	return b
}

func appendOffset(b []byte, offset int) []byte {
	if offset == 0 {
		return append(b, 'Z')
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	b = append(b, sign)
	b = appendTwo(b, int64(offset/3600))
	b = append(b, ':')
	b = appendTwo(b, int64(offset/60%60))
	if offset%60 != 0 { // local mean time, long ago
		b = append(b, ':')
		b = appendTwo(b, int64(offset%60))
	}
	return b
}

func appendTwo(b []byte, n int64) []byte {
	if n > 99 {
		return strconv.AppendInt(b, n, 10)
	}
	return append(b, '0'+byte(n/10), '0'+byte(n%10))
}

// quoted writes a cell's text between quotes; it holds nothing to escape.
func quoted(b []byte, c cell, row int) []byte {
	b = append(b, '"')
	b = c.appendText(b, row)
	return append(b, '"')
}
