package rsql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
)

// What a division gives depends on the types of its operands, which only the
// engine knows. Where a type is not known yet the rewriter writes a probe: SQL
// that cannot be bound and whose error names the type. Learn reads that error,
// and the caller rewrites again.

const probeMark = "fl_site:"

// Types are the types that the engine has told, by operand.
type Types map[string]string

// Learn takes the answer of a probe out of a bind error. It is false when the
// error is a real one.
func (o *Output) Learn(types Types, err error) bool {
	e, ok := duck.AsError(err)
	if !ok {
		return false
	}
	_, rest, found := strings.Cut(e.Message, `Could not find key "`+probeMark)
	digits, rest, colon := strings.Cut(rest, ":")
	rest, _, end := strings.Cut(rest, `" in struct`)
	n, numberErr := strconv.Atoi(digits)
	if !found || !colon || !end || numberErr != nil || n >= len(o.sites) {
		return false
	}
	told := strings.Split(rest, "\x01")
	if len(told) != len(o.sites[n]) {
		return false
	}
	for i, key := range o.sites[n] {
		if _, known := types[key]; known {
			return false
		}
		types[key] = strings.ToUpper(told[i])
	}
	return true
}

// Probes tells whether the output asks for types.
func (o *Output) Probes() bool { return len(o.sites) > 0 }

// typesOf gives the types of operands within the SELECT at block, or the probe
// to write instead.
func (r *rewriter) typesOf(pos, block int, operands ...[]node) (types []number, probe []node) {
	var open [][]node
	var keys []string
	for _, operand := range operands {
		text := r.textOf(operand)
		key := strconv.Itoa(block) + "\x01" + text
		told, known := r.Types[key]
		if !known {
			told, known = literalType(text)
		}
		if !known {
			open, keys = append(open, operand), append(keys, key)
		}
		types = append(types, numericOf(told))
	}
	if len(open) == 0 {
		return types, nil
	}
	texts := make([]string, len(open))
	for i, operand := range open {
		texts[i] = r.textOf(operand)
	}
	r.note(block, keys, texts)
	if a := r.asks[block]; a != nil && len(a.keys) > 0 {
		delete(r.asks, block)
		keys, open = a.keys, nil
		for _, text := range a.texts {
			open = append(open, []node{raw(text, pos)})
		}
	}
	n := len(r.sites)
	r.sites = append(r.sites, keys)
	told := [][]node{{raw("chr(1)", pos)}}
	for _, operand := range open {
		told = append(told, call("typeof", pos, operand))
	}
	ask := append([]node{str(probeMark+strconv.Itoa(n)+":", pos), op("||", pos)}, call("concat_ws", pos, told...)...)
	return nil, call("struct_extract", pos, []node{raw("struct_pack(fl := 0)", pos)}, ask)
}

// asking are operands whose types one SELECT has to know.
type asking struct {
	keys, texts []string
	known       map[string]bool
}

// note keeps what a probe asks, but for operands that hold a probe themselves.
func (r *rewriter) note(block int, keys, texts []string) {
	a := r.open[block]
	if a == nil {
		a = &asking{known: map[string]bool{}}
		r.open[block] = a
	}
	for i, key := range keys {
		if !a.known[key] && !strings.Contains(texts[i], probeMark) {
			a.known[key] = true
			a.keys, a.texts = append(a.keys, key), append(a.texts, texts[i])
		}
	}
}

// together is what the first probes of the SELECTs can ask for all: one bind
// then tells the types of a list of any length. It is nil when there is nothing
// to gain, or when the caller wants them apart.
func (r *rewriter) together() map[int]*asking {
	if r.Apart || len(r.sites) < 2 {
		return nil
	}
	return r.open
}

func (r *rewriter) textOf(ns []node) string {
	w := writer{caseSensitive: r.CaseSensitive}
	w.list(ns)
	return w.text.String()
}

