package leader

import (
	"context"
	"database/sql"
	"io"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rstype"
)

// done is the result of a statement that gives no rows: its tag.
type done string

func (d done) Columns() []pgwire.Column                               { return nil }
func (d done) Next(context.Context) error                             { return io.EOF }
func (d done) Append(dst []byte, _ int, _ bool) ([]byte, bool, error) { return dst, false, nil }
func (d done) Tag() string                                            { return string(d) }
func (d done) Close() error                                           { return nil }

// engineRows stream from DuckDB.
type engineRows struct {
	session *Session
	rows    *sql.Rows
	cols    []pgwire.Column
	types   []rstype.Type
	values  []any
	dest    []any
	tag     string
	zone    *time.Location
	explain func(error) error
	release func() // ends the context of the rows
}

func (s *Session) newRows(rows *sql.Rows, cols []pgwire.Column, tag string, explain func(error) error) *engineRows {
	r := &engineRows{session: s, rows: rows, cols: cols, tag: tag, zone: s.settings.zone, explain: explain,
		types: make([]rstype.Type, len(cols)), values: make([]any, len(cols)), dest: make([]any, len(cols))}
	for i, c := range cols {
		r.types[i] = rstype.Type{OID: c.OID, Size: c.Size, TypMod: c.TypMod}
		r.dest[i] = &r.values[i]
	}
	return r
}

func (r *engineRows) Columns() []pgwire.Column { return r.cols }
func (r *engineRows) Tag() string              { return r.tag }

// Close ends the rows and the statement's time limit.
func (r *engineRows) Close() error {
	if r.release != nil {
		r.release()
	}
	return r.rows.Close()
}

func (r *engineRows) Next(context.Context) error {
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return r.session.fail(r.explain(err))
		}
		return io.EOF
	}
	return r.rows.Scan(r.dest...)
}

func (r *engineRows) Append(dst []byte, i int, binary bool) ([]byte, bool, error) {
	v := r.values[i]
	if v == nil {
		return dst, false, nil
	}
	if t, ok := v.(time.Time); ok && r.types[i].OID == rstype.Timestamptz {
		v = t.In(r.zone)
	}
	dst, err := r.types[i].Append(dst, v, binary)
	if err != nil {
		return dst, false, pgwire.Errorf("0A000", "%v", err)
	}
	return dst, true, nil
}
