package redshiftdata

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rstype"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// page is a run of rows in the statement's format: an array of JSON, or CSV.
type page []byte

// collected is what running one statement gave.
type collected struct {
	rows    int64
	columns []pgwire.Column
	pages   []page
	size    int
}

// collect runs a statement to its end and keeps its rows.
func (s *Service) collect(st *statement, text string) (got collected, err error) {
	in := st.session.Session
	if len(in.Split(text)) > 1 {
		return got, pgwire.Errorf("42601", "cannot insert multiple commands into a prepared statement")
	}
	bound, args, err := bind(text, st.parameters)
	if err != nil {
		return got, err
	}
	prepared, err := in.Prepare(st.ctx, bound, nil)
	if err != nil || prepared == nil {
		return got, err
	}
	if n := len(prepared.Params()); n != len(args) {
		return got, pgwire.Errorf("42P02", "there is no parameter $1")
	}
	rows, err := prepared.Run(st.ctx, args)
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	got.columns = rows.Columns()
	w := writer{columns: got.columns, csv: st.format == "CSV", limit: s.opts.PageBytes, got: &got}
	for {
		err := rows.Next(st.ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return got, err
		}
		if err := w.row(rows); err != nil {
			return got, err
		}
		if st.ctx.Err() != nil {
			return got, st.ctx.Err()
		}
	}
	w.flush()
	if got.columns == nil {
		got.rows = changed(rows.Tag())
	}
	return got, nil
}

// changed is the number of rows in a command tag, 0 when it has none.
func changed(tag string) int64 {
	words := strings.Fields(tag)
	if len(words) < 2 {
		return 0
	}
	n, _ := strconv.ParseInt(words[len(words)-1], 10, 64)
	return n
}

// writer writes rows into pages.
type writer struct {
	columns []pgwire.Column
	csv     bool
	limit   int
	got     *collected
	page    []byte
	cell    []byte
}

func (w *writer) row(rows pgwire.Rows) error {
	start := len(w.page)
	if !w.csv {
		if start > 0 {
			w.page = append(w.page, ',')
		}
		w.page = append(w.page, '[')
	}
	for i := range w.columns {
		if i > 0 {
			w.page = append(w.page, ',')
		}
		value, known, err := rows.Append(w.cell[:0], i, false)
		if err != nil {
			return err
		}
		w.cell = value
		if w.csv {
			w.page = appendCSV(w.page, w.columns[i].OID, value, known)
		} else {
			w.page = appendJSON(w.page, w.columns[i].OID, value, known)
		}
	}
	if w.csv {
		w.page = append(w.page, '\r', '\n')
	} else {
		w.page = append(w.page, ']')
	}
	size := len(w.page) - start
	w.got.rows++
	w.got.size += size
	switch {
	case size > largestRow+8*len(w.columns):
		return pgwire.Errorf("54000", "Packet for query is too large (%d > %d).", size, largestRow)
	case w.got.size > largestResult:
		return pgwire.Errorf("54000", "Database response exceeded size limit")
	case len(w.page) >= w.limit:
		w.flush()
	}
	return nil
}

func (w *writer) flush() {
	if len(w.page) > 0 {
		w.got.pages = append(w.got.pages, w.page)
		w.page = nil
	}
}

// plain is the text of a value as this API writes it.
func plain(oid uint32, value []byte) []byte {
	if oid == rstype.Bool && len(value) == 1 {
		return strconv.AppendBool(nil, value[0] == 't')
	}
	return value
}

// appendCSV writes a field: NULL is empty, the empty text is "".
func appendCSV(b []byte, oid uint32, value []byte, known bool) []byte {
	if !known {
		return b
	}
	text := string(plain(oid, value))
	if text != "" && !strings.ContainsAny(text, ",\"\r\n") {
		return append(b, text...)
	}
	return append(append(append(b, '"'), strings.ReplaceAll(text, `"`, `""`)...), '"')
}

// appendJSON writes a member of the union that the type has.
func appendJSON(b []byte, oid uint32, value []byte, known bool) []byte {
	if !known {
		return append(b, `{"isNull":true}`...)
	}
	member := "stringValue"
	text := plain(oid, value)
	switch oid {
	case rstype.Int2, rstype.Int4, rstype.Int8, rstype.OID:
		member = "longValue"
	case rstype.Float4, rstype.Float8:
		member = "doubleValue"
	case rstype.Bool:
		member = "booleanValue"
	}
	b = append(append(append(b, `{"`...), member...), `":`...)
	if member == "stringValue" || member == "doubleValue" && !json.Valid(text) {
		quoted, _ := json.Marshal(string(text)) // a string is always JSON
		text = quoted
	}
	return append(append(b, text...), '}')
}

// result answers GetStatementResult and its second version.
func (s *Service) result(st *statement, sub int, in input, format string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := st.parts[0]
	if sub >= 0 {
		p = st.parts[sub]
	}
	switch {
	case !st.over(), p.status != "FINISHED", p.columns == nil, st.batch && sub < 0:
		return nil, &wire.Error{Code: "ResourceNotFoundException", Message: "Query does not have result. Please check query status with DescribeStatement.",
			Fields: map[string]any{"ResourceId": in.Id}}
	case st.format != format:
		return nil, invalid("The result of this statement has the format %s.", st.format)
	}
	at := 0
	if in.NextToken != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(in.NextToken, "page-"))
		if err != nil || n < 1 || n >= len(p.pages) {
			return nil, invalid("Invalid NextToken.")
		}
		at = n
	}
	out := map[string]any{"ColumnMetadata": metadata(p.columns), "TotalNumRows": p.rows, "Records": []any{}}
	if format == "CSV" {
		out["ResultFormat"] = format
	}
	if at < len(p.pages) {
		if format == "CSV" {
			out["Records"] = []any{map[string]any{"CSVRecords": string(p.pages[at])}}
		} else {
			out["Records"] = json.RawMessage("[" + string(p.pages[at]) + "]")
		}
	}
	if at+1 < len(p.pages) {
		out["NextToken"] = "page-" + strconv.Itoa(at+1)
	}
	return out, nil
}
