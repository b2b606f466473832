package rstype_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rstype"
	"github.com/jackc/pgx/v5/pgtype"
)

func TestTypesOfTheEngineBecomeRedshifts(t *testing.T) {
	for name, want := range map[string]rstype.Type{
		"DECIMAL(18,2)":            {OID: rstype.Numeric, Size: -1, TypMod: 18<<16 + 2 + 4},
		"HUGEINT":                  {OID: rstype.Numeric, Size: -1, TypMod: 38<<16 + 4},
		"INTEGER":                  {OID: rstype.Int4, Size: 4, TypMod: -1},
		"STRUCT(a INTEGER)":        {OID: rstype.Super, Size: -1, TypMod: -1},
		"INTEGER[]":                {OID: rstype.Super, Size: -1, TypMod: -1},
		"JSON":                     {OID: rstype.Super, Size: -1, TypMod: -1},
		"TIMESTAMP WITH TIME ZONE": {OID: rstype.Timestamptz, Size: 8, TypMod: -1},
		"UUID":                     {OID: rstype.Varchar, Size: -1, TypMod: -1},
	} {
		if got := rstype.Of(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestTextIsWrittenAsPostgreSQLDoes(t *testing.T) {
	zone := time.FixedZone("", -(3*3600 + 30*60))
	when := time.Date(2020, 2, 29, 1, 2, 3, 450000000, time.UTC)
	for _, test := range []struct {
		t    rstype.Type
		v    any
		want string
	}{
		{rstype.Of("BOOLEAN"), true, "t"}, {rstype.Of("BOOLEAN"), false, "f"},
		{rstype.Of("DOUBLE"), 1e15, "1e+15"}, {rstype.Of("DOUBLE"), 123456789012345.0, "123456789012345"}, {rstype.Of("DOUBLE"), 0.0001, "0.0001"},
		{rstype.Of("DOUBLE"), 0.00001, "1e-05"}, {rstype.Of("FLOAT"), float32(0.1), "0.1"}, {rstype.Of("DOUBLE"), -0.5, "-0.5"},
		{rstype.Of("DATE"), when, "2020-02-29"}, {rstype.Of("TIME"), when, "01:02:03.45"}, {rstype.Of("TIMESTAMP"), when, "2020-02-29 01:02:03.45"},
		{rstype.Of("TIMESTAMP WITH TIME ZONE"), when.In(zone), "2020-02-28 21:32:03.45-03:30"},
		{rstype.Of("DATE"), time.Date(-43, 3, 15, 0, 0, 0, 0, time.UTC), "0044-03-15"},
		{rstype.Of("BLOB"), []byte{0, 255}, "00ff"}, {rstype.Of("BIGINT"), int64(-9), "-9"},
	} {
		got, err := test.t.Append([]byte("<"), test.v, false)
		if err != nil || string(got) != "<"+test.want {
			t.Errorf("%v: %q, %v; want %q", test.v, got, err, test.want)
		}
	}
}

// TestBinaryNumbersAreReadByAnotherCodec writes with ours and reads with
// pgx's, and the other way round for parameters.
func TestBinaryNumbersAreReadByAnotherCodec(t *testing.T) {
	m := pgtype.NewMap()
	numeric := rstype.Of("DECIMAL(38,10)")
	for _, text := range []string{"0", "0.00", "1", "-1", "10000", "9999.9999", "0.0001", "0.00001", "-123456789012345678901234567890.12345678", "100000000", "1234.50", "99999999999999999999999999999999999999"} {
		wire, err := numeric.Append(nil, text, true)
		if err != nil {
			t.Fatal(err)
		}
		var n pgtype.Numeric
		if err := m.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, wire, &n); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var want pgtype.Numeric
		if err := want.Scan(text); err != nil {
			t.Fatal(err)
		}
		a, _ := n.Value()
		b, _ := want.Value()
		if trimmed(a.(string)) != trimmed(b.(string)) {
			t.Errorf("%s: read as %v", text, a)
		}
		sent, err := m.Encode(pgtype.NumericOID, pgtype.BinaryFormatCode, want, nil)
		if err != nil {
			t.Fatal(err)
		}
		literal, err := rstype.Literal(rstype.Numeric, sent, true)
		if err != nil || !strings.Contains(literal, "'"+trimmed(text)) {
			t.Errorf("%s: parameter became %s, %v", text, literal, err)
		}
	}
}

func trimmed(number string) string {
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number
}

func TestParametersBecomeLiterals(t *testing.T) {
	for _, test := range []struct {
		oid    uint32
		value  []byte
		binary bool
		want   string
	}{
		{0, []byte("it's"), false, "'it''s'"},
		{0, nil, false, "NULL"},
		{rstype.Int4, nil, false, "CAST(NULL AS INTEGER)"},
		{rstype.Int4, []byte{255, 255, 255, 254}, true, "CAST('-2' AS INTEGER)"},
		{rstype.Bool, []byte{1}, true, "CAST('true' AS BOOLEAN)"},
		{rstype.Date, []byte{0, 0, 0, 1}, true, "CAST('2000-01-02' AS DATE)"},
		{rstype.Timestamp, []byte{0, 0, 0, 0, 0, 0, 0, 1}, true, "CAST('2000-01-01 00:00:00.000001' AS TIMESTAMP)"},
		{rstype.Numeric, []byte("-12.50"), false, "CAST('-12.50' AS DECIMAL(4,2))"},
		{rstype.Varbyte, []byte{0xab}, true, "from_hex('ab')"},
	} {
		if got, err := rstype.Literal(test.oid, test.value, test.binary); err != nil || got != test.want {
			t.Errorf("%v: %s, %v; want %s", test.value, got, err, test.want)
		}
	}
	for _, bad := range []struct {
		oid   uint32
		value string
	}{{rstype.Int4, "\x00"}, {rstype.Numeric, "\x00"}, {rstype.Varchar, "\xff"}, {rstype.Varchar, "a\x00"}} {
		if got, err := rstype.Literal(bad.oid, []byte(bad.value), true); err == nil {
			t.Errorf("%q as %d became %s", bad.value, bad.oid, got)
		}
	}
}

// FuzzLiteral: whatever bytes are bound, the literal cannot leave its quotes.
func FuzzLiteral(f *testing.F) {
	for _, oid := range []uint32{0, rstype.Int4, rstype.Numeric, rstype.Timestamp, rstype.Date, rstype.Varchar, rstype.Varbyte} {
		f.Add(oid, []byte("1.5'; drop"), true)
		f.Add(oid, []byte{0, 2, 0, 1, 0x40, 0, 0, 4, 0, 1, 0x27, 0x0f}, true)
		f.Add(oid, []byte("'"), false)
	}
	f.Fuzz(func(t *testing.T, oid uint32, value []byte, binary bool) {
		text, err := rstype.Literal(oid, value, binary)
		if err != nil {
			return
		}
		if strings.Count(text, "'")%2 != 0 {
			t.Fatalf("unbalanced quotes: %s", text)
		}
		outside := strings.Join(everySecond(strings.Split(text, "'")), "")
		if strings.ContainsAny(outside, ";-") {
			t.Fatalf("a value got out of its quotes: %s", text)
		}
	})
}

func everySecond(parts []string) []string {
	var out []string
	for i := 0; i < len(parts); i += 2 {
		out = append(out, parts[i])
	}
	return out
}
