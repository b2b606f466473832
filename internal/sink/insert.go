package sink

import (
	"encoding/hex"
	"io"
	"regexp"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// The dialects of the insert format, as package sqltext names them.
const (
	dialectTrino    = "trino"
	dialectRedshift = "redshift"
	dialectPartiQL  = "partiql"
)

const (
	// insertRows and insertBytes bound one statement: Athena takes 262,144
	// characters, and every service many small ones better than one huge one.
	insertRows  = 100
	insertBytes = 64 << 10
)

// insertWriter writes SQL that puts the rows into a table: literals that the
// dialect reads back as the same values. DynamoDB takes one item a statement.
type insertWriter struct {
	out     buffer
	columns []column
	fields  []arrow.Field
	names   []string // quoted
	begin   string   // of a statement
	dialect string
	rows    int // of the open statement
	size    int // of the open statement, in bytes
	scratch []byte
}

func newInsert(w io.Writer, schema *arrow.Schema, o Options) (Writer, error) {
	x := &insertWriter{out: buffer{w: w}, columns: newColumns(schema, ' '), fields: schema.Fields(), dialect: o.Dialect}
	if x.dialect == "" {
		x.dialect = dialectTrino
	}
	for i, name := range uniqueNames(x.fields) {
		quote := byte('"')
		if x.dialect == dialectPartiQL {
			quote = '\''
			if isBinary(x.fields[i].Type) {
				return nil, fault.Newf(fault.Unsupported, "Column %q is binary, for which PartiQL has no literal", name).
					WithRemedy("choose another format, e.g. --format jsonl")
			}
		}
		x.names = append(x.names, string(appendQuoted(nil, name, quote)))
	}
	table := quoteTable(o.Table, x.dialect)
	if x.begin = "INSERT INTO " + table + " VALUE {"; x.dialect != dialectPartiQL {
		x.begin = "INSERT INTO " + table + " (" + strings.Join(x.names, ", ") + ") VALUES\n"
	}
	return x, nil
}

// quoteTable quotes a table's name where it must be; one that is quoted already
// stays. Parts are separated by dots, but for DynamoDB, whose names may have some.
func quoteTable(name, dialect string) string {
	if name == "" {
		name = "result"
	}
	if strings.Contains(name, `"`) {
		return name
	}
	if dialect == dialectPartiQL {
		return string(appendQuoted(nil, name, '"'))
	}
	parts := strings.Split(name, ".")
	plain := regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	for i, p := range parts {
		if !plain.MatchString(p) {
			parts[i] = string(appendQuoted(nil, p, '"'))
		}
	}
	return strings.Join(parts, ".")
}

func appendQuoted(b []byte, s string, quote byte) []byte {
	b = append(b, quote)
	for i := range len(s) {
		if s[i] == quote {
			b = append(b, quote)
		}
		b = append(b, s[i])
	}
	return append(b, quote)
}

func isBinary(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.BINARY, arrow.LARGE_BINARY, arrow.FIXED_SIZE_BINARY, arrow.BINARY_VIEW:
		return true
	}
	return false
}

func (x *insertWriter) Write(batch arrow.RecordBatch) error {
	bind(x.columns, batch)
	for row := range int(batch.NumRows()) {
		if x.dialect != dialectPartiQL {
			x.row(row)
		} else if err := x.item(row); err != nil {
			return err
		}
		if err := x.out.flushFull(); err != nil {
			return err
		}
	}
	return x.out.flushFirst()
}

// row writes one row of a statement of several.
func (x *insertWriter) row(row int) {
	if x.rows == insertRows || x.size >= insertBytes {
		x.endStatement()
	}
	b := x.out.b
	before := len(b)
	if x.rows == 0 {
		b = append(b, x.begin...)
	} else {
		b = append(b, ",\n"...)
	}
	b = append(b, '(')
	for i := range x.columns {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = x.literal(b, i, row)
	}
	x.out.b = append(b, ')')
	x.rows++
	x.size += len(x.out.b) - before
}

func (x *insertWriter) endStatement() {
	if x.rows > 0 {
		x.out.b = append(x.out.b, ";\n"...)
	}
	x.rows, x.size = 0, 0
}

// item writes a statement for one item. An attribute that is NULL is left out:
// it is most likely one that the item does not have.
func (x *insertWriter) item(row int) error {
	b := append(x.out.b, x.begin...)
	first := true
	for i := range x.columns {
		if x.columns[i].null(row) {
			continue
		}
		before := len(b)
		if !first {
			b = append(b, ", "...)
		}
		if result.IsRest(x.fields[i]) {
			members, err := x.members(b, i, row)
			if err != nil {
				return err
			}
			if members == nil {
				b = b[:before]
				continue
			}
			b = members
		} else {
			b = append(append(b, x.names[i]...), ": "...)
			var err error
			if b, err = x.attribute(b, i, row); err != nil {
				return err
			}
		}
		first = false
	}
	x.out.b = append(b, "};\n"...)
	return nil
}

// members writes the attributes of the column that holds all the others; nil
// when it has none.
func (x *insertWriter) members(b []byte, i, row int) ([]byte, error) {
	x.scratch = x.columns[i].appendText(x.scratch[:0], row)
	value, ok := readJSON(string(x.scratch))
	members, isObject := value.(object)
	if !ok || !isObject || len(members) == 0 {
		return nil, nil
	}
	return appendMembers(b, members)
}

func (x *insertWriter) Close() error {
	x.endStatement()
	return x.out.flush()
}

