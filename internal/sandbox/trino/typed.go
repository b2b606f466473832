package trino

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
)

// Some constructs need the static types of their operands, which only the
// engine knows. The rewriter asks for them: where a type is still unknown it
// writes a probe that cannot be bound and whose error names the type. Learn
// reads that error, and the caller rewrites and binds again.

const probeMark = "fl_site:"

// Learn takes the answer of a probe from a bind error. It returns false when
// the error is a real one.
func (r *Rewriter) Learn(q *Query, err error) bool {
	e, ok := duck.AsError(err)
	if !ok {
		return false
	}
	if strings.HasPrefix(e.Message, "Cannot concatenate types ") && !r.elements {
		r.elements = true // an array and an element: the types of || matter
		return true
	}
	if r.learn(q, e.Message) {
		return true
	}
	retry := q.together && !r.apart
	r.apart = r.apart || retry
	return retry
}

func (r *Rewriter) learn(q *Query, message string) bool {
	_, rest, found := strings.Cut(message, `Could not find key "`+probeMark)
	number, rest, colon := strings.Cut(rest, ":")
	rest, _, end := strings.Cut(rest, `" in struct`)
	n, numberErr := strconv.Atoi(number)
	if !found || !colon || !end || numberErr != nil || n >= len(q.sites) {
		return false
	}
	if r.types == nil {
		r.types = map[string]Type{}
	}
	types := strings.Split(rest, "\x01")
	if len(types) != len(q.sites[n]) {
		return false
	}
	for i, key := range q.sites[n] {
		if _, known := r.types[key]; known {
			return false
		}
		r.types[key] = DuckType(types[i])
	}
	return true
}

// typesOf gives the types of the operands. When they are not known yet it
// returns false and the probe to write in place of the whole expression. The
// same text in the same SELECT has the same type, so that an expression and
// its GROUP BY stay alike.
func (e *emitter) typesOf(pos int, operands ...piece) ([]Type, bool) {
	types := make([]Type, len(operands))
	var open []piece
	var keys []string
	for i, o := range operands {
		key := fmt.Sprintf("%d\x01%s", e.block, o.text)
		t, known := e.types[key]
		if !known {
			t, known = literalType(o.text)
		}
		if types[i] = t; !known && !slices.Contains(keys, key) {
			open, keys = append(open, o), append(keys, key)
		}
	}
	if len(open) == 0 {
		return types, true
	}
	e.note(keys, open)
	if a := e.asks[e.block]; a != nil && len(a.keys) > 0 {
		delete(e.asks, e.block)
		keys, open = a.keys, a.operands
	}
	n := len(e.sites)
	e.sites = append(e.sites, keys)
	e.raw(pos, "struct_extract(struct_pack(fl := 0), '"+probeMark+strconv.Itoa(n)+":' || concat_ws('\x01'")
	for _, o := range open {
		e.glue(pos, ", typeof(")
		e.splice(o)
		e.glue(pos, ")")
	}
	e.glue(pos, "))")
	return nil, false
}

// asking are operands whose types one SELECT has to know.
type asking struct {
	keys     []string
	operands []piece
	known    map[string]bool
}

// note keeps what a probe asks, but for operands that hold a probe themselves.
func (e *emitter) note(keys []string, operands []piece) {
	a := e.open[e.block]
	if a == nil {
		a = &asking{known: map[string]bool{}}
		e.open[e.block] = a
	}
	for i, key := range keys {
		if !a.known[key] && !bytes.Contains(operands[i].text, []byte(probeMark)) {
			a.known[key] = true
			a.keys, a.operands = append(a.keys, key), append(a.operands, operands[i])
		}
	}
}

// together is what the first probes of the SELECTs can ask for all: one bind
// then tells the types of a list of any length. It is nil when there is nothing
// to gain, or when that went wrong.
func (e *emitter) together() map[int]*asking {
	if e.apart || len(e.sites) < 2 {
		return nil
	}
	return e.open
}

