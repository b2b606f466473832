package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/term"
)

// checkpointEvery is how much work a crash may cost.
const checkpointEvery = time.Second

// readResumable scans into a file that can be gone on with.
func (r *room) readResumable(ctx context.Context, conn *app.Connection, rd engine.Read, o readOptions, format string, p *progress) (result.Stats, error) {
	begin := app.ResumeNew
	if o.resume {
		begin = app.ResumeOn
	} else if o.restart {
		begin = app.ResumeRestart
	}
	file, position, before, err := app.CreateResumable(o.output, describesRead(conn, rd, format), begin)
	if err != nil {
		return result.Stats{}, err
	}
	defer file.Close()
	if rd.Resume = position; position != nil {
		r.say("%s", r.paint(term.Dim, "going on behind the first "+count(before, "item")))
	}
	run := r.runOptions(o.rememberOptions, o.output)
	run.Keep = run.Keep && rd.Resume == nil // the rest of a scan alone would pass for all of it
	stream, err := conn.Read(ctx, rd, run)
	if err != nil {
		return result.Stats{}, err
	}
	defer stream.Close()
	c := &resumableCopy{stream: stream, file: file, rows: before, progress: p, saved: time.Now()}
	if err := c.run(ctx, format); err != nil {
		return result.Stats{}, goOn(err, o.output)
	}
	if err := stream.Close(); err != nil {
		return result.Stats{}, err
	}
	stats := stream.Stats()
	stats.Rows = c.rows
	return stats, file.Commit()
}

// goOn adds to a failure how to go on.
func goOn(err error, output string) error {
	f := fault.As(err)
	told := *f
	if told.Remedy != "" {
		told.Remedy += "\n"
	}
	told.Remedy += "what came is in " + output + ".partial; go on with the same command and --resume"
	return &told
}

// resumableCopy copies a stream into a file with checkpoints.
type resumableCopy struct {
	stream   result.Stream
	file     *app.ResumableOutput
	rows     int64
	progress *progress
	saved    time.Time
}

func (c *resumableCopy) run(ctx context.Context, format string) error {
	w, err := sink.New(format, c.file, c.stream.Schema(), sink.Options{})
	if err != nil {
		return err
	}
	for {
		batch, err := c.stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return w.Close()
		}
		if err != nil {
			return errors.Join(err, c.checkpoint(w))
		}
		err = w.Write(batch)
		c.rows += batch.NumRows()
		batch.Release()
		if err == nil && time.Since(c.saved) >= checkpointEvery {
			err = c.checkpoint(w)
		}
		if err != nil {
			return err
		}
		c.progress.rows(c.rows)
	}
}

// checkpoint remembers that what was written is all up to the stream's place.
func (c *resumableCopy) checkpoint(w sink.Writer) error {
	resumable, ok := c.stream.(engine.Resumable)
	flusher, able := w.(sink.Flusher)
	if !ok || !able || resumable.Position() == nil {
		return nil
	}
	if err := flusher.Flush(); err != nil {
		return err
	}
	c.saved = time.Now()
	return c.file.Checkpoint(resumable.Position(), c.rows)
}
