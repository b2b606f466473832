package dynamodb

import (
	"context"
	"encoding/base64"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// chunk is some items on their way: a page, or rows worked out here.
type chunk struct {
	items [][]byte
	count int64 // items, also when only their number was asked for
	last  bool  // nothing follows
	id    string
	// settle, when not nil, is called once the items have been handed on: from
	// then on the source's checkpoint lies behind them.
	settle func()
}

func (c *chunk) settled() {
	if c.settle != nil {
		c.settle()
	}
}

// calls makes a statement's calls and has them counted.
type calls struct {
	e     *Engine
	meter *meter
	fail  func(error) error // gives an error its words
	// many reports that calls went well before: a long read waits out a throttle
	// that would be an answer to a single statement.
	many bool
}

// answer reads what a call left in its metadata.
func (c *calls) answer(m middleware.Metadata, p permit) (item.Answer, string, error) {
	a, err := item.Read(rawpage.Body(m))
	id, _ := awsmiddleware.GetRequestIDMetadata(m)
	c.meter.settle(p, a.Capacity, a.Scanned)
	if err != nil {
		return a, id, fault.Wrap(err, fault.Unavailable, "DynamoDB's answer cannot be read").WithRemedy("try again")
	}
	return a, id, nil
}

// failed gives back what was reserved for a call that was not carried out.
func (c *calls) failed(p permit, err error) error {
	c.meter.settle(p, nil, 0)
	return c.fail(err)
}

// patience is how often a page in the middle of a long read is asked for. With
// waits that double to 20 seconds that is about three minutes.
const patience = 14

// readOptions are those of calls that only read.
func (c *calls) readOptions(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, rawpage.KeepUnchecked)
	if c.many && o.RetryMaxAttempts == 0 {
		o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
			s.MaxAttempts = patience
			s.RateLimiter = ratelimit.None
		})
	}
}

// limitOf is the smaller of two limits, nil when there is none.
func limitOf(a, b int32) *int32 {
	switch {
	case a == 0 && b == 0:
		return nil
	case a == 0 || b > 0 && b < a:
		a = b
	}
	return &a
}

// statementPages follows the pages of ExecuteStatement.
type statementPages struct {
	*calls
	text       string
	parameters []types.AttributeValue
	reads      bool
	enough     int64 // items to evaluate in all, 0 for no bound
	next       string
	done       bool
}

func (s *statementPages) more() bool { return !s.done }