// literalType is the type of a whole number, which nobody need be asked about.
func literalType(written []byte) (Type, bool) {
	digits := strings.TrimSpace(string(written))
	if digits == "" || len(digits) > 18 || strings.Trim(digits, "0123456789") != "" {
		return Type{}, false
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err != nil || n > math.MaxInt32 {
		return Type{Kind: BigInt}, err == nil
	}
	return Type{Kind: Integer}, true
}

func (t Type) isInteger() bool {
	switch t.Kind {
	case TinyInt, SmallInt, Integer, BigInt:
		return true
	}
	return false
}

func (t Type) isFloat() bool { return t.Kind == Real || t.Kind == Double }

func (t Type) isNumber() bool {
	return t.isInteger() || t.isFloat() || t.Kind == Decimal || t.Kind == Unknown
}

// asDecimal is the decimal that an exact number becomes beside another one.
func (t Type) asDecimal() Type {
	switch t.Kind {
	case Decimal:
		return t
	case TinyInt:
		return Type{Kind: Decimal, Width: 3}
	case SmallInt:
		return Type{Kind: Decimal, Width: 5}
	case Integer:
		return Type{Kind: Decimal, Width: 10}
	}
	return Type{Kind: Decimal, Width: 19}
}

// arithmetic writes left op right.
func (e *emitter) arithmetic(op int, left, right piece) {
	t := e.toks[op]
	types, known := e.typesOf(t.pos, left, right)
	if !known {
		return
	}
	l, r := types[0], types[1]
	switch {
	case t.is("||"):
		e.concatenation(t.pos, left, right, l, r)
	case strings.ContainsAny(t.text, "=<>"):
		e.comparison(op, left, right, l, r)
	case t.is("+") || t.is("-"):
		e.addition(op, left, right, l, r)
	case !l.isNumber() && !(t.is("/") && (l.Kind == IntervalDS)) || !r.isNumber():
		e.fail(failAt(e.src, t.pos, "TYPE_MISMATCH", "Cannot apply operator: %s %s %s", l, t.text, r))
	case l.Kind == IntervalDS:
		e.infix(t.pos, left, "/", right)
	case t.is("%"):
		e.remainder(t.pos, left, right, l, r)
	case l.isFloat() || r.isFloat():
		as := "DOUBLE"
		if l.Kind != Double && r.Kind != Double {
			as = "FLOAT"
		}
		e.around(t.pos, "(CAST(", left, " AS "+as+") / CAST(")
		e.splice(right)
		e.glue(t.pos, " AS "+as+"))")
	case l.Kind == Decimal || r.Kind == Decimal:
		a, b := l.asDecimal(), r.asDecimal()
		scale := max(a.Scale, b.Scale)
		width := min(38, a.Width+b.Scale+max(0, b.Scale-a.Scale))
		e.quotient(t.pos, left, right, a, b, Type{Kind: Decimal, Width: width, Scale: scale})
	default:
		e.guarded(t.pos, "divide(", left, right)
	}
}

// infix writes (left op right).
func (e *emitter) infix(pos int, left piece, op string, right piece) {
	e.around(pos, "(", left, " "+op)
	e.splice(right)
	e.glue(pos, ")")
}

// guarded writes function(left, right), which fails when right is 0.
func (e *emitter) guarded(pos int, function string, left, right piece) {
	e.around(pos, "CASE WHEN", right, " = 0 THEN CAST('"+failMark+"DIVISION_BY_ZERO' AS TINYINT) ELSE "+function)
	e.splice(left)
	e.glue(pos, ",")
	e.splice(right)
	e.glue(pos, ") END")
}

func (e *emitter) remainder(pos int, left, right piece, l, r Type) {
	if l.isFloat() || r.isFloat() {
		e.around(pos, "mod(CAST(", left, " AS DOUBLE), CAST(")
		e.splice(right)
		e.glue(pos, " AS DOUBLE))")
		return
	}
	if l.Kind == Decimal || r.Kind == Decimal { // the remainder has no more digits than the shorter of both
		a, b := l.asDecimal(), r.asDecimal()
		out := Type{Kind: Decimal, Scale: max(a.Scale, b.Scale)}
		out.Width = min(38, min(a.Width-a.Scale, b.Width-b.Scale)+out.Scale)
		rest := e.aside(func() { e.guarded(pos, "mod(", left, right) })
		e.around(pos, "CAST(", rest, " AS "+out.Duck()+")")
		return
	}
	e.guarded(pos, "mod(", left, right)
}

// quotient writes a division of decimals, rounded half up at the result's
// scale: both are taken as whole numbers of their smallest unit.
func (e *emitter) quotient(pos int, left, right piece, l, r, out Type) {
	shift := out.Scale - l.Scale + r.Scale
	e.around(pos, "CAST(multiply(CAST(list_extract(list_transform([struct_pack(n := multiply("+unscaled(l), left, unscaledEnd(l)+", "+tens(shift)+"), d := "+unscaled(r))
	e.splice(right)
	e.glue(pos, unscaledEnd(r)+")], lambda fl_q: CASE WHEN fl_q.d = 0 THEN CAST('"+failMark+"DIVISION_BY_ZERO' AS HUGEINT) ELSE divide(add(multiply(2, fl_q.n), CASE WHEN (fl_q.n < 0) = (fl_q.d < 0) THEN fl_q.d ELSE subtract(0, fl_q.d) END), multiply(2, fl_q.d)) END), 1) AS DECIMAL(38,0)), "+
		unit(out.Scale)+") AS "+out.Duck()+")")
}

// unscaled begins the expression of a decimal without its point; wide ones
// go through text since multiplying would overflow.
func unscaled(t Type) string {
	if t.Width+t.Scale <= 38 {
		return "CAST(multiply(CAST("
	}
	return "CAST(replace(CAST("
}

func unscaledEnd(t Type) string {
	if t.Width+t.Scale <= 38 {
		return fmt.Sprintf(" AS DECIMAL(38,%d)), %s) AS HUGEINT)", t.Scale, tens(t.Scale))
	}
	return " AS VARCHAR), '.', '') AS HUGEINT)"
}

func tens(n int) string { return "CAST(1" + strings.Repeat("0", n) + " AS HUGEINT)" }

// unit is the smallest step of a scale as a decimal.
func unit(scale int) string {
	if scale == 0 {
		return "1"
	}
	return "CAST('0." + strings.Repeat("0", scale-1) + "1' AS DECIMAL(" + strconv.Itoa(min(38, scale+1)) + "," + strconv.Itoa(scale) + "))"
}

// addition keeps dates dates; the difference of two is an interval of days.
func (e *emitter) addition(op int, left, right piece, l, r Type) {
	t := e.toks[op]
	name := map[string]string{"+": "add(", "-": "subtract("}[t.text]
	switch {
	case l.Kind == Date && r.Kind == IntervalDS:
		e.around(t.pos, "CAST("+name, left, ",")
		e.splice(right)
		e.glue(t.pos, ") AS DATE)")
	case l.Kind == Date && r.Kind == Date && t.is("-"):
		e.around(t.pos, "to_days(CAST(subtract(", left, ",")
		e.splice(right)
		e.glue(t.pos, ") AS INTEGER))")
	case (l.Kind == Varchar || r.Kind == Varchar) && l.Kind != JSON, l.Kind == Date && r.isInteger():
		e.fail(failAt(e.src, t.pos, "TYPE_MISMATCH", "Cannot apply operator: %s %s %s", l, t.text, r))
	default:
		e.infix(t.pos, left, t.text, right)
	}
}

// concatenation puts an element before or behind an array.
func (e *emitter) concatenation(pos int, left, right piece, l, r Type) {
	function := ""
	switch {
	case l.Kind == Array && r.Kind != Array && r.Kind != Unknown:
		function = "list_append("
	case r.Kind == Array && l.Kind != Array && l.Kind != Unknown:
		function = "list_prepend("
	default:
		e.infix(pos, left, "||", right)
		return
	}
	e.around(pos, function, left, ",")
	e.splice(right)
	e.glue(pos, ")")
}

// comparison refuses operands that Trino does not compare.
func (e *emitter) comparison(op int, left, right piece, l, r Type) {
	t := e.toks[op]
	if !comparable(l, r) {
		shown := func(t Type, at int) string {
			if lit := e.toks[at]; lit.kind == text {
				return fmt.Sprintf("varchar(%d)", len([]rune(lit.value)))
			}
			return t.String()
		}
		e.fail(failAt(e.src, t.pos, "TYPE_MISMATCH", "Cannot apply operator: %s %s %s", shown(l, op-1), strings.ReplaceAll(t.text, "!=", "<>"), shown(r, op+1)))
		return
	}
	e.infix(t.pos, left, t.text, right)
}

func comparable(l, r Type) bool {
	textual := func(t Type) bool { return t.Kind == Varchar || t.Kind == Char }
	moment := func(t Type) bool { return t.Kind == Date || t.Kind == Timestamp || t.Kind == TimestampTZ }
	return l.Kind == Unknown || r.Kind == Unknown || l.Kind == r.Kind || l.isNumber() && r.isNumber() || textual(l) && textual(r) || moment(l) && moment(r)
}

// atTimeZone writes x AT TIME ZONE 'z' as the local time there, which is what
// every function of it needs; the zone is only shown (see Query.Zones).
func (e *emitter) atTimeZone(op int, x piece) {
	zone := e.toks[op+3].value
	e.around(e.toks[op].pos, "timezone("+QuoteText(zone)+", CAST(", x, " AS TIMESTAMPTZ))")
}
