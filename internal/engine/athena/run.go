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
	firstPoll = 50 * time.Millisecond  // before the first look at a new query
	nextPoll  = 100 * time.Millisecond // before the second; then half as long again each time
	mostPoll  = 2 * time.Second

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
	progress := s.Progress
	if progress == nil {
		progress = func(engine.Progress) {}
	}
	id, note, err := e.start(ctx, s.Text)
	if err != nil {
		return nil, err
	}
	execution, err := e.await(ctx, id, progress)
	if err != nil {
		return nil, err
	}
	st := newStream(ctx, e, id, execution, progress, began)
	if note != "" {
		st.stats.Notes = append(st.stats.Notes, note)
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
func (e *Engine) start(ctx context.Context, text string) (id, note string, err error) {
	if n := utf8.RuneCountInString(text); n > longestStatement {
		return "", "", fault.Newf(fault.Statement,
			"The statement has %d characters; Athena takes at most %d", n, longestStatement)
	}
	in := &athena.StartQueryExecutionInput{
		QueryString:        aws.String(text),
		ClientRequestToken: aws.String(token()),
		WorkGroup:          aws.String(e.workname),
		QueryExecutionContext: &types.QueryExecutionContext{
			Catalog: aws.String(e.catalog),
		},
	}
	if e.database != "" {
		in.QueryExecutionContext.Database = aws.String(e.database)
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
	return aws.ToString(out.QueryExecutionId), note, nil
}

// await polls until the query has succeeded. Any other end is an error, and a
// query that is left behind is stopped.
func (e *Engine) await(ctx context.Context, id string, progress func(engine.Progress)) (*types.QueryExecution, error) {
	in := &athena.GetQueryExecutionInput{QueryExecutionId: aws.String(id)}
	delay, misses := firstPoll, 0
	for {
		if err := pause(ctx, delay); err != nil {
			return nil, e.abandon(ctx, id, e.fault(err, "follow the query"))
		}
		if delay == firstPoll {
			delay = nextPoll
		} else {
			delay = min(delay*3/2, mostPoll)
		}
		out, err := e.client.GetQueryExecution(ctx, in)
		if err != nil {
			f := e.fault(err, "follow the query")
			misses++
			if passing(f) && misses < pollPatience {
				continue
			}
			return nil, e.abandon(ctx, id, f)
		}
		misses = 0
		x := out.QueryExecution
		if x == nil || x.Status == nil {
			return nil, e.abandon(ctx, id, fault.Newf(fault.Unavailable, "Athena answered without a state for query %s", id))
		}
		progress(engine.Progress{State: strings.ToLower(string(x.Status.State)), RemoteID: id, BytesScanned: scanned(x)})
		switch x.Status.State {
		case types.QueryExecutionStateSucceeded:
			return x, nil
		case types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
			return nil, endFault(id, x)
		}
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

// pause waits for d or for the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// token makes a ClientRequestToken (32 to 128 characters), so that a retried
// start cannot run the statement twice.
func token() string {
	var b [24]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// isCancel reports whether err is the end of a context.
func isCancel(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
