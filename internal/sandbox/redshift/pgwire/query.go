package pgwire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"
)

// simpleQuery runs every statement of a query string and reports when ready.
func (c *client) simpleQuery(query string) error {
	c.skipping = false
	// A simple query replaces the unnamed statement and portal.
	delete(c.statements, "")
	c.closePortal("")
	err := c.runPieces(query, c.session.Split(query))
	var broken *brokenError
	if errors.As(err, &broken) {
		return err
	}
	if err != nil {
		c.sendNotices()
		e := c.explain(err)
		c.sendError(e)
		if e.Severity == "FATAL" {
			_ = c.flush() // the connection ends here
			return &brokenError{err}
		}
	}
	c.ready()
	return c.flush()
}

func (c *client) runPieces(query string, pieces []Piece) (err error) {
	if len(pieces) == 0 {
		c.send(&pgproto3.EmptyQueryResponse{})
		return nil
	}
	ctx, cancel := c.begin()
	defer cancel(errDone)
	c.running(cancel)
	defer c.running(nil)
	if len(pieces) > 1 && c.session.Status() == Idle {
		if err := c.session.Begin(ctx, pieces); err != nil {
			return withCause(ctx, err)
		}
		defer func() {
			// Ending must work after a cancel, so it has a context of its own.
			err = errors.Join(err, c.session.End(context.WithoutCancel(ctx), err == nil))
		}()
	}
	for _, p := range pieces {
		if err := c.runPiece(ctx, p.SQL); err != nil {
			return shift(withCause(ctx, err), query, p.Offset)
		}
	}
	return nil
}

// shift moves an error's position from a piece to the whole query string.
func shift(err error, query string, offset int) error {
	var e *Error
	if errors.As(err, &e) && e.Position > 0 && offset > 0 {
		moved := *e
		moved.Position += utf8.RuneCountInString(query[:offset])
		return &moved
	}
	return err
}

func (c *client) runPiece(ctx context.Context, sql string) error {
	st, err := c.session.Prepare(ctx, sql, nil)
	if err != nil {
		return err
	}
	if st == nil {
		c.send(&pgproto3.EmptyQueryResponse{})
		return nil
	}
	if n := len(st.Params()); n > 0 {
		return Errorf("42P02", "there is no parameter $%d", 1)
	}
	rows, err := st.Run(ctx, nil)
	if err != nil {
		return err
	}
	if cols := rows.Columns(); cols != nil {
		c.send(describe(cols, nil))
	}
	_, _, err = c.sendRows(ctx, rows, nil, 0)
	return errors.Join(err, rows.Close())
}

// sendRows sends up to limit rows (0 is all) and the command tag at the end.
// more is true when the limit stopped it.
func (c *client) sendRows(ctx context.Context, rows Rows, formats []int16, limit uint32) (n uint32, more bool, err error) {
	width := len(rows.Columns())
	for limit == 0 || n < limit {
		err := rows.Next(ctx)
		if err == io.EOF {
			c.sendNotices()
			tag := rows.Tag()
			if strings.HasSuffix(tag, " ") {
				tag += strconv.FormatUint(uint64(n), 10)
			}
			c.send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
			return n, false, nil
		}
		if err != nil {
			return n, false, err
		}
		if err := c.sendRow(rows, width, formats); err != nil {
			return n, false, err
		}
		n++
		if len(c.out) >= flushAt {
			if err := c.flush(); err != nil {
				return n, false, err
			}
			if ctx.Err() != nil {
				return n, false, context.Cause(ctx)
			}
		}
	}
	return n, true, nil
}

// sendRow writes a DataRow straight into the output, without a value slice.
func (c *client) sendRow(rows Rows, width int, formats []int16) error {
	start := len(c.out)
	out := append(c.out, 'D', 0, 0, 0, 0)
	out = binary.BigEndian.AppendUint16(out, uint16(width))
	for i := range width {
		at := len(out)
		out = append(out, 0, 0, 0, 0)
		next, ok, err := rows.Append(out, i, format(formats, i) == pgproto3.BinaryFormat)
		if err != nil {
			c.out = c.out[:start] // drop the half-written row
			return err
		}
		if !ok {
			next = next[:at]
			next = binary.BigEndian.AppendUint32(next, 0xffffffff)
		} else {
			binary.BigEndian.PutUint32(next[at:], uint32(len(next)-at-4))
		}
		out = next
	}
	binary.BigEndian.PutUint32(out[start+1:], uint32(len(out)-start-1))
	c.out = out
	return nil
}

// format is the result format of column i: none is text, one holds for all.
func format(formats []int16, i int) int16 {
	switch {
	case len(formats) == 0:
		return pgproto3.TextFormat
	case len(formats) == 1:
		return formats[0]
	case i < len(formats):
		return formats[i]
	}
	return pgproto3.TextFormat
}

func describe(cols []Column, formats []int16) *pgproto3.RowDescription {
	fields := make([]pgproto3.FieldDescription, len(cols))
	for i, col := range cols {
		fields[i] = pgproto3.FieldDescription{
			Name: []byte(col.Name), DataTypeOID: col.OID, DataTypeSize: col.Size,
			TypeModifier: col.TypMod, Format: format(formats, i),
		}
	}
	return &pgproto3.RowDescription{Fields: fields}
}
