package app

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/spool"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

func (a *App) openJournal() (*journal.Journal, error) {
	dirs, err := a.dirs()
	if err != nil {
		return nil, err
	}
	return journal.Open(dirs.State)
}

// History lists the runs that the filter chooses, the newest first.
func (a *App) History(f journal.Filter) ([]journal.Run, error) {
	j, err := a.diary()
	if err != nil {
		return nil, err
	}
	return j.List(f)
}

// HistoryRun returns one run, by its id, a beginning of it, or the service's id.
func (a *App) HistoryRun(id string) (journal.Run, error) {
	j, err := a.diary()
	if err != nil {
		return journal.Run{}, err
	}
	return j.Get(id)
}

// RemoveHistory forgets a run and its rows.
func (a *App) RemoveHistory(id string) error {
	j, err := a.diary()
	if err != nil {
		return err
	}
	r, err := j.Get(id)
	if err != nil {
		return err
	}
	if err := a.dropKept(r.ID); err != nil {
		return err
	}
	return j.Remove(r.ID)
}

// SavedQueries lists the saved queries by name.
func (a *App) SavedQueries() ([]journal.SavedQuery, error) {
	j, err := a.diary()
	if err != nil {
		return nil, err
	}
	return j.SavedQueries()
}

// SavedQuery returns one saved query.
func (a *App) SavedQuery(name string) (journal.SavedQuery, error) {
	j, err := a.diary()
	if err != nil {
		return journal.SavedQuery{}, err
	}
	return j.SavedQuery(name)
}

// SaveQuery keeps a query under its name, in place of another of that name.
func (a *App) SaveQuery(q journal.SavedQuery) error {
	j, err := a.diary()
	if err != nil {
		return err
	}
	return j.Save(q)
}

// RemoveSavedQuery forgets a saved query.
func (a *App) RemoveSavedQuery(name string) error {
	j, err := a.diary()
	if err != nil {
		return err
	}
	return j.DeleteSaved(name)
}

// remembered is a run that is being written into the history. That the history
// cannot be written never stops a run; it is told in the stats.
type remembered struct {
	app  *App
	id   string // "" when it could not be begun
	keep int64  // bytes of rows to keep at most, 0 for none
	note string
}

// remember writes the run down and sees to it that the service's id follows.
func (c *Connection) remember(s *engine.Statement, o RunOptions) *remembered {
	r := &remembered{app: c.app, keep: o.keepBytes()}
	j, err := c.app.diary()
	if err == nil {
		r.id, err = j.Begin(c.entryFor(*s, o.Written))
	}
	if err != nil {
		r.trouble(err)
		return r
	}
	if o.OnJournal != nil {
		o.OnJournal(r.id)
	}
	r.watch(s)
	return r
}

// keepBytes is how much of the rows may be kept.
func (o RunOptions) keepBytes() int64 {
	switch {
	case !o.Keep:
		return 0
	case o.KeepBytes > 0:
		return o.KeepBytes
	}
	return KeptEach
}

// watch writes the service's id of the statement down as soon as it is known.
func (r *remembered) watch(s *engine.Statement) {
	also := s.Submitted
	s.Submitted = func(remoteID string) error {
		if j, err := r.app.diary(); err == nil {
			r.trouble(j.Submitted(r.id, remoteID))
		}
		if also != nil {
			return also(remoteID)
		}
		return nil
	}
}

func (c *Connection) entryFor(s engine.Statement, written string) journal.Run {
	if written == "" {
		written = s.Text
	}
	e := c.Target.Entry
	run := journal.Run{Connection: e.Name, Engine: e.Engine, Account: e.Account,
		Profile: c.Session.Profile, Region: c.Session.Region,
		AskedProfile: c.Target.Asked.Profile, AskedRegion: c.Target.Asked.Region, Text: sqltext.Mask(c.Target.Spec.Dialect, written)}
	for _, arg := range s.Args {
		kept := journal.Arg{Type: arg.Type, Value: arg.Value}
		if arg.Secret {
			kept = journal.Arg{Type: "secret"}
		}
		run.Args = append(run.Args, kept)
	}
	return run
}

