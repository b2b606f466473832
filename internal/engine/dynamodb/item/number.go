package item

import (
	"math/big"
	"strconv"
	"strings"
)

// Number is an exact decimal: c × 10^e. Its zero value is not ready; use
// ParseNumber or new numbers from Add.
type Number struct {
	c *big.Int
	e int
}

// digitsKept are the digits that DynamoDB's numbers have, and that a quotient
// is rounded to.
const digitsKept = 38

// farthest is the largest exponent read: DynamoDB's own end is 126, and a text
// of a few bytes must not become a number of megabytes.
const farthest = 1000

// ParseNumber reads a number in JSON's grammar.
func ParseNumber(text string) (Number, bool) {
	if !jsonNumber([]byte(text)) {
		return Number{}, false
	}
	e := 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		var err error
		if e, err = strconv.Atoi(text[at+1:]); err != nil || e > farthest || e < -farthest {
			return Number{}, false
		}
		text = text[:at]
	}
	if whole, fraction, ok := strings.Cut(text, "."); ok {
		text = whole + fraction
		e -= len(fraction)
	}
	c, ok := new(big.Int).SetString(text, 10)
	return Number{c, e}, ok
}

// Whole makes a number of an integer.
func Whole(n int64) Number { return Number{big.NewInt(n), 0} }

// Add returns the exact sum.
func (n Number) Add(m Number) Number {
	if n.e > m.e {
		n, m = m, n
	}
	c := new(big.Int).Mul(m.c, tenTo(m.e-n.e))
	return Number{c.Add(c, n.c), n.e}
}

// Over returns the quotient, rounded half up to 38 digits.
func (n Number) Over(by int64) Number {
	shift := max(digitsKept+2+len(strconv.FormatInt(by, 10))-len(n.c.Text(10)), 0)
	c := new(big.Int).Mul(n.c, tenTo(shift))
	rest := new(big.Int)
	c.QuoRem(c, big.NewInt(by), rest)
	return Number{c, n.e - shift}.rounded()
}

// rounded drops the digits behind the 38th.
func (n Number) rounded() Number {
	extra := len(new(big.Int).Abs(n.c).Text(10)) - digitsKept
	if extra <= 0 {
		return n
	}
	half := new(big.Int).Quo(tenTo(extra), big.NewInt(2))
	if n.c.Sign() < 0 {
		half.Neg(half)
	}
	c := new(big.Int).Add(n.c, half)
	return Number{c.Quo(c, tenTo(extra)), n.e + extra}
}

// String writes the number without a needless zero, and with an exponent only
// when it is very large or very small.
func (n Number) String() string {
	if n.c.Sign() == 0 {
		return "0"
	}
	text := new(big.Int).Abs(n.c).Text(10)
	trimmed := strings.TrimRight(text, "0")
	e := n.e + len(text) - len(trimmed)
	sign := ""
	if n.c.Sign() < 0 {
		sign = "-"
	}
	point := len(trimmed) + e // digits before the point
	switch {
	case e >= 0 && point <= digitsKept+2:
		return sign + trimmed + strings.Repeat("0", e)
	case e < 0 && point > 0:
		return sign + trimmed[:point] + "." + trimmed[point:]
	case e < 0 && point > -10:
		return sign + "0." + strings.Repeat("0", -point) + trimmed
	}
	if len(trimmed) > 1 {
		return sign + trimmed[:1] + "." + trimmed[1:] + "E" + strconv.Itoa(point-1)
	}
	return sign + trimmed + "E" + strconv.Itoa(point-1)
}

// Exact writes the number for ParseExact, which reads any that was worked out.
func (n Number) Exact() string { return n.c.Text(10) + "E" + strconv.Itoa(n.e) }

// ParseExact reads what Exact wrote.
func ParseExact(text string) (Number, bool) {
	coefficient, exponent, ok := strings.Cut(text, "E")
	if !ok {
		return Number{}, false
	}
	e, err := strconv.Atoi(exponent)
	c, isInt := new(big.Int).SetString(coefficient, 10)
	return Number{c, e}, err == nil && isInt
}

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
