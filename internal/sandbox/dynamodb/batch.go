package dynamodb

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

// Limits of batches and transactions.
const (
	maxBatchGet   = 100
	maxBatchWrite = 25
	maxTransact   = 100
	maxBatchBytes = 16 * 1024 * 1024 // answer of BatchGetItem, and body of a write
)

const errDuplicateKeys attr.Refusal = "Provided list of item keys contains duplicates"

type batchGetRequest struct {
	RequestItems           map[string]keysAndAttributes
	ReturnConsumedCapacity string
}

type keysAndAttributes struct {
	Keys                     []attr.Map
	ConsistentRead           bool              `json:",omitempty"`
	ProjectionExpression     *string           `json:",omitempty"`
	AttributesToGet          []string          `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
}

type batchGetAnswer struct {
	Responses        map[string][]json.RawMessage
	UnprocessedKeys  map[string]keysAndAttributes
	ConsumedCapacity []*consumed `json:",omitempty"`
}

func (st *store) batchGet(r *batchGetRequest) (any, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	out := batchGetAnswer{Responses: map[string][]json.RawMessage{}, UnprocessedKeys: map[string]keysAndAttributes{}}
	var used tallies
	room := maxBatchBytes
	st.mu.RLock()
	defer st.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(r.RequestItems)) {
		if err := st.batchGetTable(name, r.RequestItems[name], &out, &used, &room); err != nil {
			return nil, err
		}
	}
	out.ConsumedCapacity = used.answer(r.ReturnConsumedCapacity)
	return out, nil
}

func (r *batchGetRequest) validate() error {
	var c constraints
	c.length("RequestItems", len(r.RequestItems), 1, maxBatchGet)
	c.capacity(r.ReturnConsumedCapacity)
	total := 0
	for _, name := range slices.Sorted(maps.Keys(r.RequestItems)) {
		n := len(r.RequestItems[name].Keys)
		c.length("RequestItems."+name+".member.Keys", n, 1, maxBatchGet)
		total += n
	}
	if err := c.err(); err != nil {
		return err
	}
	if total > maxBatchGet {
		return attr.Refusal("Too many items requested for the BatchGetItem call")
	}
	return nil
}

// batchGetTable reads one table's keys, as long as there is room in the answer.
func (st *store) batchGetTable(name string, want keysAndAttributes, out *batchGetAnswer, used *tallies, room *int) error {
	paths, err := projection{want.ProjectionExpression, want.AttributesToGet, want.ExpressionAttributeNames}.paths()
	if err != nil {
		return err
	}
	t, err := st.table(name)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, key := range want.Keys {
		if err := t.CheckKey(key); err != nil {
			return err
		}
		id := string(key.AppendJSON(nil))
		if seen[id] {
			return errDuplicateKeys
		}
		seen[id] = true
	}
	found := []json.RawMessage{}
	tally := used.of(tableName(name), "")
	for i, key := range want.Keys {
		item := t.Get(key)
		if *room -= sizeOf(item); *room < 0 {
			rest := want
			rest.Keys = want.Keys[i:]
			out.UnprocessedKeys[name] = rest
			break
		}
		tally.base += table.ReadUnits(sizeOf(item), want.ConsistentRead)
		if item != nil {
			found = append(found, projected(item, paths))
		}
	}
	out.Responses[name] = found
	return nil
}

type batchWriteRequest struct {
	RequestItems                map[string][]writeRequestItem
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

type writeRequestItem struct {
	PutRequest    *struct{ Item attr.Map } `json:",omitempty"`
	DeleteRequest *struct{ Key attr.Map }  `json:",omitempty"`
}

type batchWriteAnswer struct {
	UnprocessedItems map[string][]writeRequestItem
	ConsumedCapacity []*consumed `json:",omitempty"`
}

func (st *store) batchWrite(r *batchWriteRequest) (any, error) {
	var c constraints
	c.length("RequestItems", len(r.RequestItems), 1, maxBatchWrite)
	c.capacity(r.ReturnConsumedCapacity)
	total := 0
	for _, name := range slices.Sorted(maps.Keys(r.RequestItems)) {
		c.length("RequestItems."+name+".member", len(r.RequestItems[name]), 1, maxBatchWrite)
		total += len(r.RequestItems[name])
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if total > maxBatchWrite {
		return nil, attr.Refusal("Too many items requested for the BatchWriteItem call")
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	var ready []*mutation
	for _, name := range slices.Sorted(maps.Keys(r.RequestItems)) {
		ms, err := st.batchMutations(name, r.RequestItems[name])
		if err != nil {
			return nil, err
		}
		ready = append(ready, ms...)
	}
	var used tallies
	for _, m := range ready {
		t := st.tables[tableName(m.table)]
		o, err := m.plan(t)
		if err != nil {
			return nil, err // sizes were checked: cannot happen
		}
		used.of(tableName(m.table), "").addWrite(m.commit(t, o))
	}
	return batchWriteAnswer{map[string][]writeRequestItem{}, used.answer(r.ReturnConsumedCapacity)}, nil
}

// batchMutations checks one table's writes; the batch is refused as a whole
// before anything is written.
func (st *store) batchMutations(name string, items []writeRequestItem) ([]*mutation, error) {
	t, err := st.table(name)
	if err != nil {
		return nil, err
	}
	var out []*mutation
	seen := map[string]bool{}
	for _, w := range items {
		var m *mutation
		var key attr.Map
		switch {
		case (w.PutRequest == nil) == (w.DeleteRequest == nil):
			return nil, attr.Refusal("Supplied WriteRequest must contain exactly one of PutRequest or DeleteRequest")
		case w.PutRequest != nil:
			m = &mutation{verb: verbPut, table: name, item: w.PutRequest.Item}
			key = w.PutRequest.Item.Only(func(n string) bool { return n == t.Def.Key.Hash || n == t.Def.Key.Range })
		default:
			m = &mutation{verb: verbDelete, table: name, key: w.DeleteRequest.Key}
			key = w.DeleteRequest.Key
		}
		if err := t.CheckKey(key); err != nil {
			return nil, err
		}
		if err := m.check(t); err != nil {
			return nil, err
		}
		if m.verb == verbPut && m.item.Size() > table.MaxItemSize {
			return nil, errItemSize
		}
		id := string(key.AppendJSON(nil))
		if seen[id] {
			return nil, errDuplicateKeys
		}
		seen[id] = true
		out = append(out, m)
	}
	return out, nil
}
