package dynamodb

import (
	"encoding/json"
	"slices"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

// writeRequest is what PutItem, UpdateItem and DeleteItem have in common.
type writeRequest struct {
	TableName *string
	placeholders
	ConditionExpression                 *string
	Expected                            map[string]legacyCondition
	ConditionalOperator                 string
	ReturnValues                        string
	ReturnConsumedCapacity              string
	ReturnItemCollectionMetrics         string
	ReturnValuesOnConditionCheckFailure string
}

type putRequest struct {
	writeRequest
	Item attr.Map
}

type deleteRequest struct {
	writeRequest
	Key attr.Map
}

type updateRequest struct {
	writeRequest
	Key              attr.Map
	UpdateExpression *string
	AttributeUpdates map[string]legacyUpdate
}

type writeAnswer struct {
	Attributes            attr.Map               `json:",omitempty"`
	ConsumedCapacity      *consumed              `json:",omitempty"`
	ItemCollectionMetrics *itemCollectionMetrics `json:",omitempty"`
}

type itemCollectionMetrics struct {
	ItemCollectionKey   attr.Map
	SizeEstimateRangeGB [2]float64
}

func (r *writeRequest) validate() error {
	var c constraints
	c.table(r.TableName)
	c.enum("returnValues", r.ReturnValues, "ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
	c.capacity(r.ReturnConsumedCapacity)
	c.enum("returnItemCollectionMetrics", r.ReturnItemCollectionMetrics, "SIZE", "NONE")
	c.enum("returnValuesOnConditionCheckFailure", r.ReturnValuesOnConditionCheckFailure, "ALL_OLD", "NONE")
	return c.err()
}

// condition parses the condition of a write; env is nil when the request has
// nothing to use it.
func (r *writeRequest) condition(env *expr.Env) (expr.Cond, error) {
	if r.ConditionExpression == nil {
		return legacyConditions(r.Expected, r.ConditionalOperator)
	}
	return env.Condition("ConditionExpression", *r.ConditionExpression)
}

func (r *putRequest) mutation() (*mutation, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	if r.ReturnValues != "" && r.ReturnValues != "ALL_OLD" && r.ReturnValues != "NONE" {
		return nil, attr.Refusal("ReturnValues can only be ALL_OLD or NONE")
	}
	if err := notBoth([]string{named("Expected", r.Expected != nil)}, []string{named("ConditionExpression", r.ConditionExpression != nil)}); err != nil {
		return nil, err
	}
	env, err := r.env(r.ConditionExpression != nil)
	if err != nil {
		return nil, err
	}
	cond, err := r.condition(env)
	if err != nil {
		return nil, err
	}
	if err := env.CheckUnused(); err != nil {
		return nil, err
	}
	return &mutation{verb: verbPut, table: *r.TableName, item: r.Item, cond: cond, onFailure: r.ReturnValuesOnConditionCheckFailure}, nil
}

func (r *deleteRequest) mutation() (*mutation, error) {
	as := putRequest{writeRequest: r.writeRequest}
	m, err := as.mutation()
	if err != nil {
		return nil, err
	}
	m.verb, m.item, m.key = verbDelete, nil, r.Key
	return m, nil
}

func (r *updateRequest) mutation() (*mutation, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	err := notBoth([]string{named("AttributeUpdates", r.AttributeUpdates != nil), named("Expected", r.Expected != nil)},
		[]string{named("UpdateExpression", r.UpdateExpression != nil), named("ConditionExpression", r.ConditionExpression != nil)})
	if err != nil {
		return nil, err
	}
	env, err := r.env(r.UpdateExpression != nil || r.ConditionExpression != nil)
	if err != nil {
		return nil, err
	}
	m := &mutation{verb: verbUpdate, table: *r.TableName, key: r.Key, onFailure: r.ReturnValuesOnConditionCheckFailure}
	if r.UpdateExpression != nil {
		m.update, err = env.Update(*r.UpdateExpression)
	} else {
		m.update, err = legacyUpdates(r.AttributeUpdates)
	}
	if err != nil {
		return nil, err
	}
	if m.cond, err = r.condition(env); err != nil {
		return nil, err
	}
	return m, env.CheckUnused()
}

// write runs a mutation and answers as the request asks.
func (st *store) write(r *writeRequest, m *mutation) (any, error) {
	o, cost, err := st.run(m)
	if err != nil {
		return nil, err
	}
	used := tally{table: tableName(m.table)}
	used.addWrite(cost)
	out := writeAnswer{Attributes: returned(r.ReturnValues, m.update, o), ConsumedCapacity: used.answer(r.ReturnConsumedCapacity)}
	if r.ReturnItemCollectionMetrics == "SIZE" {
		st.mu.RLock()
		defer st.mu.RUnlock()
		if t, err := st.table(m.table); err == nil {
			out.ItemCollectionMetrics = m.collection(t)
		}
	}
	return out, nil
}

// returned is what ReturnValues asks for.
func returned(values string, u expr.Update, o outcome) attr.Map {
	item := o.old
	if values == "ALL_NEW" || values == "UPDATED_NEW" {
		item = o.now
	}
	if item == nil {
		return nil
	}
	switch values {
	case "ALL_OLD", "ALL_NEW":
		return item.Attrs()
	case "UPDATED_OLD", "UPDATED_NEW":
		return expr.Project(item.Attrs(), u.Paths())
	}
	return nil
}

// collection tells the size of the item collection that the mutation touched,
// nil for a table without local indexes, which has no collections.
func (m *mutation) collection(t *tableState) *itemCollectionMetrics {
	for _, d := range t.Def.Indexes {
		if d.Local {
			key := m.key
			if m.verb == verbPut {
				key = m.item
			}
			return &itemCollectionMetrics{key.Only(func(n string) bool { return n == t.Def.Key.Hash }), [2]float64{0, 1}}
		}
	}
	return nil
}

// collections gathers the metrics of several mutations by table; nil if there
// are none.
type collections map[string][]*itemCollectionMetrics

func (c *collections) add(t *tableState, m *mutation) {
	metrics := m.collection(t)
	if metrics == nil {
		return
	}
	if *c == nil {
		*c = collections{}
	}
	name := t.Def.Name
	same := func(o *itemCollectionMetrics) bool {
		return attr.EqualMaps(o.ItemCollectionKey, metrics.ItemCollectionKey)
	}
	if !slices.ContainsFunc((*c)[name], same) {
		(*c)[name] = append((*c)[name], metrics)
	}
}

func (st *store) putItem(r *putRequest) (any, error) {
	m, err := r.mutation()
	if err != nil {
		return nil, err
	}
	return st.write(&r.writeRequest, m)
}

func (st *store) deleteItem(r *deleteRequest) (any, error) {
	m, err := r.mutation()
	if err != nil {
		return nil, err
	}
	return st.write(&r.writeRequest, m)
}

func (st *store) updateItem(r *updateRequest) (any, error) {
	m, err := r.mutation()
	if err != nil {
		return nil, err
	}
	return st.write(&r.writeRequest, m)
}

// projection is how reads of items by key say what they want.
type projection struct {
	ProjectionExpression     *string
	AttributesToGet          []string
	ExpressionAttributeNames map[string]string
}

func (p projection) paths() ([]expr.Path, error) {
	if err := notBoth([]string{named("AttributesToGet", p.AttributesToGet != nil)}, []string{named("ProjectionExpression", p.ProjectionExpression != nil)}); err != nil {
		return nil, err
	}
	env, err := placeholders{ExpressionAttributeNames: p.ExpressionAttributeNames}.env(p.ProjectionExpression != nil)
	if err != nil || p.ProjectionExpression == nil {
		if err == nil {
			return legacyPaths(p.AttributesToGet)
		}
		return nil, err
	}
	paths, err := env.Projection(*p.ProjectionExpression)
	if err != nil {
		return nil, err
	}
	return paths, env.CheckUnused()
}

type getRequest struct {
	TableName *string
	Key       attr.Map
	projection
	ConsistentRead         bool
	ReturnConsumedCapacity string
}

type getAnswer struct {
	Item             json.RawMessage `json:",omitempty"`
	ConsumedCapacity *consumed       `json:",omitempty"`
}

func (st *store) getItem(r *getRequest) (any, error) {
	var c constraints
	c.table(r.TableName)
	c.capacity(r.ReturnConsumedCapacity)
	if err := c.err(); err != nil {
		return nil, err
	}
	paths, err := r.paths()
	if err != nil {
		return nil, err
	}
	used := tally{table: tableName(*r.TableName)}
	item, err := st.lookup(r, &used)
	if err != nil {
		return nil, err
	}
	return getAnswer{projected(item, paths), used.answer(r.ReturnConsumedCapacity)}, nil
}

// lookup finds one item, nil if there is none, and what reading it costs.
func (st *store) lookup(r *getRequest, used *tally) (*table.Item, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	t, err := st.table(*r.TableName)
	if err != nil {
		return nil, err
	}
	if err := t.CheckKey(r.Key); err != nil {
		return nil, err
	}
	item := t.Get(r.Key)
	used.base = table.ReadUnits(sizeOf(item), r.ConsistentRead)
	return item, st.spend(t, used, false)
}

func sizeOf(item *table.Item) int {
	if item == nil {
		return 0
	}
	return item.Size
}

// projected is the wire form of what the paths name of an item; all of it if
// there are no paths, nil if there is no item.
func projected(item *table.Item, paths []expr.Path) json.RawMessage {
	switch {
	case item == nil:
		return nil
	case paths == nil:
		return item.JSON
	}
	return expr.Project(item.Attrs(), paths).AppendJSON(nil)
}
