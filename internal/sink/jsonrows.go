package sink

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/result"
)

// jsonWriter writes an object for each row, on a line of its own: bare (JSON
// lines) or between the brackets of one array. Columns of the same name are
// told apart by a number: a, a_2. A result of whole rows (result.WholeRow) is
// written as the objects it holds, so that what is not in a row is not written.
type jsonWriter struct {
	out     buffer
	columns []column
	names   [][]byte // `{"first":`, `,"second":`
	whole   bool     // the one column's values are the objects themselves
	array   bool
	begun   bool
}

func newJSON(w io.Writer, schema *arrow.Schema, array bool) *jsonWriter {
	j := &jsonWriter{out: buffer{w: w}, columns: newColumns(schema, 'T'), whole: result.WholeRow(schema), array: array}
	before := byte('{')
	for _, name := range uniqueNames(schema.Fields()) {
		j.names = append(j.names, append(appendJSONString([]byte{before}, name), ':'))
		before = ','
	}
	return j
}

func (j *jsonWriter) Write(batch arrow.RecordBatch) error {
	if len(j.columns) > 0 {
		bind(j.columns, batch)
	}
	for row := range int(batch.NumRows()) {
		if j.array {
			if j.begun {
				j.out.b = append(j.out.b, ',', '\n')
			} else {
				j.out.b = append(j.out.b, '[', '\n')
			}
		}
		j.begun = true
		j.object(row)
		if !j.array {
			j.out.b = append(j.out.b, '\n')
		}
		if err := j.out.flushFull(); err != nil {
			return err
		}
	}
	return j.out.flushFirst()
}

// object appends the row at row.
func (j *jsonWriter) object(row int) {
	if j.whole {
		j.out.b = appendWholeRow(j.out.b, &j.columns[0], row)
		return
	}
	for i := range j.columns {
		j.out.b = append(j.out.b, j.names[i]...)
		j.out.b = j.columns[i].json(j.out.b, row)
	}
	if len(j.columns) == 0 {
		j.out.b = append(j.out.b, '{')
	}
	j.out.b = append(j.out.b, '}')
}

func (j *jsonWriter) Close() error {
	switch {
	case j.array && j.begun:
		j.out.b = append(j.out.b, "\n]\n"...)
	case j.array:
		j.out.b = append(j.out.b, "[]\n"...)
	}
	return j.out.flush()
}

// abandon leaves the array open: a reader must not take a part for the whole.
func (j *jsonWriter) abandon() error { return j.out.flush() }

// appendWholeRow appends the value of the one column of a result of whole rows.
func appendWholeRow(b []byte, c *column, row int) []byte {
	if cell, ok := c.cell.(*jsonCell); ok && !c.null(row) {
		return cell.appendWhole(b, row)
	}
	return c.json(b, row)
}

// Flush writes the rows held back, so that what came so far is in the file.
func (j *jsonWriter) Flush() error { return j.out.flush() }
