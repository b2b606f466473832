package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// How many statements one call takes.
const (
	mostInBatch       = 25
	mostInTransaction = 100
)

// RunGroup runs statements with BatchExecuteStatement, 25 a call, or with one
// ExecuteTransaction. A row tells the statement's number, "ok" or the code of
// its failure, an item that it returned, and DynamoDB's words.
func (e *Engine) RunGroup(ctx context.Context, g engine.Group) (result.Stream, error) {
	if g.Atomic && len(g.Statements) > mostInTransaction {
		return nil, fault.Newf(fault.Usage, "A transaction takes up to %d statements, and these are %d", mostInTransaction, len(g.Statements))
	}
	group := &group{whole: g.Atomic, token: g.Token, reads: true}
	for i, s := range g.Statements {
		params, err := parameters(s.Args)
		if err != nil {
			return nil, fault.Wrapf(err, fault.Usage, "Statement %d: %s", i+1, fault.As(err).Message)
		}
		ps := partiql.Parse(s.Text)
		group.reads = group.reads && ps.Reads()
		group.table = ps.Table
		group.waiting = append(group.waiting, member{number: i + 1, text: s.Text, parameters: params})
	}
	ps := partiql.Statement{Verb: "SELECT", Table: group.table}
	if !group.reads {
		ps.Verb = "UPDATE"
	}
	t, _ := e.described(group.table)
	t.keys = nil
	var s engine.Statement
	if len(g.Statements) > 0 {
		s = g.Statements[0]
	}
	r := e.newRun(s, ps, t)
	group.calls = r.calls
	r.stats.Path = "batch"
	if g.Atomic {
		r.stats.Path = "transaction"
	}
	r.failed = group.failures.Load
	return r.open(ctx, &sequence{pages: group}, []string{"statement", "outcome", "item", "message"}, s)
}

// member is one statement of a group.
type member struct {
	number     int
	text       string
	parameters []types.AttributeValue
	tries      int
}

// group makes the calls of a group, one after the other.
type group struct {
	*calls
	whole   bool // all or none
	token   string
	reads   bool
	table   string
	waiting []member

	failures atomic.Int64
}

func (g *group) more() bool { return len(g.waiting) > 0 }

func (g *group) fetch(ctx context.Context) (*chunk, error) {
	p, err := g.meter.admit(ctx)
	if err != nil {
		return nil, g.fail(err)
	}
	if g.whole {
		return g.transaction(ctx, p)
	}
	n := min(len(g.waiting), mostInBatch)
	now := g.waiting[:n]
	in := &dynamodb.BatchExecuteStatementInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes}
	for _, m := range now {
		st := types.BatchStatementRequest{Statement: aws.String(m.text), Parameters: m.parameters}
		if g.reads && g.e.consistent {
			st.ConsistentRead = aws.Bool(true)
		}
		in.Statements = append(in.Statements, st)
	}
	options := writeOptions
	if g.reads {
		options = g.readOptions
	}
	out, err := g.e.client.BatchExecuteStatement(ctx, in, options)
	if err != nil {
		return nil, g.failed(p, err)
	}
	a, id, err := g.answer(out.ResultMetadata, p)
	if err != nil {
		return nil, err
	}
	g.waiting = g.waiting[n:]
	c := &chunk{id: id}
	again := g.outcomes(c, a.Responses, now)
	if len(again) > 0 {
		if err := pause(ctx, again[0].tries); err != nil {
			return nil, err
		}
		g.waiting = append(again, g.waiting...)
	}
	c.count, c.last = int64(len(c.items)), len(g.waiting) == 0
	return c, nil
}

// patienceEach is how often a statement of a batch is tried that was throttled.
const patienceEach = 8

