package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
)

// getDownload streams the whole result as a file. What is not there yet is
// waited for, so that a download can begin while rows still come.
func (s *Server) getDownload(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	res, rows, view, err := s.target(r, q.Get("view"))
	if err != nil {
		return err
	}
	name := fileName(q.Get("name"), res, q.Get("format"), q.Get("compress"))
	total := rows.Rows()
	if view != nil {
		total = view.Rows()
	}
	if err := sink.Holds(q.Get("format"), total); err != nil {
		return err
	}
	stream := streamOf(rows, view)
	defer stream.Close()
	out := &begun{w: w}
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	err = s.export(r, out, stream, q.Get("format"), q.Get("compress"), q.Get("table"))
	if err != nil && out.any {
		return errors.Join(errBegun, err)
	}
	if err != nil {
		header.Del("Content-Disposition")
	}
	return err
}

// sinkOptions are those of the run's own engine: the table's name and the
// dialect matter to SQL statements only.
func (s *Server) sinkOptions(r *http.Request, table string) sink.Options {
	o := sink.Options{Table: table}
	if one, err := s.runs.find(r.PathValue("id")); err == nil {
		if spec, err := s.app.Spec(one.kind); err == nil {
			o.Dialect = string(spec.Dialect)
		}
	}
	if o.Table == "" {
		o.Table = "result"
	}
	return o
}

// export writes the stream in a format, compressed when asked to.
func (s *Server) export(r *http.Request, out io.Writer, stream result.Stream, format, compress, table string) error {
	to := out
	var packed io.WriteCloser
	if compress != "" {
		var err error
		if packed, err = sink.Compress(compress, out); err != nil {
			return err
		}
		to = packed
	}
	writer, err := sink.New(format, to, stream.Schema(), s.sinkOptions(r, table))
	if err != nil {
		return err
	}
	if _, err := sink.Copy(r.Context(), writer, stream, nil); err != nil {
		return err
	}
	if packed != nil {
		return packed.Close()
	}
	return nil
}

// begun notes whether anything was written, after which no error can be sent.
// The first bytes go out at once: the browser shows a download when they come.
type begun struct {
	w   http.ResponseWriter
	any bool
}

func (b *begun) Write(p []byte) (int, error) {
	n, err := b.w.Write(p)
	if !b.any && err == nil {
		b.any = true
		err = http.NewResponseController(b.w).Flush()
		if errors.Is(err, http.ErrNotSupported) {
			err = nil // a recorder of a test
		}
	}
	return n, err
}

// fileName makes a name for a download that no browser will change.
func fileName(asked string, res *runResult, format, compress string) string {
	base := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune("-_. ", c), c > 0x7f && c != 0x202e:
			return c
		}
		return '-'
	}, asked)
	base = strings.Trim(base, ". ")
	if base == "" {
		base = fmt.Sprintf("result-%d", res.index+1)
	}
	for _, f := range sink.Formats() {
		if f.Name == format && len(f.Endings) > 0 && !strings.HasSuffix(strings.ToLower(base), f.Endings[0]) {
			base += f.Endings[0]
		}
	}
	if compress != "" {
		base += "." + compress
	}
	return base
}
