package athena

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

const (
	// startGrace is how long a start that is under way may go on after the
	// caller gave up: only its answer tells which query to stop.
	startGrace = 3 * time.Second
	stopGrace  = 5 * time.Second // for StopQueryExecution itself

	// pollPatience is how many looks in a row may fail for a passing reason
	// before a running query is given up.
	pollPatience = 5

	longestStatement = 262144 // characters, StartQueryExecution's limit
)

// Run starts the statement, waits for its end and reads the first page.
func (e *Engine) Run(ctx context.Context, s engine.Statement) (result.Stream, error) {
	began := time.Now()
	if err := e.refuseByPlan(ctx, s); err != nil {
		return nil, err
	}
	sent, unloadNote := s, ""
	if e.fetch == fetchUnload {
		text, why := e.asUnload(ctx, s)
		if sent.Text = text; why != "" {
			sent.Text, unloadNote = s.Text, "The result was not unloaded: "+why
		}
	}
	id, note, err := e.start(ctx, sent)
	if err != nil {
		return nil, err
	}
	if s.Submitted != nil {
		if err := s.Submitted(id); err != nil {
			return nil, e.abandon(ctx, id, fault.Wrap(err, fault.CodeOf(err), "The query was stopped, since its id could not be kept"))
		}
	}
	execution, err := e.await(ctx, id, s, firstPoll)
	if err != nil {
		if sent.Text != s.Text {
			err = unloadFault(err)
		}
		return nil, err
	}
	if err := e.spent(s, id, execution); err != nil {
		return nil, err
	}
	return e.read(ctx, id, execution, sent, began, note, unloadNote)
}

// Attach waits for the end of a query that was started earlier, here or
// elsewhere, and reads its result. Ending ctx while it still runs stops it, as
// in Run. Athena knows a query for 45 days.
func (e *Engine) Attach(ctx context.Context, id string, s engine.Statement) (result.Stream, error) {
	began := time.Now()
	out, err := e.client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: aws.String(id)})
	if err != nil {
		return nil, e.unknownQuery(err, id)
	}
	x := out.QueryExecution
	if x == nil || x.Status == nil {
		return nil, withoutState(id)
	}
	tell(s, id, x)
	switch x.Status.State {
	case types.QueryExecutionStateSucceeded:
	case types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
		return nil, e.endFault(ctx, id, x)
	default:
		if x, err = e.await(ctx, id, s, firstPoll); err != nil {
			return nil, err
		}
	}
	return e.read(ctx, id, x, s, began, "")
}

// read opens the result of a query that has succeeded.
func (e *Engine) read(ctx context.Context, id string, x *types.QueryExecution, s engine.Statement, began time.Time, notes ...string) (result.Stream, error) {
	if ownUnload(x) {
		return e.readUnload(ctx, id, x, s, began, notes...)
	}
	st := newStream(ctx, e, id, x, s.Progress, began)
	for _, note := range notes {
		st.note(note)
	}
	if err := st.open(ctx, s.Text); err != nil {
		st.Close()
		return nil, err
	}
	return st, nil
}

// start sends the statement and returns the query execution id. When ctx ends
// while the call is under way, the query may have begun: the call is given a
// little longer, so that the query can be stopped.
func (e *Engine) start(ctx context.Context, s engine.Statement) (id, note string, err error) {
	if n := utf8.RuneCountInString(s.Text); n > longestStatement {
		return "", "", fault.Newf(fault.Statement,
			"The statement has %d characters; Athena takes at most %d", n, longestStatement)
	}
	in := &athena.StartQueryExecutionInput{
		QueryString:        aws.String(s.Text),
		ClientRequestToken: aws.String(requestToken()),
		WorkGroup:          aws.String(e.workname),
		QueryExecutionContext: &types.QueryExecutionContext{
			Catalog: aws.String(e.catalog),
		},
	}
	if e.database != "" {
		in.QueryExecutionContext.Database = aws.String(e.database)
	}
	if in.ExecutionParameters, err = literals(s.Args); err != nil {
		return "", "", err
	}
	if e.reuse > 0 {
		in.ResultReuseConfiguration = &types.ResultReuseConfiguration{
			ResultReuseByAgeConfiguration: &types.ResultReuseByAgeConfiguration{
				Enabled: true, MaxAgeInMinutes: aws.Int32(int32(e.reuse)),
			},
		}
	}
	in.ResultConfiguration, note = e.resultLocation(ctx)
	// Credentials come first and under ctx itself: they may ask the person to
	// log in, and nothing has begun yet.
	if e.session.Config.Credentials != nil {
		if _, err := e.session.Config.Credentials.Retrieve(ctx); err != nil {
			return "", "", e.fault(err, "sign in")
		}
	}
	call, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	release := context.AfterFunc(ctx, func() { time.AfterFunc(startGrace, cancel) })
	defer release()
	out, err := e.client.StartQueryExecution(call, in)
	if ended := ctx.Err(); ended != nil {
		f := e.fault(ended, "start the query")
		if err == nil {
			return "", "", e.abandon(ctx, aws.ToString(out.QueryExecutionId), f)
		}
		return "", "", f
	}
	if err != nil {
		return "", "", e.startFault(err)
	}
	if aws.ToString(out.QueryExecutionId) == "" {
		return "", "", fault.New(fault.Unavailable, "Athena took the statement and answered without a query id")
	}
	return *out.QueryExecutionId, note, nil
}

