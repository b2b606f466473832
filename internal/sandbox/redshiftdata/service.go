// Package redshiftdata is the sandbox's Redshift Data API: statements by HTTPS
// on the same warehouse that the PostgreSQL wire leads to, with the service's
// asynchronous states, long polling, sessions, idempotent tokens, batches and
// paged results as JSON or CSV.
//
// It knows no SQL beyond named parameters and where a statement ends; sessions
// come from the warehouse in Options.
//
//	svc, err := redshiftdata.New(redshiftdata.Options{Warehouse: warehouse, Now: now})
//	defer svc.Close()
//	json["redshift-data"] = svc
package redshiftdata

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// The service's limits.
// https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
const (
	longestStatement = 100 << 10 // bytes of one statement
	largestResult    = 500 << 20 // bytes of one result
	largestRow       = 64 << 10  // bytes of one row
	mostStatements   = 40        // of a batch
	longestKeep      = 86400     // seconds of a session
	longestWait      = 30        // seconds of a long poll
	resultsKept      = 24 * time.Hour
	tokensKept       = 8 * time.Hour
	mostKept         = 200 // ended statements that the sandbox remembers, for its memory
)

// Warehouse opens sessions; *redshift.Service is one.
type Warehouse interface {
	OpenData(ctx context.Context, l redshift.DataLogin, cancel func()) (*redshift.DataSession, error)
	CloseData(*redshift.DataSession) error
}

// Options make a Service. Warehouse and Now are required.
type Options struct {
	Warehouse Warehouse
	Now       func() time.Time
	// PageBytes is about how much a page of a result holds; 0 is 1 MiB.
	PageBytes int
}

// Service is the sandbox's Data API. It may be called concurrently.
type Service struct {
	opts   Options
	ctx    context.Context // of all statements, ends at Close
	cancel context.CancelFunc
	runs   sync.WaitGroup

	mu         sync.Mutex
	statements map[string]*statement
	order      []*statement // as they were submitted
	tokens     map[string]*statement
	sessions   map[string]*session
	nextQuery  int64
}

// New makes a Service; it costs nothing until it is called. Close it.
func New(o Options) (*Service, error) {
	if o.Warehouse == nil || o.Now == nil {
		return nil, errors.New("redshiftdata: Options.Warehouse and Options.Now are needed")
	}
	if o.PageBytes == 0 {
		o.PageBytes = 1 << 20
	}
	s := &Service{opts: o, statements: map[string]*statement{}, tokens: map[string]*statement{}, sessions: map[string]*session{}, nextQuery: 1000}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close stops what runs and ends all sessions. The warehouse closes after it.
func (s *Service) Close() error {
	s.cancel()
	s.runs.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for id, open := range s.sessions {
		delete(s.sessions, id)
		errs = append(errs, s.opts.Warehouse.CloseData(open.DataSession))
	}
	return errors.Join(errs...)
}

// input holds the members of all requests.
type input struct {
	Id                      string
	Sql                     string
	Sqls                    []string
	Parameters              []parameter
	ClusterIdentifier       string
	WorkgroupName           string
	DbUser                  string
	SecretArn               string
	Database                string
	ClientToken             string
	StatementName           string
	ResultFormat            string
	SessionId               string
	SessionKeepAliveSeconds *int
	WaitTimeSeconds         *int
	NextToken               string
}

type parameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Call answers one call.
func (s *Service) Call(ctx context.Context, c *wire.Call) (any, error) {
	var in input
	if len(c.Body) > 0 {
		if err := json.Unmarshal(c.Body, &in); err != nil {
			return nil, wire.Fail("SerializationException", err.Error())
		}
	}
	if n := in.WaitTimeSeconds; n != nil && (*n < 1 || *n > longestWait) {
		return nil, invalid("Value '%d' at 'waitTimeSeconds' failed to satisfy constraint: Member must be between 1 and %d", *n, longestWait)
	}
	switch c.Operation {
	case "ExecuteStatement":
		return s.execute(ctx, c.Principal, in, []string{in.Sql}, false)
	case "BatchExecuteStatement":
		return s.execute(ctx, c.Principal, in, in.Sqls, true)
	}
	st, sub, err := s.find(c.Principal, in.Id)
	if err != nil {
		return nil, err
	}
	switch c.Operation {
	case "DescribeStatement":
		s.wait(ctx, st, in.WaitTimeSeconds)
		return s.describe(st, sub), nil
	case "GetStatementResult":
		s.wait(ctx, st, in.WaitTimeSeconds)
		return s.result(st, sub, in, "JSON")
	case "GetStatementResultV2":
		s.wait(ctx, st, in.WaitTimeSeconds)
		return s.result(st, sub, in, "CSV")
	case "CancelStatement":
		return s.cancelStatement(st)
	}
	return nil, wire.Fail("UnknownOperationException", fmt.Sprintf("Unknown operation %q.", c.Operation))
}

func invalid(format string, args ...any) error {
	return wire.Fail("ValidationException", fmt.Sprintf(format, args...))
}

// wait holds an answer back until the statement has ended or the caller's time
// is over.
func (s *Service) wait(ctx context.Context, st *statement, seconds *int) {
	if seconds == nil {
		return
	}
	limit := time.NewTimer(time.Duration(*seconds) * time.Second)
	defer limit.Stop()
	select {
	case <-st.ended:
	case <-limit.C:
	case <-ctx.Done():
	}
}
