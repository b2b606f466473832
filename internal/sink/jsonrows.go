package sink

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

// jsonWriter writes an object for each row, on a line of its own: bare (JSON
// lines) or between the brackets of one array. Columns of the same name are
// told apart by a number: a, a_2.
type jsonWriter struct {
	out     buffer
	columns []column
	names   [][]byte // `{"first":`, `,"second":`
	array   bool
	begun   bool
}

func newJSON(w io.Writer, schema *arrow.Schema, array bool) *jsonWriter {
	j := &jsonWriter{out: buffer{w: w}, columns: newColumns(schema, 'T'), array: array}
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
		for i := range j.columns {
			j.out.b = append(j.out.b, j.names[i]...)
			j.out.b = j.columns[i].json(j.out.b, row)
		}
		if len(j.columns) == 0 {
			j.out.b = append(j.out.b, '{')
		}
		j.out.b = append(j.out.b, '}')
		if !j.array {
			j.out.b = append(j.out.b, '\n')
		}
		if err := j.out.flushFull(); err != nil {
			return err
		}
	}
	return nil
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
