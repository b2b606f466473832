package rsql

import (
	"fmt"
	"strings"
)

// extract gives an integer, except for the epoch.
func (s *scan) extract(n node, kids []node) (bool, error) {
	if len(kids) < 3 || !kids[1].is("from") {
		return false, nil
	}
	unit := datePart(strings.Trim(kids[0].tok.Text, "'"))
	x, err := s.list(kids[2:])
	if err != nil {
		return true, err
	}
	s.pos += 2
	pos := n.tok.Pos
	out := call("date_part", pos, []node{str(unit, pos)}, x)
	s.emit(castTo("CAST", pos, out, typeName{duck: "INTEGER"})...)
	return true, nil
}

// datePart is DuckDB's name of a date part, whose many spellings are listed at
// https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html
func datePart(part string) string {
	switch p := strings.ToLower(part); p {
	case "y", "yr", "yrs", "years":
		return "year"
	case "mon", "mons", "months":
		return "month"
	case "d", "days":
		return "day"
	case "w", "weeks":
		return "week"
	case "h", "hr", "hrs", "hours":
		return "hour"
	case "m", "min", "mins", "minutes":
		return "minute"
	case "s", "sec", "secs", "seconds":
		return "second"
	case "ms", "msec", "msecs", "msecond", "mseconds", "millisec", "millisecs", "millisecon", "milliseconds":
		return "millisecond"
	case "us", "microsec", "microsecs", "microsecond", "usecond", "useconds", "microseconds":
		return "microsecond"
	case "qtr", "qtrs", "quarters":
		return "quarter"
	case "c", "cent", "cents", "centuries":
		return "century"
	case "dec", "decs", "decades":
		return "decade"
	case "mil", "mils", "millennia":
		return "millennium"
	case "dow", "dw", "weekday", "dayofweek":
		return "dow"
	case "doy", "dy", "yearday", "dayofyear":
		return "doy"
	default:
		return p
	}
}

// dated rewrites the functions whose first argument is a bare date part.
func (s *scan) dated(n node, in [][]node) (bool, error) {
	f, pos := n.tok.Text, n.tok.Pos
	if len(in) < 2 || len(in[0]) != 1 {
		return false, nil
	}
	part := strings.Trim(in[0][0].tok.Text, `'"`)
	unit := datePart(part)
	switch unit {
	case "millennium", "century", "decade", "year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond", "epoch", "dow", "doy":
	default:
		return true, &SyntaxError{Message: fmt.Sprintf("unit \"%s\" not recognized", part), Pos: in[0][0].tok.Pos}
	}
	args, err := s.lists(in[1:])
	if err != nil {
		return true, err
	}
	s.pos += 2
	switch f {
	case "dateadd", "date_add":
		if len(args) != 2 {
			return true, &SyntaxError{Message: "function dateadd needs three arguments", Pos: pos}
		}
		s.emit(call("rs.main.add_"+unit, pos, args[0], args[1], witness(args[1]))...)
	case "datediff", "date_diff":
		if len(args) != 2 {
			return true, &SyntaxError{Message: "function datediff needs three arguments", Pos: pos}
		}
		s.emit(call("rs.main.diff_"+unit, pos, args[0], args[1], witness(args[1]))...)
	default:
		s.emit(castTo("CAST", pos, call("date_part", pos, append([][]node{{str(unit, pos)}}, args...)...), typeName{duck: "DOUBLE"})...)
	}
	return true, nil
}

// truncated writes DATE_TRUNC, which gives a timestamp of a date too, and whose
// centuries begin with a year 1.
func (s *scan) truncated(n node, in [][]node) (bool, error) {
	if len(in) != 2 || len(in[0]) != 1 || in[0][0].tok.Kind != String {
		return false, nil
	}
	x, err := s.list(in[1])
	if err != nil {
		return true, err
	}
	s.pos += 2
	pos := n.tok.Pos
	s.emit(call("rs.main.truncate_to", pos, []node{str(datePart(strings.Trim(in[0][0].tok.Text, "'")), pos)}, x, witness(x))...)
	return true, nil
}
