package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/term"
)

func (r *room) query(ctx context.Context, o queryOptions) error {
	format, err := r.chooseFormat(o.format, o.output)
	if err != nil {
		return err
	}
	conn, text, statements, err := r.bind(ctx, o)
	if err != nil {
		return err
	}
	defer conn.Close()
	budget, err := o.budget(conn.Target.Spec)
	if err != nil {
		return err
	}
	if len(statements) == 0 {
		return fault.New(fault.Usage, "There is no statement to run").
			WithRemedyf(`fairlead query %s "select 1"`, o.target)
	}
	if err := conn.Guard(text); err != nil {
		return err // before the first of several statements is sent
	}
	if err := r.agreedStatements(ctx, conn, text, o.yes); err != nil {
		return err
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	s := &script{room: r, conn: conn, o: o, format: format, budget: budget, statements: statements}
	return s.run(ctx)
}

// bind opens the target, and reads the text's statements with their values. The
// caller closes the connection.
func (r *room) bind(ctx context.Context, o queryOptions) (conn *app.Connection, text string, statements []app.BoundStatement, err error) {
	if text, err = r.statementText(o); err != nil {
		return nil, "", nil, err
	}
	params, err := readParams(o.params)
	if err != nil {
		return nil, "", nil, err
	}
	if conn, err = r.connect(ctx, o.target, o.over); err != nil {
		return nil, "", nil, err
	}
	if statements, err = app.Bind(conn.Target.Spec.Dialect, text, params); err != nil {
		_ = conn.Close()
		return nil, "", nil, err
	}
	return conn, text, statements, nil
}

// script is the statements of one text on their way.
type script struct {
	*room
	conn       *app.Connection
	o          queryOptions
	format     string
	budget     engine.Budget
	statements []app.BoundStatement
	done       int
	failures   []*fault.Error
}

func (s *script) several() bool { return len(s.statements) > 1 }

// run runs one statement after the other. A failure ends it, unless the person
// chose to go on; an interruption always does.
func (s *script) run(ctx context.Context) error {
	for i, st := range s.statements {
		err := s.one(ctx, i, st)
		if err == nil {
			s.done++
			continue
		}
		if context.Cause(ctx) == context.DeadlineExceeded {
			err = fault.Wrapf(err, fault.Timeout, "The statement did not finish within %s and was stopped", s.o.timeout).
				WithRemedy("allow more time with --timeout")
		}
		err = app.AtPlace(err, st.Line, st.Column)
		if s.several() {
			s.failedAt = &failedStatement{Number: i + 1, Of: len(s.statements), Line: st.Line}
		}
		if s.o.onError == onErrorStop || ctx.Err() != nil || !s.several() {
			if s.several() {
				s.summary(len(s.statements) - i - 1)
			}
			return err
		}
		f := fault.As(err)
		s.report(f)
		s.failures = append(s.failures, f)
	}
	s.failedAt = nil
	if s.several() {
		s.summary(0)
	}
	if len(s.failures) == 0 {
		return nil
	}
	// Each was reported; the first one's code decides the exit status.
	return fault.Newf(s.failures[0].Code, "%d of %d statements failed", len(s.failures), len(s.statements))
}

// summary tells how the statements went, to whoever asked for figures or sits
// in front of a terminal.
func (s *script) summary(skipped int) {
	if !s.tells() {
		return
	}
	text := count(int64(len(s.statements)), "statement") + ": " + fmt.Sprintf("%d done", s.done)
	if failed := len(s.statements) - s.done - skipped; failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if skipped > 0 {
		text += fmt.Sprintf(", %d not sent", skipped)
	}
	s.say("%s", s.paint(term.Dim, text))
}

func (s *script) tells() bool { return s.o.stats || s.streams.ErrTTY() && !s.o.quiet }

// one runs one statement and writes its rows.
func (s *script) one(ctx context.Context, number int, st app.BoundStatement) error {
	output := s.o.output
	if output != "" && s.several() {
		output = numbered(output, number+1)
	}
	progress := s.startProgress(s.o.quiet)
	defer progress.stop()
	run := s.runOptions(s.o.rememberOptions, output)
	run.Limit, run.Confirmed, run.Written = s.o.limit, true, st.Text
	statement := engine.Statement{Text: st.Bound, Args: st.Args, Budget: s.budget, Progress: progress.update, Form: formFor(s.format),
		Columns: s.o.columns, AllColumns: s.o.allColumns}
	if warning := s.conn.Forewarn(statement); warning != "" {
		s.warn([]string{warning})
	}
	stream, err := s.conn.Run(ctx, statement, run)
	if err != nil {
		return err
	}
	defer stream.Close()
	if s.several() && stream.Schema().NumFields() == 0 {
		output = "" // a statement without rows gets no file among those that have
	}
	if err := s.writeRows(ctx, stream, rowsTo{format: s.format, file: output, table: s.o.table, engine: s.conn.Target.Spec.Kind}, progress); err != nil {
		return err
	}
	if err := stream.Close(); err != nil {
		return err
	}
	progress.stop()
	// That rows are missing is said also where nobody asked for figures.
	if stats := stream.Stats(); s.tells() || stats.Truncated && !s.o.quiet {
		line := statsLine(stats, output)
		if s.several() {
			line = fmt.Sprintf("%d/%d · %s", number+1, len(s.statements), line)
		}
		s.say("%s", s.paint(term.Dim, line))
	}
	return nil
}

// rowsTo says where rows go.
type rowsTo struct {
	format string
	file   string // "" for stdout
	table  string // of the insert format
	engine string // kind, whose dialect the insert format writes
}

// writeRows copies the stream to stdout or to a file that appears only when whole.
func (r *room) writeRows(ctx context.Context, stream result.Stream, to rowsTo, p *progress) error {
	opts := sink.Options{Table: to.table, Dialect: r.dialect(to.engine)}
	if to.file == "" {
		// Nothing may be drawn over the rows once they flow to the same terminal.
		if r.streams.OutTTY() {
			p.stop()
		}
		opts.Width, opts.Color = r.streams.Width(), r.streams.OutColor()
		return copyRows(ctx, stream, to.format, p.counted(r.streams.Out), opts, p)
	}
	file, err := app.CreateOutput(to.file)
	if err != nil {
		return err
	}
	defer file.Discard()
	_, how := sink.Compressed(to.file)
	packed, err := sink.Compress(how, p.counted(file))
	if err != nil {
		return err
	}
	if err := copyRows(ctx, stream, to.format, packed, opts, p); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return fault.Wrapf(err, fault.Output, "Cannot write %s", to.file)
	}
	return file.Commit()
}

func (r *room) dialect(kind string) string {
	for _, spec := range r.specs {
		if spec.Kind == kind {
			return string(spec.Dialect)
		}
	}
	return ""
}

func copyRows(ctx context.Context, stream result.Stream, format string, to io.Writer, opts sink.Options, p *progress) error {
	w, err := sink.New(format, to, stream.Schema(), opts)
	if err != nil {
		return err
	}
	_, err = sink.Copy(ctx, w, stream, p.rows)
	return err
}

// numbered puts a number before a file name's ending: report-2.csv.gz.
func numbered(name string, number int) string {
	stem, compression := name, ""
	if ext := filepath.Ext(stem); ext == ".gz" || ext == ".zst" {
		stem, compression = strings.TrimSuffix(stem, ext), ext
	}
	ending := filepath.Ext(stem)
	if stem = strings.TrimSuffix(stem, ending); strings.HasSuffix(stem, string(filepath.Separator)) || stem == "" {
		stem, ending = stem+ending, "" // a name that begins with a dot has no ending
	}
	return fmt.Sprintf("%s-%d%s%s", stem, number, ending, compression)
}