// await follows the query until it has succeeded, from a first look after
// delay. Any other end is an error, and a query that is left behind is stopped.
func (e *Engine) await(ctx context.Context, id string, s engine.Statement, delay time.Duration) (*types.QueryExecution, error) {
	w := e.poller.join(ctx, id, delay)
	defer e.poller.leave(w)
	for misses := 0; ; {
		var seen sighting
		select {
		case seen = <-w.seen:
		case <-ctx.Done():
		}
		if ctx.Err() != nil { // select would pick either way
			return nil, e.abandon(ctx, id, e.fault(context.Cause(ctx), "follow the query"))
		}
		if seen.err != nil {
			f := e.fault(seen.err, "follow the query")
			misses++
			if passing(f) && misses < pollPatience {
				continue
			}
			return nil, e.abandon(ctx, id, f)
		}
		misses = 0
		x := seen.execution
		if x == nil || x.Status == nil {
			return nil, e.abandon(ctx, id, withoutState(id))
		}
		tell(s, id, x)
		switch x.Status.State {
		case types.QueryExecutionStateSucceeded:
			return x, nil
		case types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
			return nil, e.endFault(ctx, id, x)
		}
		if most := e.mostScan(s); most > 0 && scanned(x) > most {
			return nil, e.stopOverBudget(ctx, id, w, x, most)
		}
	}
}

func withoutState(id string) *fault.Error {
	return fault.Newf(fault.Unavailable, "Athena answered without a state for query %s", id)
}

// tell reports a look at the query.
func tell(s engine.Statement, id string, x *types.QueryExecution) {
	if s.Progress != nil {
		s.Progress(engine.Progress{
			State: strings.ToLower(string(x.Status.State)), Reason: aws.ToString(x.Status.StateChangeReason),
			RemoteID: id, BytesScanned: scanned(x),
		})
	}
}

// abandon stops the query in Athena and returns why. It has a time of its own,
// since ctx has ended or may end at any moment.
func (e *Engine) abandon(ctx context.Context, id string, why *fault.Error) error {
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	_, err := e.client.StopQueryExecution(stop, &athena.StopQueryExecutionInput{QueryExecutionId: aws.String(id)})
	if err != nil {
		remedy := "query " + id + " could not be stopped and may still run: " + e.fault(err, "stop the query").Error()
		why.Remedy = strings.TrimPrefix(why.Remedy+"\n"+remedy, "\n")
	}
	if why.Service == nil {
		why.Service = &fault.Service{Name: service, RequestID: id}
	}
	return why
}

// passing reports whether waiting a moment may mend the fault.
func passing(f *fault.Error) bool {
	return f.Code == fault.Throttled || f.Code == fault.Unavailable
}

func scanned(x *types.QueryExecution) int64 {
	if x.Statistics == nil {
		return 0
	}
	return aws.ToInt64(x.Statistics.DataScannedInBytes)
}

// requestToken makes a ClientRequestToken (32 to 128 characters), so that a retried
// start cannot run the statement twice.
func requestToken() string {
	var b [24]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// isCancel reports whether err is the end of a context.
func isCancel(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
