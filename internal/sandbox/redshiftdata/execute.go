package redshiftdata

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// execute submits one statement or a batch of them.
func (s *Service) execute(ctx context.Context, who wire.Principal, in input, texts []string, batch bool) (any, error) {
	if err := check(in, texts); err != nil {
		return nil, err
	}
	st, fresh, err := s.submit(ctx, who, in, texts, batch)
	if err != nil {
		return nil, err
	}
	if fresh {
		s.runs.Go(func() { s.run(st) })
	}
	s.wait(ctx, st, in.WaitTimeSeconds)
	out := st.place()
	out["Id"], out["CreatedAt"], out["DbUser"], out["Database"] = st.id, seconds(st.created), st.session.User, st.login.Database
	if st.session.id != "" {
		out["SessionId"] = st.session.id
	}
	if in.WaitTimeSeconds != nil {
		s.mu.Lock()
		out["Status"] = st.status
		s.mu.Unlock()
	}
	return out, nil
}

// check refuses what the service's model refuses.
func check(in input, texts []string) error {
	if len(texts) == 0 || len(texts) > mostStatements {
		return invalid("1 validation error detected: Value at 'sqls' failed to satisfy constraint: Member must have length between 1 and %d", mostStatements)
	}
	for _, text := range texts {
		if text == "" {
			return invalid("1 validation error detected: Value at 'sql' failed to satisfy constraint: Member must not be null")
		}
		if len(text) > longestStatement {
			return invalid("Cannot process query string larger than 100kB")
		}
	}
	if in.ResultFormat != "" && in.ResultFormat != "JSON" && in.ResultFormat != "CSV" {
		return invalid("1 validation error detected: Value '%s' at 'resultFormat' failed to satisfy constraint: Member must satisfy enum value set: [JSON, CSV]", in.ResultFormat)
	}
	if n := in.SessionKeepAliveSeconds; n != nil && (*n < 0 || *n > longestKeep) {
		return invalid("1 validation error detected: Value '%d' at 'sessionKeepAliveSeconds' failed to satisfy constraint: Member must be between 0 and %d", *n, longestKeep)
	}
	place := in.ClusterIdentifier != "" || in.WorkgroupName != "" || in.SecretArn != ""
	switch {
	case in.SecretArn != "":
		return invalid("The sandbox keeps no secrets: leave out SecretArn")
	case in.SessionId != "" && (place || in.DbUser != "" || in.Database != ""):
		return invalid("Cluster identifier, workgroup name, database user and database are not allowed with a session id.")
	case in.SessionId != "":
	case in.ClusterIdentifier != "" && in.WorkgroupName != "":
		return invalid("Only one of ClusterIdentifier and WorkgroupName is allowed.")
	case !place:
		return invalid("Either ClusterIdentifier, WorkgroupName or SecretArn is required.")
	case in.DbUser != "" && in.WorkgroupName != "":
		return invalid("Database user is not a valid input to a serverless endpoint.")
	case in.Database == "":
		return invalid("Database is required when authenticating by temporary credentials.")
	}
	return nil
}

// submit makes the statement, or finds the one that a token made earlier.
func (s *Service) submit(ctx context.Context, who wire.Principal, in input, texts []string, batch bool) (st *statement, fresh bool, err error) {
	token := who.AccountID + "/" + in.ClientToken
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune()
	if known := s.tokens[token]; known != nil && in.ClientToken != "" {
		if strings.Join(known.texts(), ";") != strings.Join(texts, ";") {
			return nil, false, invalid("ClientToken was used by another statement.")
		}
		return known, false, nil
	}
	now := s.opts.Now()
	st = &statement{id: uuid(), batch: batch, owner: who.ARN, token: token, format: in.ResultFormat, created: now, updated: now,
		parameters: in.Parameters, status: "SUBMITTED", ended: make(chan struct{}),
		login: redshift.DataLogin{Principal: who, Cluster: in.ClusterIdentifier, Workgroup: in.WorkgroupName, DbUser: in.DbUser, Database: in.Database}}
	if st.format == "" {
		st.format = "JSON"
	}
	for _, text := range texts {
		st.parts = append(st.parts, &part{text: text, status: "SUBMITTED", rows: -1, query: s.nextQuery})
		s.nextQuery++
	}
	st.ctx, st.cancel = context.WithCancelCause(s.ctx)
	if err := s.attach(ctx, st, in, now); err != nil {
		st.cancel(nil)
		return nil, false, err
	}
	s.statements[st.id] = st
	s.order = append(s.order, st)
	if in.ClientToken != "" {
		s.tokens[token] = st
	}
	return st, true, nil
}

// prune forgets old statements and closes sessions whose time is over.
func (s *Service) prune() {
	now := s.opts.Now()
	drop := func(st *statement) bool {
		return st.over() && (len(s.order) > mostKept || now.Sub(st.updated) > resultsKept)
	}
	for len(s.order) > 0 && drop(s.order[0]) {
		delete(s.statements, s.order[0].id)
		delete(s.tokens, s.order[0].token)
		s.order = s.order[1:]
	}
	for token, st := range s.tokens {
		if now.Sub(st.created) > tokensKept {
			delete(s.tokens, token)
		}
	}
	for id, open := range s.sessions {
		if !open.busy && now.After(open.until) {
			delete(s.sessions, id)
			_ = s.opts.Warehouse.CloseData(open.DataSession) // it is gone either way
		}
	}
}

// session is a warehouse session, kept for later statements when it has an id.
type session struct {
	*redshift.DataSession
	id    string // "" for a session of one statement
	login redshift.DataLogin
	keep  time.Duration
	until time.Time // while idle
	busy  bool
	stop  context.CancelCauseFunc // of the statement that runs
}

// attach gives the statement its session: a kept one, or a new one.
func (s *Service) attach(ctx context.Context, st *statement, in input, now time.Time) error {
	if in.SessionId != "" {
		open := s.sessions[in.SessionId]
		if open == nil || open.login.Principal.ARN != st.owner || now.After(open.until) && !open.busy {
			return invalid("Session is not available.")
		}
		if open.busy {
			return invalid("Session is busy: a statement with this session id is running.")
		}
		if in.SessionKeepAliveSeconds != nil {
			open.keep = time.Duration(*in.SessionKeepAliveSeconds) * time.Second
		}
		open.busy, open.stop, st.session, st.login = true, st.cancel, open, open.login
		return nil
	}
	open := &session{login: st.login, busy: true, stop: st.cancel}
	var err error
	// The session outlives the call that opens it.
	open.DataSession, err = s.opts.Warehouse.OpenData(context.WithoutCancel(ctx), st.login, func() { s.interrupt(open) })
	if err != nil {
		if refused, ok := err.(*wire.Error); ok {
			return refused
		}
		return &wire.Error{Code: "DatabaseConnectionException", Status: 500, Message: "FATAL: " + message(err)}
	}
	if n := in.SessionKeepAliveSeconds; n != nil && *n > 0 {
		open.id, open.keep = uuid(), time.Duration(*n)*time.Second
		s.sessions[open.id] = open
	}
	st.session = open
	return nil
}

// interrupt is pg_cancel_backend of another session.
func (s *Service) interrupt(open *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open.busy {
		open.stop(errCancelled)
	}
}

// release gives a session back after its statement.
func (s *Service) release(open *session) {
	open.busy, open.until = false, s.opts.Now().Add(open.keep)
	if open.id == "" {
		_ = s.opts.Warehouse.CloseData(open.DataSession) // its statement has its result
	}
}

// uuid is a random id of the form that the service gives.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
