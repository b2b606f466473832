package redshiftdata

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

var errCancelled = errors.New("cancelled")

// statement is a submitted statement, or a batch of them.
type statement struct {
	id         string
	batch      bool
	owner      string // ARN of the caller
	token      string
	format     string // JSON or CSV
	login      redshift.DataLogin
	session    *session
	parameters []parameter
	created    time.Time
	parts      []*part

	ctx    context.Context
	cancel context.CancelCauseFunc
	ended  chan struct{} // closed at the end

	// guarded by Service.mu
	status   string
	updated  time.Time
	duration time.Duration
	failure  string
}

// part is one statement of a batch, or the only one.
type part struct {
	text  string
	query int64 // the warehouse's query id

	// guarded by Service.mu
	status   string
	failure  string
	rows     int64 // delivered, or changed by a write; -1 while unknown
	columns  []pgwire.Column
	pages    []page
	size     int
	duration time.Duration
}

func (st *statement) texts() []string {
	out := make([]string, len(st.parts))
	for i, p := range st.parts {
		out[i] = p.text
	}
	return out
}

func (st *statement) over() bool {
	select {
	case <-st.ended:
		return true
	default:
		return false
	}
}

// place names what the statement was sent to.
func (st *statement) place() map[string]any {
	if st.login.Workgroup != "" {
		return map[string]any{"WorkgroupName": st.login.Workgroup}
	}
	return map[string]any{"ClusterIdentifier": st.login.Cluster}
}

// find returns a statement of the caller's by its id; sub is the part that an
// id with a suffix names, from 0, or -1.
func (s *Service) find(who wire.Principal, id string) (st *statement, sub int, err error) {
	if id == "" {
		return nil, -1, invalid("1 validation error detected: Value at 'id' failed to satisfy constraint: Member must not be null")
	}
	base, suffix, hasSuffix := strings.Cut(id, ":")
	s.mu.Lock()
	st = s.statements[base]
	s.mu.Unlock()
	sub = -1
	if hasSuffix && st != nil {
		n, err := strconv.Atoi(suffix)
		if err != nil || n < 1 || n > len(st.parts) || !st.batch {
			st = nil
		}
		sub = n - 1
	}
	if st == nil || st.owner != who.ARN {
		return nil, -1, &wire.Error{Code: "ResourceNotFoundException", Message: "Query does not exist.", Fields: map[string]any{"ResourceId": id}}
	}
	return st, sub, nil
}

// run carries a statement out, a batch as one transaction.
func (s *Service) run(st *statement) {
	began := time.Now()
	s.set(st, "STARTED")
	err := s.runAll(st)
	stopped := errors.Is(context.Cause(st.ctx), errCancelled) || s.ctx.Err() != nil
	st.cancel(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(st.session)
	st.status, st.updated, st.duration = "FINISHED", s.opts.Now(), time.Since(began)
	switch {
	case err != nil && stopped:
		st.status = "ABORTED"
	case err != nil:
		st.status, st.failure = "FAILED", message(err)
	}
	for _, p := range st.parts {
		if p.status == "SUBMITTED" || p.status == "STARTED" {
			p.status = "ABORTED"
			if !stopped {
				p.failure = "Connection or an prior query failed."
			}
		}
	}
	close(st.ended)
}

func (s *Service) set(st *statement, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.status, st.updated = status, s.opts.Now()
}

func (s *Service) runAll(st *statement) (err error) {
	in := st.session.Session
	if st.batch {
		pieces := make([]pgwire.Piece, len(st.parts))
		for i, p := range st.parts {
			pieces[i].SQL = p.text
		}
		if err := in.Begin(st.ctx, pieces); err != nil {
			return err
		}
		defer func() {
			// The transaction ends also after a cancel.
			err = errors.Join(err, in.End(context.WithoutCancel(st.ctx), err == nil))
		}()
	}
	for _, p := range st.parts {
		if err := s.runPart(st, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) runPart(st *statement, p *part) error {
	began := time.Now()
	s.mu.Lock()
	p.status = "STARTED"
	s.mu.Unlock()
	got, err := s.collect(st, p.text)
	st.session.Drain() // notices have no place in this API
	s.mu.Lock()
	defer s.mu.Unlock()
	p.duration = time.Since(began)
	if err != nil {
		p.status, p.failure = "FAILED", message(err)
		if errors.Is(context.Cause(st.ctx), errCancelled) {
			p.status, p.failure = "ABORTED", ""
		}
		return err
	}
	p.status, p.rows, p.columns, p.pages, p.size = "FINISHED", got.rows, got.columns, got.pages, got.size
	return nil
}

// cancelStatement stops a statement that still runs.
func (s *Service) cancelStatement(st *statement) (any, error) {
	s.mu.Lock()
	status := st.status
	s.mu.Unlock()
	if st.over() {
		return nil, invalid("Could not cancel a query that is already in %s state with ID: %s", status, st.id)
	}
	st.cancel(errCancelled)
	return map[string]any{"Status": true}, nil
}

// message words an error as the service passes it on from the warehouse.
func message(err error) string {
	var e *pgwire.Error
	if !errors.As(err, &e) {
		return "ERROR: " + err.Error()
	}
	text := "ERROR: " + e.Message
	if e.Severity == "FATAL" {
		text = e.Message
	}
	for _, more := range [][2]string{{"Detail: ", e.Detail}, {"Hint: ", e.Hint}} {
		if more[1] != "" {
			text += "\n  " + more[0] + more[1]
		}
	}
	if e.Position > 0 {
		text += "\n  Position: " + strconv.Itoa(e.Position) + ";"
	}
	return text
}
