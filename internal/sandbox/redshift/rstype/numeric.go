package rstype

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// The binary numeric of PostgreSQL: base-10000 digits, weight of the first,
// sign and display scale.
const (
	numericNegative = 0x4000
	numericNaN      = 0xC000
)

func appendNumeric(dst []byte, text string) ([]byte, error) {
	var sign uint16
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = numericNegative, rest
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if strings.Trim(whole+fraction, "0123456789") != "" || whole+fraction == "" {
		return dst, fmt.Errorf("%q is not a number", text)
	}
	scale := len(fraction)
	whole = strings.Repeat("0", (4-len(whole)%4)%4) + whole
	fraction += strings.Repeat("0", (4-len(fraction)%4)%4)
	weight := len(whole)/4 - 1
	all := whole + fraction
	var digits []uint16
	for i := 0; i < len(all); i += 4 {
		d := uint16(0)
		for _, c := range all[i : i+4] {
			d = d*10 + uint16(c-'0')
		}
		digits = append(digits, d)
	}
	for len(digits) > 0 && digits[0] == 0 {
		digits, weight = digits[1:], weight-1
	}
	for len(digits) > 0 && digits[len(digits)-1] == 0 {
		digits = digits[:len(digits)-1]
	}
	if len(digits) == 0 {
		weight, sign = 0, 0
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(digits)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight)))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	for _, d := range digits {
		dst = binary.BigEndian.AppendUint16(dst, d)
	}
	return dst, nil
}

// numericText reads a binary numeric.
func numericText(src []byte) (string, error) {
	if len(src) < 8 {
		return "", fmt.Errorf("numeric of %d bytes", len(src))
	}
	n := int(binary.BigEndian.Uint16(src))
	weight := int(int16(binary.BigEndian.Uint16(src[2:])))
	sign := binary.BigEndian.Uint16(src[4:])
	scale := int(binary.BigEndian.Uint16(src[6:]))
	if len(src) != 8+2*n {
		return "", fmt.Errorf("numeric of %d bytes for %d digits", len(src), n)
	}
	if sign != 0 && sign != numericNegative {
		return "", fmt.Errorf("numeric that is not a number (sign %#x)", sign&numericNaN)
	}
	const limit = 200 // far above Redshift's 38 digits: more is an attack on memory
	if weight > limit || weight < -limit || scale > limit*4 {
		return "", fmt.Errorf("numeric out of range")
	}
	digit := func(i int) int {
		if i < 0 || i >= n {
			return 0
		}
		return int(binary.BigEndian.Uint16(src[8+2*i:]))
	}
	var whole, fraction strings.Builder
	for w := weight; w >= 0; w-- {
		fmt.Fprintf(&whole, "%04d", digit(weight-w))
	}
	for w := -1; -w*4 < scale+4; w-- {
		fmt.Fprintf(&fraction, "%04d", digit(weight-w))
	}
	text := strings.TrimLeft(whole.String(), "0")
	if text == "" {
		text = "0"
	}
	if scale > 0 {
		text += "." + fraction.String()[:scale]
	}
	if sign == numericNegative {
		text = "-" + text
	}
	return text, nil
}
