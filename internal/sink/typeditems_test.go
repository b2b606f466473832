package sink

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/result"
)

func TestWholeRowsAreWrittenAsTheyAre(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{result.RowField("item", "M")}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	b.Field(0).(*array.StringBuilder).AppendValues([]string{`{"pk":{"S":"é\u2028"}}`, `{"a":1}`, "{\"x\":\"\u2028\u0085~\u007f\"}"}, nil)
	batch := b.NewRecordBatch()
	defer batch.Release()
	for format, want := range map[string]string{
		"jsonl":         `{"pk":{"S":"é\u2028"}}` + "\n" + `{"a":1}` + "\n" + `{"x":"\u2028\u0085~\u007f"}` + "\n",
		"json":          "[\n" + `{"pk":{"S":"é\u2028"}},` + "\n" + `{"a":1},` + "\n" + `{"x":"\u2028\u0085~\u007f"}` + "\n]\n",
		"dynamodb-json": `{"Item":{"pk":{"S":"é\u2028"}}}` + "\n" + `{"Item":{"a":1}}` + "\n" + `{"Item":{"x":"\u2028\u0085~\u007f"}}` + "\n",
	} {
		batch.Retain()
		if got := render(t, format, Options{}, schema, batch); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", format, got, want)
		}
	}
}

func TestOtherRowsGetTypes(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		result.Field("s", arrow.BinaryTypes.String, "S"), result.Field("i", arrow.PrimitiveTypes.Int64, "bigint"), result.Field("b", arrow.FixedWidthTypes.Boolean, "boolean"),
		result.Field("raw", arrow.BinaryTypes.Binary, "varbinary"), result.TextField("j", "json", result.TextJSON), result.TextField("n", "N", result.TextNumber),
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	b.Field(0).(*array.StringBuilder).AppendValues([]string{"x\"", ""}, []bool{true, false})
	b.Field(1).(*array.Int64Builder).AppendValues([]int64{9007199254740993, 0}, nil)
	b.Field(2).(*array.BooleanBuilder).AppendValues([]bool{true, false}, nil)
	b.Field(3).(*array.BinaryBuilder).AppendValues([][]byte{{0xde, 0xad}, {}}, nil)
	b.Field(4).(*array.StringBuilder).AppendValues([]string{`{"a": [1]}`, `"t"`}, nil)
	b.Field(5).(*array.StringBuilder).AppendValues([]string{"99999999999999999999999999999999999999", "-0.5"}, nil)
	batch := b.NewRecordBatch()
	defer batch.Release()
	batch.Retain()
	want := `{"Item":{"s":{"S":"x\""},"i":{"N":"9007199254740993"},"b":{"BOOL":true},"raw":{"B":"3q0="},"j":{"S":"{\"a\":[1]}"},"n":{"N":"99999999999999999999999999999999999999"}}}
{"Item":{"s":{"NULL":true},"i":{"N":"0"},"b":{"BOOL":false},"raw":{"B":""},"j":{"S":"t"},"n":{"N":"-0.5"}}}
`
	if got := render(t, "dynamodb-json", Options{}, schema, batch); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
