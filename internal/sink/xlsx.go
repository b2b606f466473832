package sink

import (
	"archive/zip"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// The limits of a sheet, and how many digits of a number a cell keeps (Excel
// specifications and limits).
const (
	sheetRows    = 1_048_576
	sheetColumns = 16_384
	cellUnits    = 32_767 // UTF-16 code units
	cellDigits   = 15
)

// Styles of cells, as xlsxStyles lists them.
const (
	styleHeader   = "1"
	styleDate     = "2"
	styleDateTime = "3"
)

func tooLong(code fault.Code) error {
	return fault.Newf(code, "The result has more than the %d rows that a sheet holds below its header", sheetRows-1).
		WithRemedyf("take fewer with --limit %d, or choose another format, e.g. --format csv", sheetRows-1)
}

// xlsxWriter writes a workbook of one sheet, row by row: nothing is held but
// the row at hand. What a number of Excel cannot hold exactly is text: numbers
// of more than 15 digits, times finer than a millisecond, moments with a zone,
// dates outside of 1900-03-01 to 9999-12-31.
type xlsxWriter struct {
	zip     *zip.Writer
	sheet   io.Writer
	columns []column
	fields  []arrow.Field
	b       []byte
	scratch []byte
	rows    int // written, the header included
	err     error
}

func newXLSX(w io.Writer, schema *arrow.Schema) (Writer, error) {
	if n := schema.NumFields(); n > sheetColumns {
		return nil, fault.Newf(fault.Usage, "The result has %d columns; a sheet holds %d", n, sheetColumns).WithRemedy("choose another format, e.g. --format csv")
	}
	return &xlsxWriter{zip: zip.NewWriter(w), columns: newColumns(schema, ' '), fields: schema.Fields()}, nil
}

// begin writes the small parts and opens the sheet.
func (x *xlsxWriter) begin() error {
	if x.sheet != nil {
		return nil
	}
	for _, part := range xlsxParts {
		w, err := x.zip.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, xmlHead+part.text); err != nil {
			return err
		}
	}
	var err error
	if x.sheet, err = x.zip.Create("xl/worksheets/sheet1.xml"); err != nil {
		return err
	}
	x.b = append(x.b, xmlHead+`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`+
		`<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`+
		`<sheetFormatPr defaultRowHeight="15"/><sheetData>`...)
	if len(x.fields) == 0 {
		return nil
	}
	x.b = append(x.b, "<row>"...)
	for _, f := range x.fields {
		var err error
		if x.b, err = x.inline(x.b, []byte(f.Name), styleHeader, f.Name); err != nil {
			return err
		}
	}
	x.b = append(x.b, "</row>"...)
	x.rows = 1
	return x.zip.Flush() // whoever waits for the file sees that it comes
}

func (x *xlsxWriter) Write(batch arrow.RecordBatch) error {
	if x.err == nil {
		x.err = x.write(batch)
	}
	return x.err
}

func (x *xlsxWriter) write(batch arrow.RecordBatch) error {
	if err := x.begin(); err != nil || len(x.columns) == 0 {
		return err
	}
	bind(x.columns, batch)
	for row := range int(batch.NumRows()) {
		if x.rows == sheetRows {
			return tooLong(fault.Output)
		}
		x.b = append(x.b, "<row>"...)
		for i := range x.columns {
			var err error
			if x.b, err = x.cell(x.b, i, row); err != nil {
				return err
			}
		}
		x.b = append(x.b, "</row>"...)
		x.rows++
		if err := x.flush(flushAt); err != nil {
			return err
		}
	}
	return nil
}

// flush hands on what is held once it is most bytes or more.
func (x *xlsxWriter) flush(most int) error {
	if len(x.b) < most {
		return nil
	}
	_, err := x.sheet.Write(x.b)
	x.b = x.b[:0]
	return err
}

