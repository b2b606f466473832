package sink

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// listCell writes a list as a JSON array.
type listCell struct {
	list   array.ListLike
	values column
}

func (c *listCell) bind(a arrow.Array) {
	c.list = a.(array.ListLike)
	c.values.set(c.list.ListValues())
}

func (c *listCell) appendJSON(b []byte, row int) []byte {
	start, end := c.list.ValueOffsets(row)
	b = append(b, '[')
	for i := start; i < end; i++ {
		if i > start {
			b = append(b, ',')
		}
		b = c.values.json(b, int(i))
	}
	return append(b, ']')
}
func (c *listCell) appendText(b []byte, row int) []byte { return c.appendJSON(b, row) }
func (c *listCell) look() look                          { return 0 }

// mapCell writes a map as a JSON object; a key that is no text is written as
// its text. JSON objects with a name twice are legal and hold what the map holds.
type mapCell struct {
	entries      *array.Map
	keys, values column
	key          []byte
}

func newMap(t *arrow.MapType) cell {
	return &mapCell{keys: column{cell: newCell(t.KeyField(), 'T')}, values: column{cell: newCell(t.ItemField(), 'T')}}
}

func (c *mapCell) bind(a arrow.Array) {
	c.entries = a.(*array.Map)
	c.keys.set(c.entries.Keys())
	c.values.set(c.entries.Items())
}

func (c *mapCell) appendJSON(b []byte, row int) []byte {
	start, end := c.entries.ValueOffsets(row)
	b = append(b, '{')
	for i := start; i < end; i++ {
		if i > start {
			b = append(b, ',')
		}
		c.key = c.key[:0]
		if !c.keys.null(int(i)) {
			c.key = c.keys.appendText(c.key, int(i))
		}
		b = appendJSONString(b, string(c.key))
		b = append(b, ':')
		b = c.values.json(b, int(i))
	}
	return append(b, '}')
}
func (c *mapCell) appendText(b []byte, row int) []byte { return c.appendJSON(b, row) }
func (c *mapCell) look() look                          { return 0 }

// structCell writes a struct as a JSON object.
type structCell struct {
	names  [][]byte // `"name":`
	fields []column
}

func newStruct(t *arrow.StructType) cell {
	c := &structCell{fields: make([]column, t.NumFields())}
	for i, name := range uniqueNames(t.Fields()) {
		c.names = append(c.names, append(appendJSONString(nil, name), ':'))
		c.fields[i].cell = newCell(t.Field(i), 'T')
	}
	return c
}

func (c *structCell) bind(a arrow.Array) {
	for i := range c.fields {
		c.fields[i].set(a.(*array.Struct).Field(i))
	}
}

func (c *structCell) appendJSON(b []byte, row int) []byte {
	b = append(b, '{')
	for i := range c.fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, c.names[i]...)
		b = c.fields[i].json(b, row)
	}
	return append(b, '}')
}
func (c *structCell) appendText(b []byte, row int) []byte { return c.appendJSON(b, row) }
func (c *structCell) look() look                          { return 0 }
