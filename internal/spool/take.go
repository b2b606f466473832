package spool

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// take returns the rows of b at the indices, in their order. (The compute
// package of Arrow has this too, at the price of filling a table of functions
// at every start of the program.)
func take(b arrow.RecordBatch, indices []int) (out arrow.RecordBatch, err error) {
	defer recovered(&err)
	columns := make([]arrow.Array, b.NumCols())
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i := range columns {
		if columns[i], err = takeColumn(b.Column(i), indices); err != nil {
			return nil, err
		}
	}
	return array.NewRecordBatch(b.Schema(), columns, int64(len(indices))), nil
}

func takeColumn(a arrow.Array, indices []int) (arrow.Array, error) {
	switch a := a.(type) {
	case *array.String:
		b := array.NewStringBuilder(memory.DefaultAllocator)
		size := 0
		for _, i := range indices {
			size += a.ValueLen(i)
		}
		b.ReserveData(size) // at once: a buffer that grows leaves as much behind
		return takeValues(a, b, indices), nil
	case *array.Boolean:
		return takeValues(a, array.NewBooleanBuilder(memory.DefaultAllocator), indices), nil
	}
	if t, ok := a.DataType().(arrow.FixedWidthDataType); ok && t.BitWidth()%8 == 0 && len(a.Data().Buffers()) == 2 && len(a.Data().Children()) == 0 {
		return takeFixed(a, t.BitWidth()/8, indices), nil
	}
	return takeSlices(a, indices)
}

// takeValues appends the values one by one.
func takeValues[T any](a interface {
	IsNull(int) bool
	Value(int) T
}, b interface {
	array.Builder
	Append(T)
}, indices []int) arrow.Array {
	defer b.Release()
	b.Reserve(len(indices))
	for _, i := range indices {
		if a.IsNull(i) {
			b.AppendNull()
		} else {
			b.Append(a.Value(i))
		}
	}
	return b.NewArray()
}

// takeFixed copies values of width bytes each.
func takeFixed(a arrow.Array, width int, indices []int) arrow.Array {
	data := a.Data()
	from := data.Buffers()[1].Bytes()
	values := make([]byte, len(indices)*width)
	var valid *memory.Buffer
	nulls := 0
	if a.NullN() > 0 {
		valid = memory.NewBufferBytes(make([]byte, bitutil.BytesForBits(int64(len(indices)))))
	}
	for to, i := range indices {
		at := (data.Offset() + i) * width
		copy(values[to*width:(to+1)*width], from[at:at+width])
		switch {
		case valid == nil:
		case a.IsNull(i):
			nulls++
		default:
			bitutil.SetBit(valid.Bytes(), to)
		}
	}
	out := array.NewData(a.DataType(), len(indices), []*memory.Buffer{valid, memory.NewBufferBytes(values)}, nil, nulls, 0)
	defer out.Release()
	return array.MakeFromData(out)
}

// takeSlices serves every type, one slice for rows that follow each other.
func takeSlices(a arrow.Array, indices []int) (arrow.Array, error) {
	if len(indices) == 0 {
		return array.NewSlice(a, 0, 0), nil
	}
	var parts []arrow.Array
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	for k := 0; k < len(indices); {
		n := 1
		for k+n < len(indices) && indices[k+n] == indices[k]+n {
			n++
		}
		parts = append(parts, array.NewSlice(a, int64(indices[k]), int64(indices[k]+n)))
		k += n
	}
	return array.Concatenate(parts, memory.DefaultAllocator)
}