// cell writes one cell. An empty one keeps the place of a NULL, since cells
// carry no names here.
func (x *xlsxWriter) cell(b []byte, i, row int) ([]byte, error) {
	c := &x.columns[i]
	if c.null(row) {
		return append(b, "<c/>"...), nil
	}
	f := x.fields[i]
	switch id := f.Type.ID(); {
	case id == arrow.BOOL:
		if x.scratch = c.appendText(x.scratch[:0], row); string(x.scratch) == "true" {
			return append(b, `<c t="b"><v>1</v></c>`...), nil
		}
		return append(b, `<c t="b"><v>0</v></c>`...), nil
	case id == arrow.DATE32:
		if days := int64(c.array.(*array.Date32).Value(row)); days >= firstDay && days <= lastDay {
			return number(b, styleDate, strconv.AppendInt(x.scratch[:0], days+dayZero, 10)), nil
		}
	case id == arrow.TIMESTAMP:
		if serial, ok := x.moment(c, row); ok {
			return number(b, styleDateTime, serial), nil
		}
	case arrow.IsFloating(id) || arrow.IsInteger(id) || arrow.IsDecimal(id) || result.Carries(f) == result.TextNumber:
		x.scratch = c.appendText(x.scratch[:0], row)
		if isJSONNumber(string(x.scratch)) && (arrow.IsFloating(id) || significant(x.scratch) <= cellDigits) {
			return number(b, "", x.scratch), nil
		}
	}
	x.scratch = c.appendText(x.scratch[:0], row)
	return x.inline(b, x.scratch, "", f.Name)
}

func number(b []byte, style string, digits []byte) []byte {
	b = append(b, "<c"...)
	if style != "" {
		b = append(append(append(b, ` s="`...), style...), '"')
	}
	return append(append(append(b, "><v>"...), digits...), "</v></c>"...)
}

// significant counts a number's digits without zeros before and behind. An
// exponent's digits count too, which makes it text sooner, never later.
func significant(text []byte) int {
	digits, zeros := 0, 0 // zeros since the last digit that is none
	for _, c := range text {
		switch {
		case c == '0' && digits > 0:
			zeros++
		case c > '0' && c <= '9':
			digits += zeros + 1
			zeros = 0
		}
	}
	return digits
}

// Excel counts days from 1899-12-30, and takes 1900 for a leap year: the count
// is right from 1900-03-01 on.
const (
	dayZero  = 25569 // 1970-01-01
	firstDay = 61 - dayZero
	lastDay  = 2958465 - dayZero // 9999-12-31
)

// moment returns a timestamp as Excel's days and parts of a day, when that is
// exact to the millisecond.
func (x *xlsxWriter) moment(c *column, row int) ([]byte, bool) {
	t := c.array.DataType().(*arrow.TimestampType)
	seconds, nanos := split(int64(c.array.(*array.Timestamp).Value(row)), t.Unit)
	days, clock := floorDiv(seconds, secondsPerDay)
	if t.TimeZone != "" || nanos%int64(time.Millisecond) != 0 || days < firstDay || days > lastDay {
		return nil, false
	}
	serial := float64(days+dayZero) + (float64(clock)+float64(nanos)/1e9)/secondsPerDay
	return strconv.AppendFloat(x.scratch[:0], serial, 'f', -1, 64), true
}

// inline writes a text cell.
func (x *xlsxWriter) inline(b, s []byte, style, column string) ([]byte, error) {
	if len(s) > cellUnits {
		if n := units(s); n > cellUnits {
			return b, fault.Newf(fault.Output, "Row %d, column %q holds %d characters; a cell holds %d", x.rows, column, n, cellUnits).
				WithRemedy("choose another format, e.g. --format csv")
		}
	}
	b = append(b, `<c t="inlineStr"`...)
	if style != "" {
		b = append(append(append(b, ` s="`...), style...), '"')
	}
	b = append(b, `><is><t xml:space="preserve">`...)
	b = appendXML(b, s)
	return append(b, "</t></is></c>"...), nil
}

func units(s []byte) int {
	n := 0
	for _, r := range string(s) {
		n += utf16.RuneLen(max(r, 0))
	}
	return n
}

// appendXML escapes what XML must not hold. Characters it cannot hold at all
// are written as _x0001_, and a text that looks like that has its underscore
// written so (ECMA-376, part 1, 22.9.2.19).
func appendXML(b, s []byte) []byte {
	for i, r := range string(s) {
		switch {
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '_' && looksEscaped(s[i:]):
			b = append(b, "_x005F_"...)
		case r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff:
			const hex = "0123456789ABCDEF"
			b = append(b, "_x"...)
			for shift := 12; shift >= 0; shift -= 4 {
				b = append(b, hex[r>>shift&15])
			}
			b = append(b, '_')
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

func looksEscaped(s []byte) bool {
	return len(s) >= 7 && s[1] == 'x' && s[6] == '_' && strings.Trim(string(s[2:6]), "0123456789abcdefABCDEF") == ""
}

func (x *xlsxWriter) Close() error {
	if x.err != nil {
		return x.err
	}
	if err := x.begin(); err != nil {
		return err
	}
	x.b = append(x.b, "</sheetData></worksheet>"...)
	if err := x.flush(1); err != nil {
		return err
	}
	return x.zip.Close()
}
