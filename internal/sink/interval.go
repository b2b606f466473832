package sink

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// durationCell writes lengths of time as ISO 8601 durations in seconds.
type durationCell struct {
	values []arrow.Duration
	unit   arrow.TimeUnit
}

func (c *durationCell) bind(a arrow.Array) { c.values = a.(valued[arrow.Duration]).Values() }
func (c *durationCell) appendText(b []byte, row int) []byte {
	seconds, nanos := split(int64(c.values[row]), c.unit)
	return appendInterval(b, 0, 0, seconds, nanos)
}
func (c *durationCell) appendJSON(b []byte, row int) []byte { return quoted(b, c, row) }
func (c *durationCell) look() look                          { return quiet }

// monthsCell writes intervals of months.
type monthsCell struct{ values []arrow.MonthInterval }

func (c *monthsCell) bind(a arrow.Array) { c.values = a.(valued[arrow.MonthInterval]).Values() }
func (c *monthsCell) appendText(b []byte, row int) []byte {
	return appendInterval(b, int64(c.values[row]), 0, 0, 0)
}
func (c *monthsCell) appendJSON(b []byte, row int) []byte { return quoted(b, c, row) }
func (c *monthsCell) look() look                          { return quiet }

// dayTimeCell writes intervals of days and milliseconds.
type dayTimeCell struct{ values []arrow.DayTimeInterval }

func (c *dayTimeCell) bind(a arrow.Array) {
	c.values = a.(*array.DayTimeInterval).DayTimeIntervalValues()
}
func (c *dayTimeCell) appendText(b []byte, row int) []byte {
	v := c.values[row]
	seconds, rest := floorDiv(int64(v.Milliseconds), 1000)
	return appendInterval(b, 0, int64(v.Days), seconds, rest*1e6)
}
func (c *dayTimeCell) appendJSON(b []byte, row int) []byte { return quoted(b, c, row) }
func (c *dayTimeCell) look() look                          { return quiet }

// monthDayNanoCell writes intervals of months, days and nanoseconds.
type monthDayNanoCell struct{ values []arrow.MonthDayNanoInterval }

func (c *monthDayNanoCell) bind(a arrow.Array) {
	c.values = a.(*array.MonthDayNanoInterval).MonthDayNanoIntervalValues()
}
func (c *monthDayNanoCell) appendText(b []byte, row int) []byte {
	v := c.values[row]
	seconds, nanos := floorDiv(v.Nanoseconds, 1e9)
	return appendInterval(b, int64(v.Months), int64(v.Days), seconds, nanos)
}
func (c *monthDayNanoCell) appendJSON(b []byte, row int) []byte { return quoted(b, c, row) }
func (c *monthDayNanoCell) look() look                          { return quiet }

// appendInterval writes an ISO 8601 duration. Each part has its own sign, as
// PostgreSQL writes them; the zero interval is PT0S. nanos are never negative.
func appendInterval(b []byte, months, days, seconds, nanos int64) []byte {
	b = append(b, 'P')
	start := len(b)
	if years := months / 12; years != 0 {
		b = append(strconv.AppendInt(b, years, 10), 'Y')
	}
	if months %= 12; months != 0 {
		b = append(strconv.AppendInt(b, months, 10), 'M')
	}
	if days != 0 {
		b = append(strconv.AppendInt(b, days, 10), 'D')
	}
	if seconds != 0 || nanos != 0 || len(b) == start {
		b = append(b, 'T')
		if seconds < 0 && nanos > 0 { // -1 s + 0.25 s is written -0.75
			if seconds, nanos = seconds+1, 1e9-nanos; seconds == 0 {
				b = append(b, '-')
			}
		}
		b = strconv.AppendInt(b, seconds, 10)
		b = append(appendFraction(b, nanos), 'S')
	}
	return b
}
