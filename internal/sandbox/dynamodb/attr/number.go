package attr

import (
	"math/big"
	"strconv"
	"strings"
)

// Limits of the Number type: "up to 38 digits of precision … 1E-130 to
// 9.9999999999999999999999999999999999999E+125" (Amazon DynamoDB Developer
// Guide, data types).
const (
	maxDigits   = 38
	maxExponent = 125  // exponent of the first significant digit
	minExponent = -130 // likewise
)

// The refusals of the service, word for word.
const (
	errOverflow  Refusal = "Number overflow. Attempting to store a number with magnitude larger than supported range"
	errUnderflow Refusal = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
	errDigits    Refusal = "Attempting to store more than 38 significant digits in a Number"
	errNotNumber Refusal = "The parameter cannot be converted to a numeric value"
)

// decimal is sign × 0.d1d2d3… × 10^(exp+1): exp is the power of the first
// digit. Zero has no digits.
type decimal struct {
	neg    bool
	digits string // no leading and no trailing zeros
	exp    int
}

// Number makes an N from decimal text in any notation the service takes
// ("0042.10", "-1.5e3") and keeps its canonical form ("42.1", "-1500").
func Number(text string) (Value, error) {
	if plain(text) {
		return Value{typ: N, text: text}, nil
	}
	d, err := parseDecimal(text)
	if err != nil {
		return Value{}, err
	}
	return Value{typ: N, text: d.String()}, nil
}

// plain says whether text is of canonical form and surely in range, as most
// numbers are.
func plain(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "0" {
		return text == "0"
	}
	if len(digits) > maxDigits {
		return false
	}
	point := -1
	for i := range len(digits) {
		switch c := digits[i]; {
		case c == '.' && point < 0:
			point = i
		case !isDigit(c):
			return false
		}
	}
	switch {
	case point < 0:
		return digits != "" && digits[0] != '0'
	case point == 0 || point > 1 && digits[0] == '0':
		return false
	}
	last := digits[len(digits)-1]
	return last != '.' && last != '0'
}

// Int makes an N from an integer.
func Int(n int64) Value { return Value{typ: N, text: strconv.FormatInt(n, 10)} }

func parseDecimal(text string) (decimal, error) {
	d, ok, err := scanDecimal(text)
	if err != nil {
		return d, err
	}
	if !ok {
		if text == "" {
			return d, errNotNumber
		}
		return d, errNotNumber + Refusal(": "+text)
	}
	// Zero is range-checked by the exponent it was written with.
	if d.exp > maxExponent {
		return d, errOverflow
	}
	if d.exp < minExponent {
		return d, errUnderflow
	}
	if len(d.digits) > maxDigits {
		return d, errDigits
	}
	if d.digits == "" {
		return decimal{}, nil
	}
	return d, nil
}

// scanDecimal reads [+-]digits[.digits][e[+-]digits]; at least one digit.
func scanDecimal(s string) (decimal, bool, error) {
	var d decimal
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		d.neg = s[i] == '-'
		i++
	}
	whole := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	intPart, fracPart := s[whole:i], ""
	if i < len(s) && s[i] == '.' {
		i++
		start := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		fracPart = s[start:i]
	}
	if intPart == "" && fracPart == "" {
		return d, false, nil
	}
	exp := 0
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		n, err := strconv.ParseInt(strings.TrimPrefix(s[i+1:], "+"), 10, 64)
		if err != nil || i+1 < len(s) && s[i+1] == '+' && i+2 < len(s) && !isDigit(s[i+2]) {
			return d, false, nil
		}
		switch {
		case n > 1<<30:
			return d, true, errOverflow
		case n < -(1 << 30):
			return d, true, errUnderflow
		}
		exp = int(n)
		i = len(s)
	}
	if i != len(s) {
		return d, false, nil
	}
	all := intPart + fracPart
	lead := len(all) - len(strings.TrimLeft(all, "0"))
	d.digits = strings.TrimRight(all[lead:], "0")
	d.exp = len(intPart) - 1 - lead + exp
	if d.digits == "" {
		d.exp, d.neg = exp, false
	}
	return d, true, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// String is the plain notation, which is what the service answers with: never
// an exponent, no needless zeros.
func (d decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.neg {
		b.WriteByte('-')
	}
	n := len(d.digits)
	switch point := d.exp + 1; {
	case point <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -point))
		b.WriteString(d.digits)
	case point >= n:
		b.WriteString(d.digits)
		b.WriteString(strings.Repeat("0", point-n))
	default:
		b.WriteString(d.digits[:point])
		b.WriteByte('.')
		b.WriteString(d.digits[point:])
	}
	return b.String()
}

// canonical reads text that Number made.
func canonical(text string) decimal {
	d, _, _ := scanDecimal(text)
	if d.digits == "" {
		return decimal{}
	}
	return d
}

func (d decimal) compare(e decimal) int {
	switch {
	case d.sign() != e.sign():
		return cmpInt(d.sign(), e.sign())
	case d.digits == "":
		return 0
	}
	c := cmpInt(d.exp, e.exp)
	if c == 0 {
		c = strings.Compare(d.digits, e.digits)
	}
	if d.neg {
		return -c
	}
	return c
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.neg:
		return -1
	}
	return 1
}

func cmpInt(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Add returns a + b exactly, or the refusal that a result of more than 38
// digits or out of range meets. Both must be N.
func Add(a, b Value) (Value, error) { return sum(a, b, false) }

// Subtract returns a - b under the same rules as Add.
func Subtract(a, b Value) (Value, error) { return sum(a, b, true) }

func sum(a, b Value, negate bool) (Value, error) {
	da, db := canonical(a.text), canonical(b.text)
	if negate {
		db.neg = !db.neg
	}
	// Bring both to the smaller scale: at most 256 digits apart.
	ea, eb := da.exp-len(da.digits)+1, db.exp-len(db.digits)+1
	if da.digits == "" {
		ea = eb
	}
	if db.digits == "" {
		eb = ea
	}
	low := min(ea, eb)
	total := new(big.Int).Add(da.scaled(ea-low), db.scaled(eb-low))
	text := total.String()
	if low != 0 {
		text += "e" + strconv.Itoa(low)
	}
	if total.Sign() == 0 {
		text = "0"
	}
	return Number(text)
}

func (d decimal) scaled(shift int) *big.Int {
	n := new(big.Int)
	if d.digits == "" {
		return n
	}
	n.SetString(d.digits+strings.Repeat("0", shift), 10)
	if d.neg {
		n.Neg(n)
	}
	return n
}

// numberSize is what a number adds to the size of an item: one byte, one for
// each two significant digits on either side of the point, one for a minus.
// Leading and trailing zeros do not count.
func numberSize(text string) int {
	d := canonical(text)
	if d.digits == "" {
		return 1
	}
	whole := min(max(d.exp+1, 0), len(d.digits))
	size := 1 + (len(strings.TrimRight(d.digits[:whole], "0"))+1)/2 + (len(strings.TrimLeft(d.digits[whole:], "0"))+1)/2
	if d.neg {
		size++
	}
	return size
}
