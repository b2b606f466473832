package athena

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/result"
)

// rowBuilder turns raw rows into record batches.
type rowBuilder struct {
	*result.TextBuilder
	schema  *arrow.Schema
	columns int
	tabbed  bool // several columns may come in one cell, divided by tabs
	parts   []cell
}

func newRowBuilder(schema *arrow.Schema, tabbed bool) *rowBuilder {
	return &rowBuilder{TextBuilder: result.NewTextBuilder(schema), schema: schema, columns: schema.NumFields(), tabbed: tabbed}
}

// add appends one row. Cells that are missing are NULL.
func (b *rowBuilder) add(row []cell) error {
	if b.tabbed && b.columns > 1 && len(row) == 1 && row[0].known {
		row = b.cut(row[0].text)
	}
	row = row[:min(len(row), b.columns)]
	for i, c := range row {
		if !c.known {
			b.AppendNull(i)
		} else if err := b.Append(i, c.text); err != nil {
			return err
		}
	}
	for i := len(row); i < b.columns; i++ {
		b.AppendNull(i)
	}
	b.EndRow()
	return nil
}

// cut divides a row of DESCRIBE and its kin, whose parts come in one cell,
// padded with spaces and divided by tabs.
func (b *rowBuilder) cut(text string) []cell {
	b.parts = b.parts[:0]
	for _, part := range strings.SplitN(text, "\t", b.columns) {
		b.parts = append(b.parts, cell{strings.TrimSpace(part), true})
	}
	return b.parts
}
