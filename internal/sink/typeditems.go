package sink

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/result"
)

// typedItems writes rows in DynamoDB's typed form, each wrapped as {"Item":...}
// on a line of its own: the form DYNAMODB_JSON of its export to S3 and import
// from it. DynamoDB's own items come typed as whole rows; the values of other
// results get the type that their JSON has: text S, numbers N, true and false
// BOOL, NULL NULL, binary B, and what is nested S with the JSON as its text.
type typedItems struct {
	out     buffer
	columns []column
	names   [][]byte // `{"first":`, `,"second":`
	binary  []bool
	whole   bool
	scratch []byte
}

func newTypedItems(w io.Writer, schema *arrow.Schema) *typedItems {
	t := &typedItems{out: buffer{w: w}, columns: newColumns(schema, 'T'), whole: result.WholeRow(schema)}
	before := byte('{')
	for i, name := range uniqueNames(schema.Fields()) {
		t.names = append(t.names, append(appendJSONString([]byte{before}, name), ':'))
		t.binary = append(t.binary, arrow.IsBinaryLike(schema.Field(i).Type.ID()) && schema.Field(i).Type.ID() != arrow.STRING)
		before = ','
	}
	return t
}

func (t *typedItems) Write(batch arrow.RecordBatch) error {
	if len(t.columns) > 0 {
		bind(t.columns, batch)
	}
	for row := range int(batch.NumRows()) {
		t.out.b = append(t.out.b, `{"Item":`...)
		if t.whole {
			t.out.b = appendWholeRow(t.out.b, &t.columns[0], row)
		} else {
			t.members(row)
		}
		t.out.b = append(t.out.b, '}', '\n')
		if err := t.out.flushFull(); err != nil {
			return err
		}
	}
	return t.out.flushFirst()
}

// members gives each value of the row a type.
func (t *typedItems) members(row int) {
	if len(t.columns) == 0 {
		t.out.b = append(t.out.b, '{')
	}
	for i := range t.columns {
		t.out.b = append(t.out.b, t.names[i]...)
		t.scratch = t.columns[i].json(t.scratch[:0], row)
		switch c := t.scratch[0]; {
		case c == 'n':
			t.out.b = append(t.out.b, `{"NULL":true}`...)
		case c == 't' || c == 'f':
			t.out.b = append(append(append(t.out.b, `{"BOOL":`...), t.scratch...), '}')
		case c == '"' && t.binary[i]:
			t.out.b = append(append(append(t.out.b, `{"B":`...), t.scratch...), '}')
		case c == '"':
			t.out.b = append(append(append(t.out.b, `{"S":`...), t.scratch...), '}')
		case c == '[' || c == '{':
			t.out.b = append(appendJSONString(append(t.out.b, `{"S":`...), string(t.scratch)), '}')
		default:
			t.out.b = append(append(append(t.out.b, `{"N":"`...), t.scratch...), '"', '}')
		}
	}
	t.out.b = append(t.out.b, '}')
}

// Flush writes the rows held back.
func (t *typedItems) Flush() error { return t.out.flush() }

func (t *typedItems) Close() error { return t.out.flush() }

func (t *typedItems) abandon() error { return t.out.flush() }
