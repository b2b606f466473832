package trino

import (
	"fmt"
	"math/big"
	"strings"
)

// intervalText is a DuckDB expression for an interval literal.
func intervalText(sign, value, unit, to string) (string, bool) {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "-") {
		value = value[1:]
		if sign == "-" {
			sign = ""
		} else {
			sign = "-"
		}
	}
	switch {
	case unit == "year" && to == "month":
		var years, months int
		if n, err := fmt.Sscanf(value, "%d-%d", &years, &months); err != nil || n != 2 {
			return "", false
		}
		return fmt.Sprintf("to_months(%s%d)", sign, years*12+months), true
	case to != "":
		return dayToSecond(sign, value, unit, to)
	}
	var n int
	switch unit {
	case "year", "month", "week", "day", "quarter":
		if _, err := fmt.Sscanf(value, "%d", &n); err != nil || fmt.Sprint(n) != strings.TrimLeft(value, "0") && n != 0 {
			return "", false
		}
	}
	switch unit {
	case "year":
		return fmt.Sprintf("to_months(%s%d)", sign, n*12), true
	case "quarter":
		return fmt.Sprintf("to_months(%s%d)", sign, n*3), true
	case "month":
		return fmt.Sprintf("to_months(%s%d)", sign, n), true
	case "week":
		return fmt.Sprintf("to_days(%s%d)", sign, n*7), true
	case "day":
		return fmt.Sprintf("to_days(%s%d)", sign, n), true
	}
	return seconds(sign, []string{value}, []string{unit})
}

// dayToSecond reads D HH:MM:SS.mmm and its shorter forms.
func dayToSecond(sign, value, unit, to string) (string, bool) {
	units := []string{"day", "hour", "minute", "second"}
	first, last := -1, -1
	for i, u := range units {
		if u == unit {
			first = i
		}
		if u == to {
			last = i
		}
	}
	if first < 0 || last <= first {
		return "", false
	}
	fields := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ':' })
	if len(fields) != last-first+1 {
		return "", false
	}
	return seconds(sign, fields, units[first:last+1])
}

// seconds adds up values of units of fixed length, in microseconds.
func seconds(sign string, values, units []string) (string, bool) {
	total := new(big.Rat)
	for i, v := range values {
		n, ok := new(big.Rat).SetString(v)
		var micros int64
		switch units[i] {
		case "day":
			micros = 86_400_000_000
		case "hour":
			micros = 3_600_000_000
		case "minute":
			micros = 60_000_000
		case "second":
			micros = 1_000_000
		case "millisecond":
			micros = 1000
		default:
			return "", false
		}
		if !ok {
			return "", false
		}
		total.Add(total, n.Mul(n, new(big.Rat).SetInt64(micros)))
	}
	whole := new(big.Int).Quo(total.Num(), total.Denom())
	return "to_microseconds(" + sign + whole.String() + ")", true
}