func (s *statementPages) fetch(ctx context.Context) (*chunk, error) {
	p, err := s.meter.admit(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	in := &dynamodb.ExecuteStatementInput{
		Statement: aws.String(s.text), Parameters: s.parameters, ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes,
	}
	if s.next != "" {
		in.NextToken = aws.String(s.next)
	}
	options := writeOptions
	if s.reads {
		options = s.readOptions
		in.ConsistentRead = aws.Bool(s.e.consistent)
		in.Limit = limitOf(int32(min(s.enough, 1e6)), aws.ToInt32(limitOf(int32(s.e.limit), p.limit)))
	}
	out, err := s.e.client.ExecuteStatement(ctx, in, options)
	if err != nil {
		return nil, s.failed(p, err)
	}
	a, id, err := s.answer(out.ResultMetadata, p)
	if err != nil {
		return nil, err
	}
	s.next, s.done, s.many = a.NextToken, a.NextToken == "", true
	if s.enough > 0 {
		s.enough -= int64(len(a.Items))
		s.done = s.done || s.enough <= 0
	}
	return &chunk{items: a.Items, count: int64(len(a.Items)), last: s.done, id: id}, nil
}

// queryPages follows the pages of Query.
type queryPages struct {
	*calls
	in   dynamodb.QueryInput
	done bool
}

func (q *queryPages) more() bool { return !q.done }

func (q *queryPages) fetch(ctx context.Context) (*chunk, error) {
	p, err := q.meter.admit(ctx)
	if err != nil {
		return nil, q.fail(err)
	}
	in := q.in
	in.Limit = limitOf(aws.ToInt32(q.in.Limit), aws.ToInt32(limitOf(int32(q.e.limit), p.limit)))
	out, err := q.e.client.Query(ctx, &in, q.readOptions)
	if err != nil {
		return nil, q.failed(p, err)
	}
	a, id, err := q.answer(out.ResultMetadata, p)
	if err != nil {
		return nil, err
	}
	if q.in.ExclusiveStartKey, err = keyOf(a.LastKey); err != nil {
		return nil, err
	}
	q.done, q.many = a.LastKey == nil, true
	return &chunk{items: a.Items, count: a.Count, last: q.done, id: id}, nil
}

// getPage is the one page of GetItem.
type getPage struct {
	*calls
	in   dynamodb.GetItemInput
	done bool
}

func (g *getPage) more() bool { return !g.done }

func (g *getPage) fetch(ctx context.Context) (*chunk, error) {
	p, err := g.meter.admit(ctx)
	if err != nil {
		return nil, g.fail(err)
	}
	out, err := g.e.client.GetItem(ctx, &g.in, g.readOptions)
	if err != nil {
		return nil, g.failed(p, err)
	}
	a, id, err := g.answer(out.ResultMetadata, p)
	if err != nil {
		return nil, err
	}
	g.done = true
	c := &chunk{last: true, id: id}
	if a.Item != nil {
		c.items, c.count = [][]byte{a.Item}, 1
	}
	return c, nil
}

// keyOf reads a key as DynamoDB sent it, nil for none. Keys are S, N or B.
func keyOf(doc []byte) (map[string]types.AttributeValue, error) {
	if doc == nil {
		return nil, nil
	}
	key := map[string]types.AttributeValue{}
	good := item.Attributes(doc, func(name, tag string, inner, _ []byte) bool {
		v, err := scalar(tag, string([]byte(item.Text(inner))))
		if err == nil {
			key[string([]byte(name))] = v
		}
		return err == nil
	})
	if !good || len(key) == 0 {
		return nil, fault.Wrap(item.ErrBroken, fault.Internal, "DynamoDB's key to go on from cannot be read")
	}
	return key, nil
}

// scalar makes the SDK's value of a simple type; binary is base64.
func scalar(tag, text string) (types.AttributeValue, error) {
	switch tag {
	case "S":
		return &types.AttributeValueMemberS{Value: text}, nil
	case "N":
		if _, ok := item.ParseNumber(text); !ok {
			return nil, fault.Newf(fault.Usage, "%q is not a number", text)
		}
		return &types.AttributeValueMemberN{Value: text}, nil
	case "B":
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fault.Newf(fault.Usage, "%q is not base64, which a binary value is given in", text)
		}
		return &types.AttributeValueMemberB{Value: raw}, nil
	case "BOOL":
		if text != "true" && text != "false" {
			return nil, fault.Newf(fault.Usage, "%q is neither true nor false", text)
		}
		return &types.AttributeValueMemberBOOL{Value: text == "true"}, nil
	case "NULL":
		return &types.AttributeValueMemberNULL{Value: true}, nil
	}
	return nil, fault.Newf(fault.Usage, "A value of type %s cannot be given here", tag)
}

// parameters turns a statement's arguments into attribute values.
func parameters(args []engine.Arg) (list []types.AttributeValue, err error) {
	for i, a := range args {
		tag := map[string]string{"number": "N", "boolean": "BOOL", "null": "NULL"}[a.Type]
		if tag == "" {
			tag = "S" // text, and dates, for which DynamoDB has no type
		}
		v, err := scalar(tag, a.Value)
		if err != nil {
			return nil, fault.Wrapf(err, fault.Usage, "Parameter %d: %s", i+1, fault.As(err).Message)
		}
		list = append(list, v)
	}
	return list, nil
}
