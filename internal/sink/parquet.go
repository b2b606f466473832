package sink

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/parquet"
)

// newParquet writes Parquet. Types it has no exact form for, and nested ones,
// are text, as in the other formats; columns of the same name are told apart by
// a number.
func newParquet(w io.Writer, schema *arrow.Schema) (Writer, error) {
	columns := newColumns(schema, 'T')
	text := func(i int, a arrow.Array) parquet.Text {
		columns[i].set(a)
		return columns[i].appendText
	}
	p, err := parquet.NewWriter(w, schema, uniqueNames(schema.Fields()), text)
	if err != nil {
		return nil, written(err)
	}
	return p, nil
}