// outcomes adds a row for each statement and returns those to be sent again:
// what was throttled has not been carried out.
func (g *group) outcomes(c *chunk, responses []byte, now []member) (again []member) {
	i := 0
	item.Elements(responses, func(response []byte) bool {
		if i >= len(now) {
			return false
		}
		m := now[i]
		i++
		failure := item.Raw(response, "Error")
		code := strings.Clone(item.Text(item.Raw(failure, "Code")))
		switch code {
		case "ThrottlingError", "RequestLimitExceeded", "ProvisionedThroughputExceeded":
			if m.tries++; m.tries < patienceEach {
				again = append(again, m)
				return true
			}
		}
		returned := item.Raw(response, "Item")
		if returned == nil {
			returned = item.Raw(failure, "Item")
		}
		if code != "" {
			g.failures.Add(1)
		}
		c.items = append(c.items, groupRow(m.number, code, item.Text(item.Raw(failure, "Message")), returned))
		return true
	})
	return again
}

func groupRow(number int, code, message string, returned []byte) []byte {
	if code == "" {
		code = "ok"
	}
	row := fmt.Appendf(nil, `{"statement":{"N":"%d"},"outcome":{"S":`, number)
	row = append(item.AppendString(row, code), '}')
	if len(returned) > 0 && returned[0] == '{' {
		row = append(append(append(row, `,"item":{"M":`...), returned...), '}')
	}
	if message != "" {
		row = append(item.AppendString(append(row, `,"message":{"S":`...), message), '}')
	}
	return append(row, '}')
}

// pause waits longer from try to try: 50 ms, doubled up to 3 s.
func pause(ctx context.Context, try int) error {
	timer := time.NewTimer(min(25*time.Millisecond<<try, 3*time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transaction makes the one call of a transaction. Its token makes it happen
// once however often it is sent, so it may be tried again like a read.
func (g *group) transaction(ctx context.Context, p permit) (*chunk, error) {
	in := &dynamodb.ExecuteTransactionInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes}
	if g.token != "" {
		in.ClientRequestToken = aws.String(g.token)
	}
	for _, m := range g.waiting {
		in.TransactStatements = append(in.TransactStatements, types.ParameterizedStatement{Statement: aws.String(m.text), Parameters: m.parameters})
	}
	out, err := g.e.client.ExecuteTransaction(ctx, in, func(o *dynamodb.Options) { o.APIOptions = append(o.APIOptions, rawpage.Keep) })
	if err != nil {
		return nil, cancelled(g.failed(p, err), err)
	}
	a, id, err := g.answer(out.ResultMetadata, p)
	if err != nil {
		return nil, err
	}
	c := &chunk{id: id, last: true}
	i := 0
	item.Elements(a.Responses, func(response []byte) bool {
		i++
		c.items = append(c.items, groupRow(i, "", "", item.Raw(response, "Item")))
		return true
	})
	for ; i < len(g.waiting); i++ { // writes may be answered by nothing
		c.items = append(c.items, groupRow(i+1, "", "", nil))
	}
	g.waiting, c.count = nil, int64(len(c.items))
	return c, nil
}

// cancelled tells which statements of a transaction are to blame.
func cancelled(words, err error) error {
	var c *types.TransactionCanceledException
	if !errors.As(err, &c) {
		return words
	}
	var reasons []string
	code := fault.Statement
	for i, r := range c.CancellationReasons {
		reason := aws.ToString(r.Code)
		if reason == "" || reason == "None" {
			continue
		}
		if reason == "TransactionConflict" || reason == "ThrottlingError" || reason == "ProvisionedThroughputExceeded" {
			code = fault.Throttled
		}
		reasons = append(reasons, "statement "+strconv.Itoa(i+1)+": "+reason+": "+aws.ToString(r.Message))
	}
	f := *fault.As(words)
	f.Code, f.Message = code, "The transaction was cancelled and nothing was changed"
	if len(reasons) > 0 {
		f.Cause = errors.New(strings.Join(reasons, "\n"))
	}
	return &f
}

// Failed implements engine.Tally.
func (st *stream) Failed() int64 {
	if st.failed == nil {
		return 0
	}
	return st.failed()
}
