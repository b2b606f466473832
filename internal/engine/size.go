package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// Bytes reads an amount of data as a person writes it: "10GB", "1.5 TB",
// "500MiB", "1000". The letters' case does not matter. kB, MB, GB and TB count
// in thousands, as AWS bills; KiB, MiB, GiB and TiB in 1,024s. name is what the
// amount is called in the fault, of code usage.
func Bytes(name, text string) (int64, error) {
	t := strings.TrimSpace(text)
	i := 0
	for i < len(t) && (t[i] >= '0' && t[i] <= '9' || t[i] == '.') {
		i++
	}
	value, err := strconv.ParseFloat(t[:i], 64)
	unit, known := byteUnit(strings.ToLower(strings.TrimSpace(t[i:])))
	if err != nil || !known || value <= 0 || value*unit >= math.MaxInt64 {
		return 0, fault.Newf(fault.Usage, "%s cannot be %q", name, text).WithRemedy("give an amount such as 500MB, 10GB or 1.5TB")
	}
	return int64(value * unit), nil
}

// BytesText is a number of bytes for people, in decimal units, as AWS bills.
func BytesText(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	value, unit := float64(n), 0
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	if unit == 0 || value >= 99.95 {
		return fmt.Sprintf("%.0f %s", value, units[unit])
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}

func byteUnit(s string) (float64, bool) {
	switch s {
	case "", "b":
		return 1, true
	case "kb", "k":
		return 1e3, true
	case "mb", "m":
		return 1e6, true
	case "gb", "g":
		return 1e9, true
	case "tb", "t":
		return 1e12, true
	case "pb", "p":
		return 1e15, true
	case "kib":
		return 1 << 10, true
	case "mib":
		return 1 << 20, true
	case "gib":
		return 1 << 30, true
	case "tib":
		return 1 << 40, true
	case "pib":
		return 1 << 50, true
	}
	return 0, false
}