func (r *remembered) trouble(err error) {
	if err != nil && r.note == "" {
		r.note = err.Error()
	}
}

// failed ends a run that never had rows.
func (r *remembered) failed(err error) {
	r.finish(outcome(err))
}

func outcome(err error) journal.Outcome {
	if err == nil {
		return journal.Outcome{State: journal.Done}
	}
	f := fault.As(err)
	o := journal.Outcome{State: journal.Failed, Fault: &journal.Fault{Code: string(f.Code), Message: f.Message, Remedy: f.Remedy}}
	if f.Service != nil {
		o.Stats.RemoteID = f.Service.RequestID
		if f.Service.Message != "" {
			o.Fault.Message += ": " + f.Service.Message
		}
	}
	if f.Code == fault.Interrupted || errors.Is(err, context.Canceled) {
		o.State = journal.Cancelled
	}
	return o
}

func (r *remembered) finish(o journal.Outcome) {
	if r.id == "" {
		return
	}
	if j, err := r.app.diary(); err == nil {
		r.trouble(j.Finish(r.id, o))
	}
}

// follow returns the stream that writes its own end into the history.
func (r *remembered) follow(s result.Stream) result.Stream {
	f := &followed{Stream: s, run: r}
	if r.keep > 0 && r.id != "" && s.Schema().NumFields() > 0 {
		f.keep = &keeper{app: r.app, id: r.id, most: r.keep}
	}
	return f
}

// followed is a stream whose end is written into the history, and whose rows
// are kept beside.
type followed struct {
	result.Stream
	run    *remembered
	keep   *keeper // nil when the rows are not kept
	last   error   // what Next ended with
	closed bool
	err    error
}

func (f *followed) Next(ctx context.Context) (arrow.RecordBatch, error) {
	b, err := f.Stream.Next(ctx)
	if err != nil {
		f.last = err
		return nil, err
	}
	if f.keep != nil {
		f.keep.add(f.Schema(), b)
	}
	return b, nil
}

// Position implements engine.Resumable: nil when the stream within has none.
func (f *followed) Position() []byte {
	if r, ok := f.Stream.(engine.Resumable); ok {
		return r.Position()
	}
	return nil
}

// Failed implements engine.Tally: 0 when the stream within counts none.
func (f *followed) Failed() int64 {
	if t, ok := f.Stream.(engine.Tally); ok {
		return t.Failed()
	}
	return 0
}

func (f *followed) Close() error {
	if f.closed {
		return f.err
	}
	f.closed = true
	f.err = f.Stream.Close()
	whole := errors.Is(f.last, io.EOF) && f.err == nil
	why := f.err
	if !whole && why == nil {
		if why = f.last; why == nil {
			why = fault.New(fault.Interrupted, "The rows were not read to their end")
		}
	}
	o := outcome(why)
	o.Stats = f.Stream.Stats()
	if f.keep != nil {
		o.Kept = f.keep.end(f.Schema(), o.Stats, whole)
	}
	f.run.finish(o)
	return f.err
}

func (f *followed) Stats() result.Stats {
	s := f.Stream.Stats()
	if f.run.note != "" {
		s.Notes = append(s.Notes[:len(s.Notes):len(s.Notes)], f.run.note)
	}
	return s
}

// Kept opens the rows of an earlier run. Close the spool.
func (a *App) Kept(id string) (*spool.Spool, error) {
	r, err := a.HistoryRun(id)
	if err != nil {
		return nil, err
	}
	if r.Kept == "" {
		return nil, notKept(r)
	}
	dir, err := a.keptDir(r.ID)
	if err != nil {
		return nil, err
	}
	s, err := spool.Open(dir)
	if err != nil {
		return nil, notKept(r)
	}
	return s, nil
}

func notKept(r journal.Run) error {
	f := fault.Newf(fault.NotFound, "The rows of run %s are not kept", r.ID)
	if Attachable(r) {
		return f.WithRemedyf("fetch them from the service, if it still has them: fairlead attach %s", r.ID)
	}
	return f.WithRemedyf("see what it was: fairlead history info %s", r.ID)
}
