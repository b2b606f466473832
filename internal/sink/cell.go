package sink

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/fairleadhq/fairlead/internal/result"
)

// cell writes the values of one column. It is chosen once from the schema, so
// that writing a value takes one call, no decision about its type and no
// allocation.
type cell interface {
	// bind points the cell at an array of its type.
	bind(a arrow.Array)
	// appendText appends the value at row as text. The row is not NULL.
	appendText(b []byte, row int) []byte
	// appendJSON appends the value at row as JSON. The row is not NULL.
	appendJSON(b []byte, row int) []byte
	// look says how the text behaves.
	look() look
}

// look is how a column's text behaves: any of the constants.
type look uint8

const (
	quiet   look = 1 << iota // letters, digits and - + . : only: never needs quoting
	right                    // a number, aligned right
	numeric = quiet | right
)

// newCell chooses the cell for a field.
func newCell(f arrow.Field, between byte) cell {
	switch result.Carries(f) {
	case result.TextJSON:
		if s, ok := newString(f.Type); ok {
			return &jsonCell{stringCell: s}
		}
	case result.TextNumber:
		if s, ok := newString(f.Type); ok {
			return &numberCell{stringCell: s}
		}
	}
	if s, ok := newString(f.Type); ok {
		return &s
	}
	if c := newNumeric(f.Type); c != nil {
		return c
	}
	if c := newTemporal(f.Type, between); c != nil {
		return c
	}
	if c := newNested(f.Type); c != nil {
		return c
	}
	switch t := f.Type.(type) {
	case *arrow.NullType:
		return &nullCell{}
	case *arrow.BooleanType:
		return &boolCell{}
	case *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.FixedSizeBinaryType, *arrow.BinaryViewType:
		return &binaryCell{}
	case *arrow.DictionaryType:
		return &dictionaryCell{values: column{cell: newCell(arrow.Field{Type: t.ValueType, Metadata: f.Metadata}, between)}}
	case arrow.ExtensionType:
		return &extensionCell{cell: newCell(arrow.Field{Type: t.StorageType(), Metadata: f.Metadata}, between)}
	}
	return &otherCell{}
}

// newNumeric returns the cell of a number's type, or nil.
func newNumeric(t arrow.DataType) cell {
	switch t := t.(type) {
	case *arrow.Int8Type:
		return &intCell[int8]{}
	case *arrow.Int16Type:
		return &intCell[int16]{}
	case *arrow.Int32Type:
		return &intCell[int32]{}
	case *arrow.Int64Type:
		return &intCell[int64]{}
	case *arrow.Uint8Type:
		return &uintCell[uint8]{}
	case *arrow.Uint16Type:
		return &uintCell[uint16]{}
	case *arrow.Uint32Type:
		return &uintCell[uint32]{}
	case *arrow.Uint64Type:
		return &uintCell[uint64]{}
	case *arrow.Float16Type:
		return &halfCell{}
	case *arrow.Float32Type:
		return &floatCell[float32]{bits: 32}
	case *arrow.Float64Type:
		return &floatCell[float64]{bits: 64}
	case *arrow.Decimal32Type:
		return &decimal32Cell{scale: int(t.Scale)}
	case *arrow.Decimal64Type:
		return &decimal64Cell{scale: int(t.Scale)}
	case *arrow.Decimal128Type:
		return &decimal128Cell{scale: int(t.Scale)}
	case *arrow.Decimal256Type:
		return &decimal256Cell{scale: int(t.Scale)}
	}
	return nil
}

// newTemporal returns the cell of a date's or time's type, or nil.
func newTemporal(t arrow.DataType, between byte) cell {
	switch t := t.(type) {
	case *arrow.Date32Type:
		return &date32Cell{}
	case *arrow.Date64Type:
		return &date64Cell{}
	case *arrow.Time32Type:
		return &timeCell[arrow.Time32]{unit: t.Unit}
	case *arrow.Time64Type:
		return &timeCell[arrow.Time64]{unit: t.Unit}
	case *arrow.TimestampType:
		return newTimestamp(t, between)
	case *arrow.DurationType:
		return &durationCell{unit: t.Unit}
	case *arrow.MonthIntervalType:
		return &monthsCell{}
	case *arrow.DayTimeIntervalType:
		return &dayTimeCell{}
	case *arrow.MonthDayNanoIntervalType:
		return &monthDayNanoCell{}
	}
	return nil
}

// newNested returns the cell of a type made of others, or nil.
func newNested(t arrow.DataType) cell {
	switch t := t.(type) {
	case *arrow.MapType: // before the list, which a map is too
		return newMap(t)
	case *arrow.StructType:
		return newStruct(t)
	case arrow.ListLikeType:
		return &listCell{values: column{cell: newCell(t.ElemField(), 'T')}}
	}
	return nil
}

// nullCell is a column of nothing but NULL; its methods are never called.
type nullCell struct{}

func (*nullCell) bind(arrow.Array)                    {}
func (*nullCell) appendText(b []byte, _ int) []byte   { return b }
func (*nullCell) appendJSON(b []byte, row int) []byte { return append(b, "null"...) }
func (*nullCell) look() look                          { return quiet }

// dictionaryCell writes the value that a row points to.
type dictionaryCell struct {
	indices *array.Dictionary
	values  column
}

func (c *dictionaryCell) bind(a arrow.Array) {
	c.indices = a.(*array.Dictionary)
	c.values.set(c.indices.Dictionary())
}
func (c *dictionaryCell) appendText(b []byte, row int) []byte {
	i := c.indices.GetValueIndex(row)
	if c.values.null(i) {
		return b
	}
	return c.values.appendText(b, i)
}
func (c *dictionaryCell) appendJSON(b []byte, row int) []byte {
	return c.values.json(b, c.indices.GetValueIndex(row))
}
func (c *dictionaryCell) look() look { return c.values.look() }

// extensionCell writes an extension type as what it is stored as.
type extensionCell struct{ cell }

func (c *extensionCell) bind(a arrow.Array) { c.cell.bind(a.(array.ExtensionArray).Storage()) }

// otherCell writes types that no engine yields (unions, run-end encoding) as
// Arrow prints them.
type otherCell struct{ array arrow.Array }

func (c *otherCell) bind(a arrow.Array) { c.array = a }
func (c *otherCell) appendText(b []byte, row int) []byte {
	return append(b, c.array.ValueStr(row)...)
}
func (c *otherCell) appendJSON(b []byte, row int) []byte {
	return appendJSONString(b, c.array.ValueStr(row))
}
func (c *otherCell) look() look { return 0 }