// literalType is the type of a whole number.
func literalType(text string) (string, bool) {
	if text == "" || len(text) > 18 || strings.Trim(text, "0123456789") != "" {
		return "", false
	}
	if len(text) > 9 {
		return "BIGINT", true
	}
	return "INTEGER", true
}

// number is a type as far as division cares.
type number struct {
	kind             string // "int", "exact", "float", "interval"
	precision, scale int    // of what is exact; for whole numbers as they are cast
}

// numericOf reads DuckDB's name of a type. What is no number divides as a
// double does, or fails as one.
func numericOf(name string) number {
	switch name {
	case "TINYINT", "SMALLINT", "UTINYINT":
		return number{"int", 5, 0}
	case "INTEGER", "USMALLINT":
		return number{"int", 10, 0}
	case "BIGINT", "UINTEGER":
		return number{"int", 19, 0}
	case "HUGEINT", "UBIGINT", "UHUGEINT":
		return number{"exact", 38, 0}
	case "INTERVAL":
		return number{kind: "interval"}
	}
	var p, s int
	if n, err := fmt.Sscanf(name, "DECIMAL(%d,%d)", &p, &s); err == nil && n == 2 {
		return number{"exact", p, s}
	}
	return number{kind: "float"}
}

// divided is the precision and scale of an exact quotient.
// https://docs.aws.amazon.com/redshift/latest/dg/r_numbercomputations201.html
func divided(a, b number) number {
	scale := max(4, a.scale+b.precision-b.scale+1)
	precision := a.precision - a.scale + b.scale + scale
	if precision > 38 {
		scale = max(38+scale-precision, 4)
		precision = 38
	}
	return number{"exact", precision, scale}
}

func (n number) duck() string { return fmt.Sprintf("DECIMAL(%d,%d)", n.precision, n.scale) }

// quotient writes an exact division, cut off at the scale of the result: both
// operands are taken as whole numbers of their smallest unit.
func quotient(pos int, left, right []node, a, b, out number) []node {
	shift := out.scale - a.scale + b.scale
	kids := []node{raw("CAST(CAST(list_extract(list_transform([struct_pack(n := "+unscaled(a)+"(", pos)}
	kids = append(kids, left...)
	kids = append(kids, raw(")"+unscaledEnd(a)+" "+scaled(shift)+", d := "+unscaled(b)+"(", pos))
	kids = append(kids, right...)
	kids = append(kids, raw(")"+unscaledEnd(b)+")], lambda fl_q: CASE WHEN fl_q.d = 0 THEN error('division by zero') ELSE fl_q.n // fl_q.d END), 1) AS DECIMAL(38,0)) * "+
		smallest(out.scale)+" AS "+out.duck()+")", pos))
	made := group(kids, pos)
	made.as = "CAST(0 AS " + out.duck() + ")"
	return []node{made}
}

// unscaled begins the expression of a decimal without its point; wide ones go
// through text since multiplying would overflow.
func unscaled(t number) string {
	if t.precision+t.scale <= 38 {
		return "CAST(CAST("
	}
	return "CAST(replace(CAST(CAST("
}

func unscaledEnd(t number) string {
	if t.precision+t.scale <= 38 {
		return fmt.Sprintf(" AS DECIMAL(38,%d)) * %s AS HUGEINT)", t.scale, tens(t.scale))
	}
	return " AS " + t.duck() + ") AS VARCHAR), '.', '') AS HUGEINT)"
}

// scaled multiplies by a power of ten, or divides when it is negative.
func scaled(shift int) string {
	if shift < 0 {
		return "// " + tens(-shift)
	}
	return "* " + tens(shift)
}

func tens(n int) string { return "CAST(1" + strings.Repeat("0", n) + " AS HUGEINT)" }

// smallest is the smallest step of a scale.
func smallest(scale int) string {
	if scale == 0 {
		return "1"
	}
	return fmt.Sprintf("CAST('0.%s1' AS DECIMAL(%d,%d))", strings.Repeat("0", scale-1), min(38, scale+1), scale)
}
