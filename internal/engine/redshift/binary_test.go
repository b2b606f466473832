package redshift

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairleadhq/fairlead/internal/result"
)

// decodeOne reads one value of a type that is sent in binary.
func decodeOne(oid uint32, v []byte) (string, error) {
	columns := []pgconn.FieldDescription{{Name: "c", DataTypeOID: oid, TypeModifier: -1, Format: 1}}
	b := result.NewTextBuilder(schemaOf(columns))
	defer b.Release()
	if err := decoders(b, columns)[0](v); err != nil {
		return "", err
	}
	b.EndRow()
	batch := b.Batch()
	defer batch.Release()
	return batch.Column(0).ValueStr(0), nil
}

func TestBinaryValuesAreReadExactlyOrRefused(t *testing.T) {
	be := binary.BigEndian
	u16 := func(n int16) []byte { return be.AppendUint16(nil, uint16(n)) }
	u32 := func(n int32) []byte { return be.AppendUint32(nil, uint32(n)) }
	u64 := func(n int64) []byte { return be.AppendUint64(nil, uint64(n)) }
	for _, c := range []struct {
		name string
		oid  uint32
		v    []byte
		want string // "" is refused
	}{
		{"int2", oidInt2, u16(-32768), "-32768"},
		{"int4", oidInt4, u32(math.MaxInt32), "2147483647"},
		{"int8", oidInt8, u64(math.MinInt64), "-9223372036854775808"},
		{"int8 too short", oidInt8, u32(1), ""},
		{"int4 too long", oidInt4, u64(1), ""},
		{"int2 empty", oidInt2, []byte{}, ""},
		{"float4", oidFloat4, be.AppendUint32(nil, math.Float32bits(0.1)), "0.1"},
		{"float8", oidFloat8, be.AppendUint64(nil, math.Float64bits(0.1)), "0.1"},
		{"float8 NaN", oidFloat8, be.AppendUint64(nil, math.Float64bits(math.NaN())), "NaN"},
		{"bool", oidBool, []byte{1}, "true"},
		{"bool of text", oidBool, []byte("true"), ""},
		{"date", oidDate, u32(0), "2000-01-01"},
		{"date before", oidDate, u32(-10958), "1969-12-31"},
		{"date infinity", oidDate, u32(math.MaxInt32), "5881580-07-11"}, // how Arrow prints result.DateInfinity
		{"date too far", oidDate, u32(math.MaxInt32 - 1), ""},
		{"timestamp", oidTimestamp, u64(1), "2000-01-01T00:00:00.000001"},
		{"timestamptz", oidTimestampTZ, u64(-1), "1999-12-31T23:59:59.999999Z"},
		{"timestamp too far", oidTimestamp, u64(math.MaxInt64 - 1), ""},
	} {
		got, err := decodeOne(c.oid, c.v)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), `column "c"`) {
			t.Errorf("%s: %v does not name the column", c.name, err)
		}
	}
	for v, want := range map[int64]int64{math.MaxInt64: int64(result.TimestampInfinity), math.MinInt64: -int64(result.TimestampInfinity)} {
		if got, ok := timestampOf(v); !ok || int64(got) != want {
			t.Errorf("%d: %d, %v", v, got, ok)
		}
	}
}

// What is not exact in binary everywhere is asked for as text.
func TestFormatsAreAskedByType(t *testing.T) {
	columns := make([]pgconn.FieldDescription, 0)
	for _, oid := range []uint32{oidInt8, oidNumeric, oidTimestamp, oidSuper, oidVarbyte, oidTime, 99999} {
		columns = append(columns, pgconn.FieldDescription{DataTypeOID: oid})
	}
	for integer, want := range map[bool]string{true: "1010000", false: "1000000"} {
		got := ""
		for _, f := range formats(columns, integer) {
			got += string(rune('0' + f))
		}
		if got != want {
			t.Errorf("%v: %s", integer, got)
		}
	}
}

// FuzzWireValue: whatever a server sends as a value, in the form in which it
// was asked for, is a value or an error.
func FuzzWireValue(f *testing.F) {
	oids := []uint32{oidInt2, oidInt4, oidInt8, oidFloat4, oidFloat8, oidBool, oidDate, oidTimestamp, oidTimestampTZ, oidNumeric, oidTime, oidVarchar, oidVarbyte, oidSuper}
	for i := range oids {
		f.Add(uint8(i), true, int32(-1), []byte{0, 0, 0, 0, 0, 0, 0, 1})
		f.Add(uint8(i), false, int32(38<<16|10+4), []byte("2026-01-02 03:04:05.678901+00"))
	}
	f.Add(uint8(9), false, int32(5<<16|2+4), []byte("-123.45"))
	f.Add(uint8(8), true, int32(-1), []byte{0x80, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, kind uint8, binary bool, modifier int32, v []byte) {
		c := pgconn.FieldDescription{Name: "c", DataTypeOID: oids[int(kind)%len(oids)], TypeModifier: modifier}
		if binary {
			c.Format = 1
		}
		columns := []pgconn.FieldDescription{c}
		b := result.NewTextBuilder(schemaOf(columns))
		defer b.Release()
		if decoders(b, columns)[0](v) != nil {
			return
		}
		b.EndRow()
		batch := b.Batch()
		defer batch.Release()
		if batch.NumRows() != 1 || batch.Column(0).IsNull(0) {
			t.Errorf("%d, %q became NULL or nothing", c.DataTypeOID, v)
		}
		_ = batch.Column(0).ValueStr(0)
	})
}
