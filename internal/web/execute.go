package web

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/spool"
)

// start begins a run and returns at once. Errors are those that can be told
// before anything is sent: no statement, no such connection.
func (l *runs) start(in runRequest) (*run, error) {
	target, err := l.server.app.Target(in.Connection, app.Overrides{Params: in.Settings})
	if err != nil {
		return nil, err
	}
	statements, err := app.Bind(target.Spec.Dialect, in.Text, in.parameters())
	if err != nil {
		return nil, err
	}
	if len(statements) == 0 {
		return nil, fault.New(fault.Usage, "There is no statement to run").WithRemedy("write one, or put the cursor into one")
	}
	one := &run{id: random()[:16], server: l.server, connection: in.Connection, kind: target.Spec.Kind, text: in.Text,
		profile: l.server.app.ProfileOf(in.Connection), started: time.Now(), ended: make(chan struct{}), state: stateQueued}
	for i, st := range statements {
		one.results = append(one.results, &runResult{index: i, text: st.Text, bound: st.Bound, args: st.Args,
			line: st.Line + in.OffsetLine, column: st.Column, state: stateQueued})
	}
	ctx, cancel := context.WithCancel(l.server.ctx)
	one.cancel = cancel
	l.add(one)
	one.tell()
	l.going.Go(func() {
		defer cancel()
		one.end(one.execute(ctx, in))
	})
	return one, nil
}

// execute runs the statements in their order and returns the run's last state.
func (o *run) execute(ctx context.Context, in runRequest) string {
	o.setState(stateRunning)
	conn, release, err := o.connect(ctx, in)
	if err == nil {
		defer release()
		err = conn.Guard(in.Text) // before the first of several statements is sent
	}
	if err == nil && !in.Confirmed {
		err = conn.Confirm(in.Text)
	}
	if err != nil {
		state := o.failure(ctx, o.results[0], nil, err)
		o.skip(1)
		return state
	}
	state := stateDone
	for i, res := range o.results {
		state = worst(state, o.executeOne(ctx, conn, res, in))
		if state != stateDone {
			o.skip(i + 1)
			break
		}
	}
	return state
}

// connect takes the connection from the pool, or opens one of its own when the
// run has settings of its own.
func (o *run) connect(ctx context.Context, in runRequest) (*app.Connection, func(), error) {
	if len(in.Settings) == 0 {
		return o.server.pool.open(ctx, in.Connection)
	}
	conn, err := o.server.app.Connect(ctx, in.Connection, app.Overrides{Params: in.Settings})
	if err != nil {
		return nil, nil, err
	}
	return conn, func() { _ = conn.Close() }, nil
}

// skip marks the statements from the n-th on as not run.
func (o *run) skip(n int) {
	for _, res := range o.results[n:] {
		res.end(stateSkipped, nil, nil)
	}
}

// failure ends a result with an error and returns its state.
func (o *run) failure(ctx context.Context, res *runResult, stats *result.Stats, err error) string {
	if o.wasStopped() || ctx.Err() != nil {
		res.end(stateCancelled, stats, toErrorDoc(fault.New(fault.Interrupted, "Stopped")))
		return stateCancelled
	}
	o.server.noteOutcome(ctx, o.connection, connectionTrouble(err))
	res.end(stateFailed, stats, toErrorDoc(app.AtPlace(err, res.line, res.column)).forConnection(o.connection, o.profile))
	return stateFailed
}

// connectionTrouble keeps an error that is about the connection rather than
// about one statement.
func connectionTrouble(err error) error {
	switch fault.CodeOf(err) {
	case fault.Statement, fault.Usage, fault.Guarded, fault.NotFound, fault.Output, fault.Interrupted, fault.Timeout:
		return nil
	}
	return err
}

// executeOne runs one statement to its end and keeps its rows.
func (o *run) executeOne(ctx context.Context, conn *app.Connection, res *runResult, in runRequest) string {
	res.setState(stateRunning)
	o.tell()
	statement := engine.Statement{
		Text: res.bound, Args: res.args,
		Progress: func(p engine.Progress) {
			res.setProgress(progressDoc{p.State, p.Rows, p.BytesScanned, p.RemoteID})
			o.tell()
		},
		Budget: engine.Budget{ScanBytes: in.Budget.ScanBytes, CapacityUnits: in.Budget.CapacityUnits, UnitRate: in.Budget.UnitRate},
	}
	stream, err := conn.Run(ctx, statement, app.RunOptions{Written: res.text, Limit: in.Limit, Confirmed: true, AllowScan: in.AllowScan, Journal: true, OnJournal: res.setJournal})
	if err != nil {
		return o.failure(ctx, res, nil, err)
	}
	return o.read(ctx, res, stream)
}

// read keeps a stream's rows where the page can look at them while they come.
func (o *run) read(ctx context.Context, res *runResult, stream result.Stream) string {
	rows, err := o.server.newSpool(stream)
	if err != nil {
		err = errors.Join(err, stream.Close())
		return o.failure(ctx, res, nil, err)
	}
	res.setRows(rows)
	o.tell()
	// Before its rows, so that the page does not ask with each of them whether
	// the connection is open.
	o.server.noteOutcome(ctx, o.connection, nil)
	err = spool.Fill(ctx, rows, stream, o.rowsCame())
	stats := rows.Stats()
	if err != nil {
		return o.failure(ctx, res, &stats, err)
	}
	if id := res.journalID(); id != "" {
		kept, err := o.server.app.KeepRows(id, rows)
		if err != nil {
			stats.Notes = append(stats.Notes, err.Error())
		}
		res.setKept(kept)
	}
	res.end(stateDone, &stats, nil)
	return stateDone
}

// rowsCame returns what tells the pages of rows: the first at once, since
// somebody waits to see them, and then now and again.
func (o *run) rowsCame() func(rows int64) {
	any := false
	return func(rows int64) {
		if !any && rows > 0 {
			any = true
			o.tellAtOnce()
			return
		}
		o.tell()
	}
}

// newSpool makes the place for a stream's rows.
func (s *Server) newSpool(stream result.Stream) (*spool.Spool, error) {
	dir, err := s.live.path(s.ctx, s.app)
	if err != nil {
		return nil, err
	}
	return spool.Create(filepath.Join(dir, random()[:16]), stream.Schema(), spool.Options{})
}

// liveFolder is where the rows of this process lie, made when it is first needed.
// Where it cannot be made the next one who needs it tries again.
type liveFolder struct {
	mu     sync.Mutex
	dir    string
	remove func()
}

func (l *liveFolder) path(ctx context.Context, a *app.App) (dir string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.remove == nil {
		if l.dir, l.remove, err = a.LiveRows(ctx); err != nil {
			return "", err
		}
	}
	return l.dir, nil
}

func (l *liveFolder) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.remove != nil {
		l.remove()
		l.remove = nil
	}
}
