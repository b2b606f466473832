package dynamodb

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/result"
)

// List prices of on-demand capacity in most regions, in USD a unit
// (https://aws.amazon.com/dynamodb/pricing/on-demand/).
const (
	usdPerRead  = 0.125 / 1e6
	usdPerWrite = 0.625 / 1e6
)

// Run sends the statement and follows its pages up to the first that holds
// items, which decides the columns.
func (e *Engine) Run(ctx context.Context, s engine.Statement) (result.Stream, error) {
	st := &stream{engine: e, text: s.Text, statement: readStatement(s.Text), began: time.Now(), progress: s.Progress}
	st.stats.Path = "pages"
	if st.progress == nil {
		st.progress = func(engine.Progress) {}
	}
	st.tell("running")
	p, err := st.fetch(ctx, "")
	for err == nil && p.count == 0 && p.next != "" {
		p, err = st.fetch(ctx, p.next)
	}
	if err != nil {
		return nil, err
	}
	var t table
	if st.statement.reads() {
		t = e.describe(ctx, st.statement.table)
	} else {
		t, _ = e.described(st.statement.table)
	}
	st.price(t)
	st.open(layout(st.statement, t.keysFor(st.statement), p.items, p.next == ""), p)
	st.countWrite(p)
	return st, nil
}

// keysFor returns the keys as far as they matter: a write that returns nothing
// has no columns.
func (t table) keysFor(s statement) []column {
	if s.verb != "SELECT" {
		return nil
	}
	return t.keys
}

// page is one answer of ExecuteStatement, cut but not converted.
type page struct {
	items []byte // JSON array
	count int
	next  string
	units float64
	id    string
}

// fetch asks for one page.
func (st *stream) fetch(ctx context.Context, next string) (*page, error) {
	e := st.engine
	in := &dynamodb.ExecuteStatementInput{
		Statement:              aws.String(st.text),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if next != "" {
		in.NextToken = aws.String(next)
	}
	options := writeOptions
	if st.statement.reads() {
		options = readOptions
		in.ConsistentRead = aws.Bool(e.consistent)
		if e.limit > 0 {
			in.Limit = aws.Int32(int32(e.limit))
		}
	}
	out, err := e.client.ExecuteStatement(ctx, in, options)
	if err != nil {
		return nil, e.fault(err, st.statement)
	}
	p := readPage(rawpage.Body(out.ResultMetadata))
	p.id, _ = awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	if st.stats.RemoteID == "" {
		st.stats.RemoteID = p.id
	}
	if p.units >= 0 {
		st.units += p.units
		st.stats.CapacityUnits = &st.units
	}
	return p, nil
}

func readPage(body []byte) *page {
	p := &page{units: -1}
	rawpage.Members(body, func(key string, value []byte) bool {
		switch key {
		case "Items":
			p.items = value
			rawpage.Elements(value, func([]byte) bool { p.count++; return true })
		case "NextToken":
			if len(value) > 2 && value[0] == '"' {
				p.next = rawpage.Text(value)
			}
		case "ConsumedCapacity":
			if n, err := strconv.ParseFloat(rawpage.Text(rawpage.Member(value, "CapacityUnits")), 64); err == nil {
				p.units = n
			}
		}
		return true
	})
	return p
}

// price remembers what a unit costs, when the table is billed by request.
func (st *stream) price(t table) {
	if !t.known || !t.onDemand {
		return
	}
	if st.statement.reads() {
		st.usd = usdPerRead
		return
	}
	st.usd = usdPerWrite
}

// countWrite tells how many items a write changed. INSERT and UPDATE change
// exactly one or fail; a DELETE tells only by what it returns.
func (st *stream) countWrite(p *page) {
	switch st.statement.verb {
	case "INSERT", "UPDATE":
		st.stats.RowsAffected = aws.Int64(1)
	case "DELETE":
		if p.count > 0 {
			st.stats.RowsAffected = aws.Int64(int64(p.count))
		}
	}
}
