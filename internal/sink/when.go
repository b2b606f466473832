package sink

import (
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/result"
)

const secondsPerDay = 86400

// date32Cell writes dates, infinity among them.
type date32Cell struct {
	values []arrow.Date32
	days   dayText
}

func (c *date32Cell) bind(a arrow.Array) { c.values = a.(valued[arrow.Date32]).Values() }
func (c *date32Cell) appendText(b []byte, row int) []byte {
	v := c.values[row]
	if v == result.DateInfinity || v == -result.DateInfinity {
		return appendInfinity(b, v < 0)
	}
	return c.days.append(b, int64(v))
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
	days    dayText
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
	v := c.values[row]
	if v == result.TimestampInfinity || v == -result.TimestampInfinity {
		return appendInfinity(b, v < 0)
	}
	seconds, nanos := split(int64(v), c.unit)
	offset := 0
	if c.zone != nil && c.zone != time.UTC {
		_, offset = time.Unix(seconds, 0).In(c.zone).Zone()
	}
	days, clock := floorDiv(seconds+int64(offset), secondsPerDay)
	b = c.days.append(b, days)
	b = append(b, between)
	b = appendClock(b, clock, nanos)
	if c.zone == nil {
		return b
	}
	return appendOffset(b, offset)
}

func appendInfinity(b []byte, negative bool) []byte {
	if negative {
		b = append(b, '-')
	}
	return append(b, "infinity"...)
}

// dayText keeps the text of the last day that was written: rows in order of
// time have the same one for long.
type dayText struct {
	day  int64
	text []byte
}

func (d *dayText) append(b []byte, day int64) []byte {
	if d.text == nil || d.day != day {
		d.day, d.text = day, appendDate(d.text[:0], day)
	}
	return append(b, d.text...)
}

// split parts a count of units into whole seconds and the nanoseconds above them.
func split(value int64, unit arrow.TimeUnit) (seconds, nanos int64) {
	if unit == arrow.Microsecond { // by far the most; a constant is divided by faster
		seconds, rest := floorDiv(value, 1e6)
		return seconds, rest * 1e3
	}
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
	if seconds >= 100*3600 { // no time of day, and written all the same
		b = strconv.AppendInt(b, seconds/3600, 10)
		seconds %= 3600
	} else {
		hour := byte(uint32(seconds) / 3600)
		b = append(b, '0'+hour/10, '0'+hour%10)
	}
	rest := uint32(seconds) % 3600
	minute, second := byte(rest/60), byte(rest%60)
	b = append(b, ':', '0'+minute/10, '0'+minute%10, ':', '0'+second/10, '0'+second%10)
	return appendFraction(b, nanos)
}

func appendFraction(b []byte, nanos int64) []byte {
	if nanos == 0 {
		return b
	}
	n, digits := uint32(nanos), 9 // below 10^9
	for digits > 3 && n%1000 == 0 {
		n /= 1000
		digits -= 3
	}
	b = append(b, ".000000000"[:digits+1]...)
	for i := len(b) - 1; n > 0; i-- {
		b[i] = '0' + byte(n%10)
		n /= 10
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
