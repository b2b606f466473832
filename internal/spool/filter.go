package spool

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// The operators of a Filter.
const (
	Contains     = "contains" // the text as shown contains the value, whatever the case
	Equal        = "eq"
	NotEqual     = "ne"
	Less         = "lt"
	LessEqual    = "le"
	Greater      = "gt"
	GreaterEqual = "ge"
	IsNull       = "null"
	NotNull      = "notnull"
)

// AnyColumn stands for all columns: a row passes when one of them does. It goes
// with contains, eq, null and notnull.
const AnyColumn = -1

// Query says which rows a view has and in which order.
type Query struct {
	Sort   []SortKey
	Filter []Filter // all must hold
}

// SortKey is a column to sort by; NULL comes last in both directions. Rows that
// are alike stay in the order in which they came.
type SortKey struct {
	Column     int
	Descending bool
}

// Filter is a condition. Values are compared as the column's type has it:
// numbers by their value, with all digits, times as moments, text by its
// bytes. Nothing but null holds for NULL.
type Filter struct {
	Column int
	Op     string
	Value  string
}

// condition is a filter made ready for a schema.
type condition struct {
	Filter
	columns []int
	folded  folded
	test    func(order int) bool // for an operator that compares
	key     []byte               // of Value, as the column's values are written
	digits  bool                 // key is of the number's digits, not of the column's type
}

func newCondition(schema *arrow.Schema, f Filter) (*condition, error) {
	c := &condition{Filter: f, columns: []int{f.Column}}
	if f.Column == AnyColumn {
		c.columns = c.columns[:0]
		for i := range schema.NumFields() {
			c.columns = append(c.columns, i)
		}
	} else if f.Column < 0 || f.Column >= schema.NumFields() {
		return nil, noColumn(schema, f.Column)
	}
	switch f.Op {
	case Contains:
		c.folded = fold(f.Value)
		return c, nil
	case IsNull, NotNull:
		return c, nil
	case Equal:
		c.test = func(order int) bool { return order == 0 }
	case NotEqual:
		c.test = func(order int) bool { return order != 0 }
	case Less:
		c.test = func(order int) bool { return order < 0 }
	case LessEqual:
		c.test = func(order int) bool { return order <= 0 }
	case Greater:
		c.test = func(order int) bool { return order > 0 }
	case GreaterEqual:
		c.test = func(order int) bool { return order >= 0 }
	default:
		return nil, fault.Newf(fault.Usage, "There is no filter %q", f.Op).
			WithRemedy("filters: contains, eq, ne, lt, le, gt, ge, null, notnull")
	}
	if f.Column == AnyColumn {
		if f.Op != Equal {
			return nil, fault.Newf(fault.Usage, "The filter %s is for one column", f.Op)
		}
		return c, nil
	}
	return c, c.read(schema.Field(f.Column))
}

// read makes the key of the value to compare with.
func (c *condition) read(f arrow.Field) error {
	if numeric(f) {
		if _, _, _, ok := scientific(c.Value); !ok {
			return c.misread(f, "a number")
		}
		if !arrow.IsFloating(f.Type.ID()) {
			// 2.5 is between two integers: compared by digits, which every number has.
			c.key, c.digits = numberKey(nil, c.Value), true
			return nil
		}
	}
	if !readable(f) {
		c.key = textKey(nil, c.Value)
		return nil
	}
	text := c.Value
	if t, ok := f.Type.(*arrow.TimestampType); ok {
		text = moment(text, t.TimeZone != "")
	}
	schema := arrow.NewSchema([]arrow.Field{f}, nil)
	b := result.NewTextBuilder(schema)
	defer b.Release()
	if err := b.Append(0, text); err != nil {
		return c.misread(f, "a "+result.TypeName(f))
	}
	b.EndRow()
	one := b.Batch()
	defer one.Release()
	k := newKeys(schema)
	k.bind(one)
	c.key = k.value(nil, 0, 0)
	return nil
}

func (c *condition) misread(f arrow.Field, what string) error {
	return fault.Newf(fault.Usage, "%q is not %s, which column %q holds", c.Value, what, f.Name)
}

// readable holds for types whose values are read from text as they are compared.
func readable(f arrow.Field) bool {
	switch f.Type.ID() {
	case arrow.FLOAT32, arrow.FLOAT64, arrow.BOOL, arrow.DATE32, arrow.TIMESTAMP:
		return true
	}
	return false
}

// moment completes a date or a time without an offset, as a person types it.
func moment(text string, zoned bool) string {
	text = strings.TrimSpace(text)
	if !zoned {
		return text
	}
	if len(text) == len("2006-01-02") {
		text += " 00:00"
	}
	if clock := text[min(len(text), len("2006-01-02")):]; !strings.ContainsAny(clock, "Z+-") {
		text += "Z"
	}
	return text
}

func noColumn(schema *arrow.Schema, column int) error {
	return fault.Newf(fault.Usage, "There is no column %d", column).WithRemedyf("columns are counted from 0 to %d", schema.NumFields()-1)
}

// holds tests a row of the batch that k is bound to. buf is scratch.
func (c *condition) holds(k *keys, row int, buf *[]byte) bool {
	for _, column := range c.columns {
		if c.holdsFor(k, column, row, buf) {
			return true
		}
	}
	return false
}

func (c *condition) holdsFor(k *keys, column, row int, buf *[]byte) bool {
	null := k.batch.Column(column).IsNull(row)
	switch {
	case c.Op == IsNull || c.Op == NotNull:
		return null == (c.Op == IsNull)
	case null:
		return false
	case c.Op == Contains || c.Column == AnyColumn:
		*buf, _ = k.values.Append((*buf)[:0], column, row)
		if c.Op == Contains {
			return c.folded.in(*buf)
		}
		return string(*buf) == c.Value
	case c.digits:
		k.text, _ = k.values.Append(k.text[:0], column, row)
		*buf = numberKey((*buf)[:0], string(k.text))
	default:
		*buf = k.value((*buf)[:0], column, row)
	}
	return c.test(bytes.Compare(*buf, c.key))
}

// folded is a text to be looked for whatever the case.
type folded struct {
	lower string
	ascii bool
}

func fold(s string) folded {
	f := folded{lower: strings.ToLower(s), ascii: true}
	for i := range len(s) {
		f.ascii = f.ascii && s[i] < utf8.RuneSelf
	}
	return f
}

// in reports whether text contains it.
func (f folded) in(text []byte) bool {
	n := len(f.lower)
	if n == 0 {
		return true
	}
	if !f.ascii {
		return bytes.Contains(bytes.ToLower(text), []byte(f.lower))
	}
	first := f.lower[0]
	for i := 0; i+n <= len(text); i++ {
		if lowerByte(text[i]) == first && f.at(text[i:]) {
			return true
		}
	}
	return false
}

func (f folded) at(text []byte) bool {
	for i := 1; i < len(f.lower); i++ {
		if lowerByte(text[i]) != f.lower[i] {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
