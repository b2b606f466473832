package app

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/result"
)

// AttachOptions say what to attach to and how.
type AttachOptions struct {
	// Connection reaches a statement that the history does not know; its id is
	// then the service's own.
	Connection string
	Overrides  Overrides
	Progress   func(engine.Progress)
	Run        RunOptions
}

// Attached is a run whose rows come again. Close the stream, then it.
type Attached struct {
	Run    journal.Run
	Stream result.Stream
	close  func() error
}

// Close ends the connection, or what the rows were kept in.
func (x *Attached) Close() error { return x.close() }

// Attachable reports whether the service may still have a run's rows.
func Attachable(r journal.Run) bool {
	return r.RemoteID != "" && (r.State == journal.Done || r.State == journal.Lost)
}

// Attach brings the rows of an earlier statement: kept ones from the disk, else
// from the service, where the statement may still run. Nothing is run again.
func (a *App) Attach(ctx context.Context, id string, o AttachOptions) (*Attached, error) {
	run, err := a.HistoryRun(id)
	if err != nil {
		if o.Connection == "" || fault.CodeOf(err) != fault.NotFound {
			f := fault.As(err)
			return nil, f.WithRemedy(f.Remedy + "\nor attach by the service's id: fairlead attach ID --connection NAME")
		}
		run = journal.Run{Connection: o.Connection, RemoteID: id}
	}
	if kept, err := a.Kept(run.ID); run.ID != "" && err == nil {
		stream := kept.Stream()
		if o.Run.Limit > 0 {
			stream = limit(stream, o.Run.Limit)
		}
		return &Attached{Run: run, Stream: stream, close: kept.Close}, nil
	}
	switch {
	case run.State == journal.Running:
		return nil, fault.Newf(fault.Usage, "Run %s is still read by the process that began it", run.ID).
			WithRemedy("wait for its end, or stop that process first")
	case run.RemoteID == "":
		return nil, fault.Newf(fault.NotFound, "The service never told an id of run %s, so it cannot be found again", run.ID).
			WithRemedyf("see what it was: fairlead history info %s", run.ID)
	}
	return a.attachRemote(ctx, run, o)
}

func (a *App) attachRemote(ctx context.Context, run journal.Run, o AttachOptions) (*Attached, error) {
	name := run.Connection
	if o.Connection != "" {
		name = o.Connection
	}
	if o.Connection == "" { // as whoever ran it
		if o.Overrides.Profile == "" {
			o.Overrides.Profile = run.AskedProfile
		}
		if o.Overrides.Region == "" {
			o.Overrides.Region = run.AskedRegion
		}
	}
	conn, err := a.Connect(ctx, name, o.Overrides)
	if err != nil {
		return nil, err
	}
	stream, err := conn.attach(ctx, run, o)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &Attached{Run: run, Stream: stream, close: conn.Close}, nil
}

func (c *Connection) attach(ctx context.Context, run journal.Run, o AttachOptions) (result.Stream, error) {
	attacher, ok := c.engine.(engine.Attacher)
	if !ok {
		return nil, fault.Newf(fault.Unsupported, "%s does not keep statements to attach to", c.Target.Spec.Title)
	}
	s := engine.Statement{Text: run.Text, Progress: o.Progress}
	r := &remembered{app: c.app, id: run.ID, keep: o.Run.keepBytes()}
	if o.Run.Journal && run.ID != "" {
		j, err := c.app.diary()
		if err == nil {
			err = j.Adopt(run.ID)
		}
		if err != nil {
			r.trouble(err)
			r.id = ""
		}
	} else {
		r.id = ""
	}
	stream, err := attacher.Attach(ctx, run.RemoteID, s)
	if err != nil {
		r.failed(err)
		return nil, err
	}
	if o.Run.Limit > 0 {
		stream = limit(stream, o.Run.Limit)
	}
	return r.follow(stream), nil
}
