package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// Read makes GetItem, Query or Scan calls. Conditions are PartiQL's; they
// become expressions whose names and values all stand behind placeholders.
func (e *Engine) Read(ctx context.Context, rd engine.Read) (result.Stream, error) {
	ps := partiql.Statement{Verb: "SELECT", Table: rd.Table, Index: rd.Index}
	t, err := e.describe(ctx, rd.Table)
	if err != nil {
		return nil, err
	}
	s := engine.Statement{Progress: rd.Progress, Budget: rd.Budget, Form: rd.Form, Columns: rd.Columns, AllColumns: rd.AllColumns}
	r := e.newRun(s, ps, t)
	src, err := r.readSource(rd)
	if err != nil {
		return nil, err
	}
	if rd.Limit > 0 {
		src = &limited{src, rd.Limit}
	}
	return r.open(ctx, src, nil, s)
}

func (r *run) readSource(rd engine.Read) (source, error) {
	if !r.table.known && rd.Kind != engine.ReadScan {
		return nil, fault.Newf(fault.NotFound, "Table %q cannot be described, so its keys are not known", rd.Table).
			WithRemedyf("check the name and the region: fairlead schema %s", r.engine.session.Name)
	}
	if _, ok := r.table.index(rd.Index); !ok && rd.Index != "" && r.table.known {
		return nil, fault.Newf(fault.NotFound, "Table %q has no index %q", rd.Table, rd.Index).
			WithRemedyf("see its indexes: fairlead schema %s %s", r.engine.session.Name, rd.Table)
	}
	switch rd.Kind {
	case engine.ReadGet:
		return r.getSource(rd)
	case engine.ReadQuery:
		return r.querySource(rd)
	}
	return r.scanSource(rd)
}

func (r *run) getSource(rd engine.Read) (source, error) {
	key, err := r.table.keyValues(rd.Key)
	if err != nil {
		return nil, err
	}
	x := newExpression(nil, false)
	in := dynamodb.GetItemInput{TableName: aws.String(rd.Table), Key: key, ConsistentRead: aws.Bool(rd.Consistent || r.engine.consistent),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes}
	if rd.Columns != nil {
		in.ProjectionExpression = aws.String(x.projection(unrepeated(rd.Columns)))
	}
	in.ExpressionAttributeNames, _ = x.placeholders()
	r.stats.Path = "get"
	return &sequence{pages: &getPage{calls: r.calls, in: in}}, nil
}

// keyValues gives a key's values the types that the table declares.
func (t table) keyValues(given map[string]string) (map[string]types.AttributeValue, error) {
	key := map[string]types.AttributeValue{}
	for _, k := range t.keys {
		text, ok := given[k.name]
		if !ok {
			return nil, fault.Newf(fault.Usage, "The key of table %q is %s, and %s is not given", t.name, strings.Join(t.keyNames(""), " and "), k.name).
				WithRemedyf("add --key %s=VALUE", k.name)
		}
		v, err := scalar(k.tag, text)
		if err != nil {
			return nil, fault.Wrapf(err, fault.Usage, "Key %s: %s", k.name, fault.As(err).Message)
		}
		key[k.name] = v
	}
	for name := range given {
		if _, ok := key[name]; !ok {
			return nil, fault.Newf(fault.Usage, "%s is no part of the key of table %q", name, t.name).
				WithRemedy("its key: " + strings.Join(t.keyNames(""), ", "))
		}
	}
	return key, nil
}

