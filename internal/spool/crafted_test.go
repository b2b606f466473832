package spool

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/sink"
)

// crafted writes a spool whose every checksum is right, whatever its schema
// and its one chunk are.
func crafted(t testing.TB, schema, message []byte, rows uint32) string {
	t.Helper()
	dir := t.TempDir()
	c := chunk{rows: rows, length: uint32(len(message)), sum: checksum(message)}
	for name, data := range map[string][]byte{
		indexName:       append(head{schema}.bytes(), c.bytes(0)...),
		"000000.arrows": message,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeEnd(dir, end{Rows: int64(rows)}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// readCrafted opens the spool and reads it in every way, as text too.
func readCrafted(t testing.TB, dir string) (rows int64, err error) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	b, err := s.Window(t.Context(), 0, MostWindow)
	if err != nil {
		return 0, err
	}
	defer b.Release()
	for _, format := range []string{"tsv", "json"} {
		var out bytes.Buffer
		w, err := sink.New(format, &out, s.Schema(), sink.Options{})
		if err != nil {
			return 0, nil // such columns have no text in this format
		}
		if err := w.Write(b); err == nil {
			_ = w.Close()
		}
	}
	for column := range s.Schema().NumFields() {
		v, err := s.View(t.Context(), Query{Sort: []SortKey{{column, column%2 == 0}}, Filter: []Filter{{column, NotNull, ""}}}, nil)
		if err != nil {
			return 0, err
		}
		w, err := v.Window(t.Context(), 0, 100)
		if err == nil {
			w.Release()
			_, _, _, err = s.Find(t.Context(), v, "nowhere", 0, true)
		}
		v.Close()
		if err != nil {
			return 0, err
		}
	}
	return b.NumRows(), nil
}

// schemaAndRows writes a batch as a spool's index and chunk hold it.
func schemaAndRows(t testing.TB, b arrow.RecordBatch, o ...ipc.Option) (schema, message []byte) {
	t.Helper()
	schema = mustHead(t, b.Schema())
	var out bytes.Buffer
	w := ipc.NewWriter(&out, append(o, ipc.WithSchema(b.Schema()))...)
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	return schema, bytes.Clone(out.Bytes()[len(schema):])
}

func mustHead(t testing.TB, schema *arrow.Schema) []byte {
	t.Helper()
	h, err := newHead(schema)
	if err != nil {
		t.Fatal(err)
	}
	return h.schema
}

// otherTypes is a batch of the types that testSchema lacks.
func otherTypes(t testing.TB) arrow.RecordBatch {
	t.Helper()
	pair := arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int8, Nullable: true},
		arrow.Field{Name: "b", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true})
	meta := arrow.NewMetadata([]string{"from"}, []string{"a test"})
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "small", Type: &arrow.Decimal32Type{Precision: 5, Scale: 5}, Nullable: true},
		{Name: "pair", Type: pair, Nullable: true},
		{Name: "map", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float32), Nullable: true},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "time", Type: arrow.FixedWidthTypes.Time64us, Nullable: true},
		{Name: "zoned", Type: &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "Europe/Berlin"}, Nullable: true},
		{Name: "wide", Type: &arrow.Decimal256Type{Precision: 60, Scale: 5}, Nullable: true},
		{Name: "fixed", Type: &arrow.FixedSizeBinaryType{ByteWidth: 3}, Nullable: true},
		{Name: "span", Type: arrow.FixedWidthTypes.MonthDayNanoInterval, Nullable: true},
	}, &meta)
	b, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(`[
	 {"small":null,"pair":{"a":1,"b":["x",null]},"map":[{"key":"k","value":1.5}],"day":"2026-02-03","time":"10:11:12.5","zoned":"2026-02-03T10:11:12Z","wide":"12.50000","fixed":"AAEC","span":{"months":1,"days":2,"nanoseconds":3}},
	 {"small":null,"pair":null,"map":null,"day":null,"time":null,"zoned":null,"wide":null,"fixed":null,"span":null}]`))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A checksum tells damage only. What was made to match it is rows or a fault:
// never a panic, and never more memory than the bytes can stand for.
func FuzzCrafted(f *testing.F) {
	plain := testBatch(1, 5)
	schema, message := schemaAndRows(f, plain)
	f.Add(schema, message, uint32(5))
	f.Add(schema, message, uint32(6))
	schema, message = schemaAndRows(f, otherTypes(f))
	f.Add(schema, message, uint32(2))
	f.Add(schema, message[:len(message)-8], uint32(2))
	_, message = schemaAndRows(f, plain, ipc.WithZstd())
	schema, _ = schemaAndRows(f, plain)
	f.Add(schema, message, uint32(5))
	f.Add(schema, schema, uint32(1))
	for _, bomb := range [][]byte{loops(f), repeats(f), manyColumns(f)} {
		f.Add(bomb, message, uint32(5))
	}
	nothings := manyNothings(f)
	f.Add(nothings.schema, nothings.message, nothings.rows)
	f.Fuzz(func(t *testing.T, schema, message []byte, rows uint32) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := readCrafted(t, crafted(t, schema, message, rows))
		runtime.ReadMemStats(&after)
		if err != nil {
			mustBeFault(t, err)
		} else if got != int64(rows) {
			t.Errorf("%d rows of %d", got, rows)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 64<<20 {
			t.Errorf("%d bytes were taken for %d", taken, len(schema)+len(message))
		}
	})
}

