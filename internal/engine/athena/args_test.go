package athena

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

func TestArgumentsBecomeLiterals(t *testing.T) {
	d := &double{answer: finished("DML", "SELECT")}
	d.answer["GetQueryResults"] = onePage
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select ?", Args: []engine.Arg{
		{Value: "it's", Type: "text"}, {Value: "", Type: ""}, {Value: " -1.5e-7 ", Type: "number"},
		{Value: "12345678901234567890123456789.123456789", Type: "number"}, {Value: "TRUE", Type: "boolean"},
		{Value: "2024-02-29", Type: "date"}, {Value: "2024-02-29T23:59:59.123Z", Type: "timestamp"},
		{Value: "2024-02-29 23:59", Type: "timestamp"}, {Value: "x", Type: "null"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	want := []any{"'it''s'", "''", "-1.5e-7", "12345678901234567890123456789.123456789", "true", "DATE '2024-02-29'",
		"TIMESTAMP '2024-02-29 23:59:59.123'", "TIMESTAMP '2024-02-29 23:59'", "NULL"}
	if diff := cmp.Diff(want, d.last("StartQueryExecution")["ExecutionParameters"]); diff != "" {
		t.Error(diff)
	}
}

// A value must not be able to become another part of the statement.
func TestArgumentsOfAWrongTypeAreRefused(t *testing.T) {
	d := &double{answer: finished("DML", "SELECT")}
	e := openDouble(t, d, nil)
	for _, a := range []engine.Arg{
		{Value: "1 or 1=1", Type: "number"}, {Value: "", Type: "number"}, {Value: ".", Type: "number"}, {Value: "1e", Type: "number"},
		{Value: "--1", Type: "number"}, {Value: "0x10", Type: "number"}, {Value: "NaN", Type: "number"}, {Value: "1;", Type: "number"},
		{Value: "yes", Type: "boolean"}, {Value: "2024-02-30", Type: "date"}, {Value: "2024-02-29'", Type: "date"},
		{Value: "noon", Type: "timestamp"}, {Value: "x", Type: "array"},
	} {
		if _, err := e.Run(t.Context(), engine.Statement{Text: "select ?", Args: []engine.Arg{a}}); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if d.count("StartQueryExecution") != 0 {
		t.Error("a statement was sent")
	}
}

func FuzzNumberLiteral(f *testing.F) {
	for _, s := range []string{"1", "-1.5", "1e10", ".5", "1..2", "1e+-3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, ok := literal(engine.Arg{Value: s, Type: "number"})
		for _, c := range text {
			if ok && (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
				t.Errorf("%q became %q", s, text)
			}
		}
	})
}
