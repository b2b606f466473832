package dynamodb

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// readRequest is what Query and Scan have in common.
type readRequest struct {
	TableName              *string
	IndexName              *string
	FilterExpression       *string
	ProjectionExpression   *string
	AttributesToGet        []string
	ConditionalOperator    string
	Select                 string
	ConsistentRead         bool
	Limit                  *int
	ExclusiveStartKey      attr.Map
	ReturnConsumedCapacity string
	placeholders
}

type queryRequest struct {
	readRequest
	KeyConditionExpression *string
	KeyConditions          map[string]legacyCondition
	QueryFilter            map[string]legacyCondition
	ScanIndexForward       *bool
}

type scanRequest struct {
	readRequest
	ScanFilter    map[string]legacyCondition
	Segment       *int
	TotalSegments *int
}

func (r *readRequest) validate(c *constraints) error {
	c.table(r.TableName)
	if r.IndexName != nil {
		c.name("indexName", *r.IndexName, 3)
	}
	c.atLeast("limit", r.Limit, 1)
	c.enum("select", r.Select, "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
	c.capacity(r.ReturnConsumedCapacity)
	return c.err()
}

// checkSelect refuses combinations of Select and a projection. doing is
// "Querying" or "Scanning".
func (r *readRequest) checkSelect(doing string) error {
	some := r.ProjectionExpression != nil || r.AttributesToGet != nil
	parameter := "ProjectionExpression"
	if r.AttributesToGet != nil {
		parameter = "AttributesToGet"
	}
	switch {
	case r.Select == "SPECIFIC_ATTRIBUTES" && !some:
		return attr.Refusal("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case some && r.Select == "COUNT":
		return attr.Refusal("Cannot specify the " + parameter + " when choosing to get only the Count")
	case some && r.Select != "" && r.Select != "SPECIFIC_ATTRIBUTES":
		return attr.Refusal("Cannot specify the " + parameter + " when choosing to get " + r.Select)
	case r.Select == "ALL_PROJECTED_ATTRIBUTES" && r.IndexName == nil:
		return attr.Refusal("ALL_PROJECTED_ATTRIBUTES can be used only when " + doing + " using an IndexName")
	}
	return nil
}

// parsed is what the expressions of a read say.
type parsed struct {
	env    *expr.Env
	filter expr.Cond
	paths  []expr.Path
}

func (r *readRequest) parse(filter map[string]legacyCondition, keyExpression bool) (p parsed, err error) {
	p.env, err = r.env(keyExpression || r.FilterExpression != nil || r.ProjectionExpression != nil)
	if err != nil {
		return p, err
	}
	if r.FilterExpression != nil {
		p.filter, err = p.env.Condition("FilterExpression", *r.FilterExpression)
	} else {
		p.filter, err = legacyConditions(filter, r.ConditionalOperator)
	}
	if err != nil {
		return p, err
	}
	if r.ProjectionExpression != nil {
		p.paths, err = p.env.Projection(*r.ProjectionExpression)
	} else {
		p.paths, err = legacyPaths(r.AttributesToGet)
	}
	return p, err
}

// reading finds the table and index and applies what depends on them.
func (st *store) reading(r *readRequest, p parsed) (*reading, error) {
	t, err := st.table(*r.TableName)
	if err != nil {
		return nil, err
	}
	out := &reading{t: t, filter: p.filter, paths: p.paths, consistent: r.ConsistentRead}
	out.read.After = r.ExclusiveStartKey
	if r.Limit != nil {
		out.read.Limit = *r.Limit
	}
	if err := out.useIndex(r.IndexName); err != nil {
		return nil, err
	}
	if err := out.reachBack(); err != nil {
		return nil, err
	}
	if r.Select == "ALL_ATTRIBUTES" && out.index != nil && out.index.Def.Projection.Type != "ALL" {
		if !out.index.Def.Local {
			return nil, attr.Refusal(invalid + "Select type ALL_ATTRIBUTES is not supported for global secondary index " + out.index.Def.Name + " because its projection type is not ALL")
		}
		out.whole = true
	}
	return out, nil
}

func (st *store) query(r *queryRequest) (any, error) {
	var c constraints
	if err := r.validate(&c); err != nil {
		return nil, err
	}
	if err := r.mixes(); err != nil {
		return nil, err
	}
	if err := r.checkSelect("Querying"); err != nil {
		return nil, err
	}
	p, err := r.parse(r.QueryFilter, r.KeyConditionExpression != nil)
	if err != nil {
		return nil, err
	}
	keys, err := r.keyCondition(p.env)
	if err != nil {
		return nil, err
	}
	st.mu.RLock()
	reading, err := st.queryReading(r, p, keys)
	if err != nil {
		st.mu.RUnlock()
		return nil, err
	}
	res, err := st.paid(reading)
	st.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	return res.answer(r.Select == "COUNT", r.ReturnConsumedCapacity), nil
}

func (r *queryRequest) mixes() error {
	if r.KeyConditionExpression == nil && r.KeyConditions == nil {
		return attr.Refusal("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	return notBoth(
		[]string{named("AttributesToGet", r.AttributesToGet != nil), named("QueryFilter", r.QueryFilter != nil), named("ConditionalOperator", r.ConditionalOperator != ""), named("KeyConditions", r.KeyConditions != nil)},
		[]string{named("ProjectionExpression", r.ProjectionExpression != nil), named("FilterExpression", r.FilterExpression != nil), named("KeyConditionExpression", r.KeyConditionExpression != nil)})
}

// keyCondition parses the key condition; what it says of the operands alone is
// checked before the table is looked for.
func (r *queryRequest) keyCondition(env *expr.Env) (expr.Cond, error) {
	if r.KeyConditionExpression != nil {
		return env.KeyCondition(*r.KeyConditionExpression)
	}
	return legacyConditions(r.KeyConditions, "")
}

func (st *store) queryReading(r *queryRequest, p parsed, cond expr.Cond) (*reading, error) {
	out, err := st.reading(&r.readRequest, p)
	if err != nil {
		return nil, err
	}
	keys, err := expr.KeyRangeOf(cond, out.schema())
	if err != nil {
		return nil, err
	}
	if err := p.env.CheckUnused(); err != nil {
		return nil, err
	}
	out.keys = &keys
	out.read.Reverse = r.ScanIndexForward != nil && !*r.ScanIndexForward
	return out, checkQueryFilter(out)
}

// checkQueryFilter refuses a filter on the key that is queried, and one on what
// the index does not hold.
func checkQueryFilter(r *reading) error {
	paths := expr.Paths(expr.Operands(r.filter)...)
	for _, name := range expr.Tops(paths) {
		for _, key := range r.schema().Names() {
			if name == key {
				return attr.Refusal("Filter Expression can only contain non-primary key attributes: Primary key attribute: " + name)
			}
		}
	}
	if missing := r.unprojected(paths); len(missing) > 0 && !r.whole {
		kind := "Global"
		if r.index.Def.Local {
			kind = "Local"
		}
		return attr.Refusal(invalid + kind + " secondary index " + r.index.Def.Name + " does not project one or more filter attributes: [" + strings.Join(missing, ", ") + "]")
	}
	return nil
}

func (st *store) scan(r *scanRequest) (any, error) {
	var c constraints
	c.atLeast("segment", r.Segment, 0)
	c.atMost("segment", r.Segment, 999999)
	c.atLeast("totalSegments", r.TotalSegments, 1)
	c.atMost("totalSegments", r.TotalSegments, 1000000)
	if err := r.validate(&c); err != nil {
		return nil, err
	}
	if err := r.checkSegments(); err != nil {
		return nil, err
	}
	err := notBoth([]string{named("AttributesToGet", r.AttributesToGet != nil), named("ScanFilter", r.ScanFilter != nil), named("ConditionalOperator", r.ConditionalOperator != "")},
		[]string{named("ProjectionExpression", r.ProjectionExpression != nil), named("FilterExpression", r.FilterExpression != nil)})
	if err != nil {
		return nil, err
	}
	if err := r.checkSelect("Scanning"); err != nil {
		return nil, err
	}
	p, err := r.parse(r.ScanFilter, false)
	if err != nil {
		return nil, err
	}
	if err := p.env.CheckUnused(); err != nil {
		return nil, err
	}
	st.mu.RLock()
	res, err := st.scanPage(r, p)
	st.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	return res.answer(r.Select == "COUNT", r.ReturnConsumedCapacity), nil
}

func (st *store) scanPage(r *scanRequest, p parsed) (result, error) {
	reading, err := st.reading(&r.readRequest, p)
	if err != nil {
		return result{}, err
	}
	if r.TotalSegments != nil {
		reading.read.Segment, reading.read.Total = *r.Segment, *r.TotalSegments
	}
	return st.paid(reading)
}

func (r *scanRequest) checkSegments() error {
	switch {
	case r.Segment != nil && r.TotalSegments == nil:
		return attr.Refusal("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case r.Segment == nil && r.TotalSegments != nil:
		return attr.Refusal("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case r.Segment != nil && *r.Segment >= *r.TotalSegments:
		return attr.Refusal("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
			strconv.Itoa(*r.Segment) + " is not less than TotalSegments: " + strconv.Itoa(*r.TotalSegments))
	}
	return nil
}

// answer is the response of Query and Scan. It is written by hand, since a page
// of a megabyte would else be copied and checked again by encoding/json.
func (r *result) answer(countOnly bool, capacity string) json.RawMessage {
	size := 256
	for _, item := range r.items {
		size += len(item) + 1
	}
	dst := make([]byte, 0, size)
	dst = append(dst, `{"Count":`...)
	dst = strconv.AppendInt(dst, int64(len(r.items)), 10)
	dst = append(dst, `,"ScannedCount":`...)
	dst = strconv.AppendInt(dst, int64(r.scanned), 10)
	if !countOnly {
		dst = appendItems(append(dst, ','), r.items)
	}
	if r.last != nil {
		dst = append(dst, `,"LastEvaluatedKey":`...)
		dst = r.last.AppendJSON(dst)
	}
	dst = appendCapacity(dst, r.used.answer(capacity))
	return append(dst, '}')
}

func appendItems(dst []byte, items []json.RawMessage) []byte {
	dst = append(dst, `"Items":[`...)
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, item...)
	}
	return append(dst, ']')
}

func appendCapacity(dst []byte, c *consumed) []byte {
	if c == nil {
		return dst
	}
	text, err := json.Marshal(c)
	if err != nil { // numbers and names only: cannot happen
		return dst
	}
	dst = append(dst, `,"ConsumedCapacity":`...)
	return append(dst, text...)
}