// Both seeds of honest rows are read whole: the bounds refuse nothing of ours.
func TestCraftedHonestly(t *testing.T) {
	for _, b := range []arrow.RecordBatch{testBatch(1, 5), otherTypes(t)} {
		schema, message := schemaAndRows(t, b)
		rows, err := readCrafted(t, crafted(t, schema, message, uint32(b.NumRows())))
		if err != nil || rows != b.NumRows() {
			t.Errorf("%d rows, %v", rows, err)
		}
	}
}

func TestRising(t *testing.T) {
	const most = 1<<31 - 1
	for want, lists := range map[bool][][]int32{
		true:  {nil, {0}, {0, 0, 3, 3, 9}, {5, most}, {most, most}},
		false: {{-1}, {0, -1}, {3, 2}, {0, most, 0}, {-most - 1, most}, {0, 5, -most - 1, 5}, {most, -2, most}},
	} {
		for _, list := range lists {
			if rising(list) != want {
				t.Errorf("%v: not %v", list, want)
			}
		}
	}
}

// Each of these made Arrow's reader take gigabytes, or the process end.
func TestCraftedBombs(t *testing.T) {
	b := testBatch(1, 5)
	schema, message := schemaAndRows(t, b)
	_, compressed := schemaAndRows(t, b, ipc.WithZstd())
	for name, c := range map[string]struct {
		schema, message []byte
		rows            uint32
		want            string
	}{
		"compressed rows that claim 2^40 bytes": {schema, claims(t, compressed, 1<<40), 5, "compressed"},
		"more rows than a chunk has":            {schema, message, 1 << 31, "0 rows of"},
		"a schema that holds itself":            {loops(t), message, 5, "out of range"},
		"the same long column nine times":       {repeats(t), message, 5, "more than its length"},
		"2^30 columns":                          {manyColumns(t), message, 5, "more than its length"},
		"a list of 2^40 nothings":               manyNothings(t),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readCrafted(t, crafted(t, c.schema, c.message, c.rows))
			if err == nil {
				t.Fatal("it was read")
			}
			mustBeFault(t, err)
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// claims sets the length that the first compressed buffer says it grows to.
func claims(t testing.TB, message []byte, size uint64) []byte {
	t.Helper()
	_, body, err := cut(message)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint64(body, size)
	return message
}

// lookInto gives a walk through the schema of testSchema and its message.
func lookInto(t testing.TB) (message []byte, w *walk, schema int) {
	t.Helper()
	fields := append([]arrow.Field{{Name: strings.Repeat("long", 300), Type: arrow.BinaryTypes.String}}, testSchema.Fields()[1:]...)
	message = mustHead(t, arrow.NewSchema(fields, nil))
	meta, _, err := cut(message)
	if err != nil {
		t.Fatal(err)
	}
	w = &walk{b: meta, left: len(meta)}
	return message, w, w.follow(w.field(w.follow(0), messageHeader))
}

// loops makes the children of a column those of the schema.
func loops(t testing.TB) []byte {
	message, w, schema := lookInto(t)
	columns := w.follow(w.field(schema, schemaFields))
	children := w.field(w.follow(columns+4), fieldChildren)
	if children == 0 {
		t.Fatal("a column without children")
	}
	binary.LittleEndian.PutUint32(w.b[children:], uint32(columns-children))
	return message
}

// repeats makes all columns the one that lies last.
func repeats(t testing.TB) []byte {
	message, w, schema := lookInto(t)
	columns := w.follow(w.field(schema, schemaFields))
	last := 0
	for i := range w.uint32(columns) {
		last = max(last, w.follow(columns+4+4*i))
	}
	for i := range w.uint32(columns) {
		at := columns + 4 + 4*i
		binary.LittleEndian.PutUint32(w.b[at:], uint32(last-at))
	}
	return message
}

func manyColumns(t testing.TB) []byte {
	message, w, schema := lookInto(t)
	binary.LittleEndian.PutUint32(w.b[w.follow(w.field(schema, schemaFields)):], 1<<30)
	return message
}

// manyNothings claims a list of structs without fields, which take no bytes.
func manyNothings(t testing.TB) (c struct {
	schema, message []byte
	rows            uint32
	want            string
}) {
	t.Helper()
	of := arrow.NewSchema([]arrow.Field{{Name: "l", Type: arrow.ListOf(arrow.StructOf()), Nullable: true}}, nil)
	b, _, err := array.RecordFromJSON(memory.DefaultAllocator, of, strings.NewReader(`[{"l":[{},null,null]}]`))
	if err != nil {
		t.Fatal(err)
	}
	c.schema, c.message = schemaAndRows(t, b)
	node := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 3), 2)
	many := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 1<<40), 1<<40)
	if bytes.Count(c.message, node) != 1 {
		t.Fatal("the list's node was not found")
	}
	c.message = bytes.Replace(c.message, node, many, 1)
	_, body, err := cut(c.message)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(body[4:], 1<<30) // where the list ends
	c.rows, c.want = 1, "1099511627776 values"
	return c
}