func (x *insertWriter) abandon() error { return x.Close() }

// literal writes a value for Trino or Redshift.
func (x *insertWriter) literal(b []byte, i, row int) []byte {
	c := &x.columns[i]
	if c.null(row) {
		return append(b, "NULL"...)
	}
	t := x.fields[i].Type
	trino := x.dialect == dialectTrino
	switch id := t.ID(); {
	case id == arrow.BOOL:
		return c.appendText(b, row)
	case arrow.IsInteger(id):
		return x.integer(b, c, row)
	case arrow.IsDecimal(id) || result.Carries(x.fields[i]) == result.TextNumber:
		return x.decimal(b, c, row)
	case arrow.IsFloating(id):
		return x.float(b, c, row, id == arrow.FLOAT64)
	case isBinary(t):
		return x.binary(b, c, row)
	case trino && (id == arrow.DATE32 || id == arrow.DATE64):
		return typed(b, "DATE", c, row)
	case id == arrow.TIMESTAMP && trino:
		return x.timestamp(b, c, row)
	case trino && (id == arrow.TIME32 || id == arrow.TIME64):
		return typed(b, "TIME", c, row)
	}
	x.scratch = c.appendText(x.scratch[:0], row)
	if !trino && result.Carries(x.fields[i]) == result.TextJSON {
		return append(x.text(append(b, "JSON_PARSE("...), x.scratch), ')')
	}
	return x.text(b, x.scratch)
}

// typed writes DATE '2024-01-01' and its like.
func typed(b []byte, name string, c *column, row int) []byte {
	b = append(append(b, name...), " '"...)
	return append(c.appendText(b, row), '\'')
}

// text writes a string. Whether a backslash in a string is an escape depends on
// Redshift's settings; CHR(92) is one in any case.
func (x *insertWriter) text(b, s []byte) []byte {
	b = append(b, '\'')
	for _, c := range s {
		switch {
		case c == '\'':
			b = append(b, "''"...)
		case c == '\\' && x.dialect == dialectRedshift:
			b = append(b, "' || CHR(92) || '"...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '\'')
}

// integer writes the smallest of 64 bits by its text: as a number it would be
// the minus of one that is too large.
func (x *insertWriter) integer(b []byte, c *column, row int) []byte {
	x.scratch = c.appendText(x.scratch[:0], row)
	if string(x.scratch) == "-9223372036854775808" {
		return append(append(append(b, "CAST('"...), x.scratch...), "' AS BIGINT)"...)
	}
	return append(b, x.scratch...)
}

func (x *insertWriter) decimal(b []byte, c *column, row int) []byte {
	x.scratch = c.appendText(x.scratch[:0], row)
	if !isJSONNumber(string(x.scratch)) { // NaN of a numeric
		return x.text(b, x.scratch)
	}
	if x.dialect == dialectTrino {
		return append(append(append(b, "DECIMAL '"...), x.scratch...), '\'')
	}
	return append(b, x.scratch...)
}

func (x *insertWriter) float(b []byte, c *column, row int, double bool) []byte {
	x.scratch = c.appendText(x.scratch[:0], row)
	if x.dialect == dialectTrino {
		name := "REAL '"
		if double {
			name = "DOUBLE '"
		}
		return append(append(append(b, name...), x.scratch...), '\'')
	}
	if isJSONNumber(string(x.scratch)) {
		return append(b, x.scratch...)
	}
	return append(x.text(b, x.scratch), "::float8"...)
}

func (x *insertWriter) binary(b []byte, c *column, row int) []byte {
	value := binaryValue(c.array, row)
	if x.dialect == dialectTrino {
		return append(hex.AppendEncode(append(b, "X'"...), value), '\'')
	}
	return append(hex.AppendEncode(append(b, "FROM_HEX('"...), value), "')"...)
}

func binaryValue(a arrow.Array, row int) []byte {
	if v, ok := a.(interface{ Value(int) []byte }); ok {
		return v.Value(row)
	}
	return nil
}

// timestamp writes a moment; Trino wants the zone's name or offset behind a space.
func (x *insertWriter) timestamp(b []byte, c *column, row int) []byte {
	x.scratch = c.appendText(x.scratch[:0], row)
	text := string(x.scratch)
	if _, zoned := c.array.DataType().(*arrow.TimestampType); zoned && c.array.(*array.Timestamp).DataType().(*arrow.TimestampType).TimeZone != "" {
		if t, utc := strings.CutSuffix(text, "Z"); utc {
			text = t + " UTC"
		} else if i := strings.LastIndexAny(text, "+-"); i > len("2006-01-02") {
			text = text[:i] + " " + text[i:]
		}
	}
	return append(append(append(b, "TIMESTAMP '"...), text...), '\'')
}

// attribute writes a value for DynamoDB.
func (x *insertWriter) attribute(b []byte, i, row int) ([]byte, error) {
	c, f := &x.columns[i], x.fields[i]
	x.scratch = c.appendText(x.scratch[:0], row)
	switch id := f.Type.ID(); {
	case id == arrow.BOOL || arrow.IsInteger(id) || arrow.IsDecimal(id):
		return append(b, x.scratch...), nil
	case result.Carries(f) == result.TextNumber || arrow.IsFloating(id):
		if isJSONNumber(string(x.scratch)) {
			return append(b, x.scratch...), nil
		}
	case result.Carries(f) == result.TextJSON:
		if value, ok := readJSON(string(x.scratch)); ok {
			return appendPartiQL(b, value)
		}
	}
	return x.text(b, x.scratch), nil
}
