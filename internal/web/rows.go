package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/spool"
)

const (
	mostWindow = 2000    // rows of one answer
	longCell   = 1000    // characters of a cell that a window shows
	mostCopied = 100_000 // rows of one copy
	// mostAnswer bounds one window's answer, so that a table of wide cells and
	// 1,600 columns comes in smaller windows.
	mostAnswer = 8 << 20
)

// window reads rows of the result, or of a view of it.
func window(ctx context.Context, rows *spool.Spool, view *spool.View, from, count int64) (arrow.RecordBatch, int64, error) {
	if view != nil {
		batch, err := view.Window(ctx, from, count)
		return batch, view.Rows(), err
	}
	batch, err := rows.Window(ctx, from, count)
	return batch, rows.Rows(), err
}

// target is what the calls on rows share: the rows and, when asked for, a view.
func (s *Server) target(r *http.Request, viewID string) (*runResult, *spool.Spool, *spool.View, error) {
	res, err := s.result(r)
	if err != nil {
		return nil, nil, nil, err
	}
	rows, err := res.spooled()
	if err != nil {
		return nil, nil, nil, err
	}
	view, err := res.view(viewID)
	return res, rows, view, err
}

func number(q url.Values, name string, otherwise, most int64) (int64, error) {
	text := q.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.Newf(fault.Usage, "%s cannot be %q", name, text)
	}
	return min(n, most), nil
}

func (s *Server) getRows(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from, err := number(q, "from", 0, 1<<62)
	if err != nil {
		return err
	}
	count, err := number(q, "count", 200, mostWindow)
	if err != nil {
		return err
	}
	_, rows, view, err := s.target(r, q.Get("view"))
	if err != nil {
		return err
	}
	batch, total, err := window(r.Context(), rows, view, from, count)
	if err != nil {
		return err
	}
	defer batch.Release()
	done, _ := rows.Done()
	out := fmt.Appendf(nil, `{"from":%d,"total":%d,"done":%t,"rows":[`, from, total, done)
	cells := sink.NewValues(batch.Schema())
	cells.Bind(batch)
	var text []byte
	for row := range int(batch.NumRows()) {
		if len(out) > mostAnswer {
			break
		}
		if row > 0 {
			out = append(out, ',')
		}
		out = append(out, '[')
		for column := range int(batch.NumCols()) {
			if column > 0 {
				out = append(out, ',')
			}
			var null bool
			if text, null = cells.Append(text[:0], column, row); null {
				out = append(out, "null"...)
				continue
			}
			if out, err = appendCell(out, text); err != nil {
				return err
			}
		}
		out = append(out, ']')
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(out, "]}"...))
	return nil
}

// appendCell appends a cell's text, a long one cut and with its length beside it.
func appendCell(out, text []byte) ([]byte, error) {
	if len(text) > longCell {
		if n := utf8.RuneCount(text); n > longCell {
			cut := text
			for i, left := 0, longCell; i < len(text); left-- {
				if left == 0 {
					cut = text[:i]
					break
				}
				_, size := utf8.DecodeRune(text[i:])
				i += size
			}
			short, err := json.Marshal(string(cut))
			if err != nil {
				return nil, err
			}
			return fmt.Appendf(out, `{"t":%s,"n":%d}`, short, n), nil
		}
	}
	quoted, err := json.Marshal(string(text))
	return append(out, quoted...), err
}

// getCell answers with one cell's whole value.
func (s *Server) getCell(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	row, err := number(q, "row", 0, 1<<62)
	if err != nil {
		return err
	}
	column, err := number(q, "column", 0, 1<<31)
	if err != nil {
		return err
	}
	_, rows, view, err := s.target(r, q.Get("view"))
	if err != nil {
		return err
	}
	batch, _, err := window(r.Context(), rows, view, row, 1)
	if err != nil {
		return err
	}
	defer batch.Release()
	if batch.NumRows() == 0 || column >= batch.NumCols() {
		return fault.New(fault.NotFound, "There is no such cell")
	}
	cells := sink.NewValues(batch.Schema())
	cells.Bind(batch)
	var text []byte
	if q.Get("as") == "json" {
		text = cells.AppendJSON(nil, int(column), 0)
		w.Header().Set("Content-Type", "application/json")
	} else {
		text, _ = cells.Append(nil, int(column), 0)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	_, _ = w.Write(text)
	return nil
}

// postView sorts and filters the rows that are there now.
func (s *Server) postView(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Sort []struct {
			Column     int  `json:"column"`
			Descending bool `json:"descending"`
		} `json:"sort"`
		Filter []struct {
			Column int    `json:"column"`
			Op     string `json:"op"`
			Value  string `json:"value"`
		} `json:"filter"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	res, rows, _, err := s.target(r, "")
	if err != nil {
		return err
	}
	var query spool.Query
	for _, k := range in.Sort {
		query.Sort = append(query.Sort, spool.SortKey{Column: k.Column, Descending: k.Descending})
	}
	for _, f := range in.Filter {
		query.Filter = append(query.Filter, spool.Filter{Column: f.Column, Op: f.Op, Value: f.Value})
	}
	view, err := rows.View(r.Context(), query, nil)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{"view": res.addView(view), "total": view.Rows()})
}

func (s *Server) getFind(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from, err := number(q, "from", 0, 1<<62)
	if err != nil {
		return err
	}
	_, rows, view, err := s.target(r, q.Get("view"))
	if err != nil {
		return err
	}
	row, column, found, err := rows.Find(r.Context(), view, q.Get("text"), from, q.Get("backward") == "true")
	if err != nil {
		return err
	}
	if !found {
		return writeJSON(w, nil)
	}
	return writeJSON(w, map[string]any{"row": row, "column": column})
}

// streamOf returns the rows as a stream, of the view when there is one.
func streamOf(rows *spool.Spool, view *spool.View) result.Stream {
	if view != nil {
		return view.Stream()
	}
	return rows.Stream()
}

// postCopy writes some rows and columns as text for the clipboard.
func (s *Server) postCopy(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Format  string   `json:"format"`
		Rows    [2]int64 `json:"rows"` // from, and behind the last
		Columns []int    `json:"columns"`
		View    string   `json:"view"`
		Table   string   `json:"table"`
		Header  *bool    `json:"header"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	_, rows, view, err := s.target(r, in.View)
	if err != nil {
		return err
	}
	count := in.Rows[1] - in.Rows[0]
	if in.Rows[0] < 0 || count < 0 {
		return fault.New(fault.Usage, "There are no such rows")
	}
	if count > mostCopied {
		return fault.Newf(fault.Usage, "%d rows are too many for the clipboard", count).WithRemedy("download them instead")
	}
	var text strings.Builder
	var writer sink.Writer
	for at := in.Rows[0]; at < in.Rows[1]; {
		batch, _, err := window(r.Context(), rows, view, at, min(in.Rows[1]-at, mostWindow))
		if err != nil {
			return err
		}
		n := batch.NumRows()
		picked, err := pick(batch, in.Columns)
		batch.Release()
		if err != nil {
			return err
		}
		if writer == nil {
			if sink.Binary(in.Format) {
				picked.Release()
				return fault.Newf(fault.Usage, "%s is no text to copy", in.Format).WithRemedy("download it instead")
			}
			if writer, err = sink.New(in.Format, &text, picked.Schema(), s.sinkOptions(r, in.Table)); err != nil {
				picked.Release()
				return err
			}
		}
		err = writer.Write(picked)
		picked.Release()
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		at += n
	}
	if writer != nil {
		if err := writer.Close(); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text.String())
	return nil
}
