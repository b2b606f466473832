package athena

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
)

// pageSource reads a result page by page, one page ahead of the reader.
type pageSource struct {
	pages   *pages
	rows    []byte // of the page in hand, not yet converted
	header  bool   // the first of rows repeats the columns' names
	builder *rowBuilder
	row     []cell
}

func (s *pageSource) path() string { return "pages" }

func (s *pageSource) next(ctx context.Context) (arrow.RecordBatch, error) {
	for {
		if s.rows == nil {
			p, err := s.pages.wait(ctx)
			switch {
			case err != nil:
				return nil, err
			case p == nil:
				return nil, io.EOF
			case s.builder.columns > 0:
				s.rows = p.rows
			}
		}
		if b, err := s.convert(); b != nil || err != nil {
			return b, err
		}
	}
}

// convert turns the page in hand into a batch; nil when it has no rows.
func (s *pageSource) convert() (_ arrow.RecordBatch, err error) {
	rawpage.Elements(s.rows, func(row []byte) bool {
		if s.header {
			s.header = false
			return true
		}
		s.row = cells(s.row[:0], row)
		err = s.builder.add(s.row)
		return err == nil
	})
	s.rows = nil
	if err != nil {
		return nil, &unreadable{err}
	}
	if s.builder.Rows() == 0 {
		return nil, nil
	}
	return s.builder.Batch(), nil
}

func (s *pageSource) close() {
	s.builder.Release()
	s.rows = nil
}

// unreadable is a result that is not what Athena sends.
type unreadable struct{ err error }

func (u *unreadable) Error() string { return u.err.Error() }

func (u *unreadable) Unwrap() error { return u.err }
