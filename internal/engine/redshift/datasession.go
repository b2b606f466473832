package redshift

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/engine/redshift/dataapi"
)

// dataKeep is how long the service keeps an idle session of ours, with its
// temporary tables and settings.
const dataKeep = 10 * time.Minute

// dataSession is a session of the Data API. It runs one statement at a time.
type dataSession struct {
	id     string
	format string    // of results
	since  time.Time // when it fell idle
}

// data returns the client of the Data API and where its statements go.
func (e *Engine) data(ctx context.Context) (*dataapi.Client, dataapi.Target, error) {
	t, err := e.who(ctx)
	if err != nil {
		return nil, dataapi.Target{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.api == nil {
		endpoint := ""
		if e.session.Endpoint != nil {
			endpoint, _ = e.session.Endpoint(dataapi.ServiceID)
		}
		e.api = dataapi.New(e.session.Config, endpoint)
	}
	to := dataapi.Target{Database: e.set.database}
	if t.kind == serverless {
		to.Workgroup = t.name
	} else {
		to.Cluster, to.DbUser = t.name, e.set.dbUser
	}
	return e.api, to, nil
}

// takeData returns an idle session, or a new one. reused tells which.
func (e *Engine) takeData(ctx context.Context) (s *dataSession, reused bool, err error) {
	e.mu.Lock()
	for n := len(e.dataIdle); n > 0 && s == nil; n = len(e.dataIdle) {
		s, e.dataIdle = e.dataIdle[n-1], e.dataIdle[:n-1]
		if time.Since(s.since) > dataKeep-time.Minute {
			s = nil // the service has closed it by now, or is about to
		}
	}
	e.mu.Unlock()
	if s != nil {
		return s, true, nil
	}
	s, err = e.openData(ctx)
	return s, false, err
}

func (e *Engine) giveData(s *dataSession) {
	s.since = time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed && len(e.dataIdle) < mostIdle {
		e.dataIdle = append(e.dataIdle, s)
	}
	// One that is not kept ends by itself: the service has no call for it.
}

// nullProbe tells whether the service's CSV keeps NULL apart from the empty
// text, which is not documented.
const nullProbe = "select '' as e, cast(null as varchar(1)) as n, 'x' as x"

// openData opens a session with the settings of a connection on the wire. Its
// opening proves what the service's CSV is worth; JSON is the exact form where
// it is worth nothing, and more bytes.
func (e *Engine) openData(ctx context.Context) (*dataSession, error) {
	client, to, err := e.data(ctx)
	if err != nil {
		return nil, err
	}
	statements := append(e.sessionSettings(), exactFloats, nullProbe)
	in := dataapi.Statement{Target: to, SQLs: statements, ClientToken: token(), Format: dataapi.CSV,
		KeepAlive: int(dataKeep / time.Second), Wait: dataapi.LongestWait}
	sent, err := client.Batch(ctx, in)
	if err != nil {
		return nil, err
	}
	end, err := e.await(ctx, client, sent.ID, nil)
	if err != nil {
		return nil, err
	}
	if end.Status != dataapi.Finished {
		return nil, dataFailure(end, "")
	}
	if sent.SessionID == "" {
		return nil, &smithy.DeserializationError{Err: errors.New("the service opened no session")}
	}
	s := &dataSession{id: sent.SessionID, format: dataapi.JSON}
	probe, err := client.Result(ctx, sent.ID+":"+itoa(len(statements)), dataapi.CSV, "")
	if ctx.Err() != nil {
		return nil, err
	}
	if err == nil && tellsNull(probe) {
		s.format = dataapi.CSV
	}
	return s, nil
}

// token makes a ClientToken, so that a repeated call is the same statement.
func token() string { return "fairlead-" + rand.Text() }