func (r *run) querySource(rd engine.Read) (source, error) {
	x := newExpression(nil, false)
	where, err := expressionOf(x, rd.Where, "--where")
	if err != nil {
		return nil, err
	}
	c, _ := partiql.ParseCondition(rd.Where)
	keys := r.table.keyNames(rd.Index)
	if n, ok := keyValues(c, keys[0]); !ok || n != 1 {
		return nil, fault.Newf(fault.Usage, "A query needs one value of the partition key: %s = VALUE", keys[0]).
			WithRemedy("write a condition on other attributes with --filter; to read everything use scan")
	}
	partiql.EachPath(c, func(p partiql.Path) {
		if name, _ := p.Whole(); !slices.Contains(keys, name) && err == nil {
			err = fault.Newf(fault.Usage, "%s is no key of what is queried", p).
				WithRemedy("keys: " + strings.Join(keys, ", ") + "; write conditions on other attributes with --filter")
		}
	})
	if err != nil {
		return nil, err
	}
	in := dynamodb.QueryInput{TableName: aws.String(rd.Table), KeyConditionExpression: aws.String(where),
		ScanIndexForward: aws.Bool(!rd.Descending), ConsistentRead: aws.Bool(rd.Consistent || r.engine.consistent),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes}
	if rd.Index != "" {
		in.IndexName = aws.String(rd.Index)
	}
	if in.FilterExpression, in.ProjectionExpression, err = filterAndProjection(x, rd); err != nil {
		return nil, err
	}
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = x.placeholders()
	in.Limit = enough(rd, 1)
	r.stats.Path = "query"
	return &sequence{pages: &queryPages{calls: r.calls, in: in}}, nil
}

func filterAndProjection(x *expression, rd engine.Read) (filter, projection *string, err error) {
	if rd.Filter != "" {
		text, err := expressionOf(x, rd.Filter, "--filter")
		if err != nil {
			return nil, nil, err
		}
		filter = aws.String(text)
	}
	if rd.Columns != nil {
		projection = aws.String(x.projection(unrepeated(rd.Columns)))
	}
	return filter, projection, nil
}

func expressionOf(x *expression, text, flag string) (string, error) {
	c, ok := partiql.ParseCondition(text)
	out := ""
	if ok {
		out, ok = x.condition(c)
	}
	if !ok {
		return "", fault.Newf(fault.Usage, "%s %q is not a condition that can be understood", flag, text).
			WithRemedy(`write it as in PartiQL: pk = 'CUSTOMER#1' and begins_with(sk, 'ORDER#') and total between 1 and 10`)
	}
	if len(out) > mostExpression {
		return "", fault.Newf(fault.Usage, "%s is too long: DynamoDB takes expressions of up to 4 KB", flag)
	}
	return out, nil
}

// enough bounds a page when every item read is returned and only some are
// wanted; nil for whole pages.
func enough(rd engine.Read, segments int) *int32 {
	if rd.Limit == 0 || rd.Filter != "" {
		return nil
	}
	return aws.Int32(int32(min(max(rd.Limit/int64(segments), 1), 1_000_000)))
}

func (r *run) scanSource(rd engine.Read) (source, error) {
	x := newExpression(nil, false)
	in := dynamodb.ScanInput{TableName: aws.String(rd.Table), ConsistentRead: aws.Bool(rd.Consistent || r.engine.consistent),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes}
	if rd.Index != "" {
		in.IndexName = aws.String(rd.Index)
	}
	var err error
	if in.FilterExpression, in.ProjectionExpression, err = filterAndProjection(x, rd); err != nil {
		return nil, err
	}
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = x.placeholders()
	_, size := r.table.size(rd.Index)
	total, workers := segmentsFor(size), 0
	if rd.Segments > 0 {
		total, workers = rd.Segments, min(rd.Segments, 64)
	}
	if rd.Limit > 0 && rd.Limit <= 1000 && rd.Segments == 0 && rd.Filter == "" {
		total = 1 // a few items of one page
	}
	var at position
	if rd.Resume != nil {
		if json.Unmarshal(rd.Resume, &at) != nil || at.Segments < 1 || len(at.At) != at.Segments {
			return nil, fault.New(fault.Usage, "The place to go on from cannot be read").WithRemedy("begin again without --resume")
		}
		total = at.Segments
	}
	in.Limit = enough(rd, total)
	s := newScanner(r.calls, in, total, workers)
	if rd.Resume != nil {
		if err := s.resume(at); err != nil {
			return nil, fault.Wrap(err, fault.Usage, "The place to go on from cannot be read").WithRemedy("begin again without --resume")
		}
	}
	r.scanner = s
	r.stats.Path = fmt.Sprintf("scan (%d segments)", total)
	return s, nil
}

// Position implements engine.Resumable.
func (st *stream) Position() []byte {
	if st.scanner == nil {
		return nil
	}
	at, err := json.Marshal(st.scanner.position())
	if err != nil {
		return nil
	}
	return at
}
