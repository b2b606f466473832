package sink

import "github.com/apache/arrow-go/v18/arrow"

// Values writes single values of a result as the table shows them: exact, dates
// and times as ISO 8601 with a space between, binary as base64, nested values
// as JSON. It is for whoever shows, finds or compares cells one by one.
//
//	v := sink.NewValues(schema)
//	v.Bind(batch)
//	text, null := v.Append(nil, column, row)
type Values struct{ columns []column }

// NewValues prepares to write the values of a schema.
func NewValues(schema *arrow.Schema) *Values { return &Values{columns: newColumns(schema, ' ')} }

// Bind points at a batch of that schema. The batch must live as long as its
// values are asked for.
func (v *Values) Bind(batch arrow.RecordBatch) { bind(v.columns, batch) }

// Append appends the value's text to b. NULL appends nothing and says so.
func (v *Values) Append(b []byte, column, row int) (text []byte, null bool) {
	c := &v.columns[column]
	if c.null(row) {
		return b, true
	}
	return c.appendText(b, row), false
}

// AppendJSON appends the value as JSON, null included.
func (v *Values) AppendJSON(b []byte, column, row int) []byte { return v.columns[column].json(b, row) }

// Right reports whether the column is aligned right, as numbers are.
func (v *Values) Right(column int) bool { return v.columns[column].look()&right != 0 }
