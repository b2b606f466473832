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

// errAnswerFull leaves a key for the next call; no caller sees it, since the
// largest item fits any answer.
const errAnswerFull attr.Refusal = "the answer is full"

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
	st.mu.RLock()
	defer st.mu.RUnlock()
	room := batchRoom{bytes: maxBatchBytes, items: st.switches.batch(r.size())}
	for _, name := range slices.Sorted(maps.Keys(r.RequestItems)) {
		if err := st.batchGetTable(name, r.RequestItems[name], &out, &used, &room); err != nil {
			return nil, err
		}
	}
	if room.short != nil && room.done == 0 {
		return nil, room.short
	}
	out.ConsumedCapacity = used.answer(r.ReturnConsumedCapacity)
	return out, nil
}

// batchRoom is what a batch may still do.
type batchRoom struct {
	bytes int   // of the answer
	items int   // as the switches allow
	done  int   // items processed
	short error // why the first item that was left was left, for want of capacity
}

// left notes that an item was not processed.
func (b *batchRoom) left(err error) {
	if b.short == nil {
		b.short = err
	}
}

// size is how many items the request asks for.
func (r *batchGetRequest) size() int {
	n := 0
	for _, want := range r.RequestItems {
		n += len(want.Keys)
	}
	return n
}

func (r *batchGetRequest) validate() error {
	var c constraints
	c.length("RequestItems", len(r.RequestItems), 1, maxBatchGet)
	c.capacity(r.ReturnConsumedCapacity)
	for _, name := range slices.Sorted(maps.Keys(r.RequestItems)) {
		c.length("RequestItems."+name+".member.Keys", len(r.RequestItems[name].Keys), 1, maxBatchGet)
	}
	if err := c.err(); err != nil {
		return err
	}
	if r.size() > maxBatchGet {
		return attr.Refusal("Too many items requested for the BatchGetItem call")
	}
	return nil
}

// batchGetTable reads one table's keys, as long as there is room in the answer.
func (st *store) batchGetTable(name string, want keysAndAttributes, out *batchGetAnswer, used *tallies, room *batchRoom) error {
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
	sum := used.of(tableName(name), "")
	rest := want
	rest.Keys = nil
	for _, key := range want.Keys {
		item := t.Get(key)
		cost := tally{base: table.ReadUnits(sizeOf(item), want.ConsistentRead)}
		if err := st.batchRead(t, sizeOf(item), &cost, room); err != nil {
			room.left(err)
			rest.Keys = append(rest.Keys, key)
			continue
		}
		room.done++
		sum.base += cost.base
		if item != nil {
			found = append(found, projected(item, paths))
		}
	}
	if rest.Keys != nil {
		out.UnprocessedKeys[name] = rest
	}
	out.Responses[name] = found
	return nil
}

// batchRead takes room and capacity for one item of a batch, or says why there
// is none.
func (st *store) batchRead(t *tableState, size int, cost *tally, room *batchRoom) error {
	if room.done >= room.items {
		return st.throttled(t, meterKey{}, provisioned)
	}
	// An answer that is full takes no further item, however small.
	if room.bytes -= size; room.bytes < 0 {
		return errAnswerFull
	}
	return st.spend(t, cost, false)
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
	UnprocessedItems      map[string][]writeRequestItem
	ItemCollectionMetrics collections `json:",omitempty"`
	ConsumedCapacity      []*consumed `json:",omitempty"`
}

func (st *store) batchWrite(r *batchWriteRequest) (any, error) {
	var c constraints
	c.length("RequestItems", len(r.RequestItems), 1, maxBatchWrite)
	c.capacity(r.ReturnConsumedCapacity)
	c.enum("returnItemCollectionMetrics", r.ReturnItemCollectionMetrics, "SIZE", "NONE")
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
	var ready []batchMutation
	for _, name := range slices.Sorted(maps.Keys(r.RequestItems)) {
		ms, err := st.batchMutations(name, r.RequestItems[name])
		if err != nil {
			return nil, err
		}
		ready = append(ready, ms...)
	}
	return st.batchRun(r, ready)
}

// batchRun writes as many of a batch's checked items as there is capacity for
// and hands the others back. The lock is held.
func (st *store) batchRun(r *batchWriteRequest, ready []batchMutation) (any, error) {
	var used tallies
	room := batchRoom{items: st.switches.batch(len(ready))}
	left := map[string][]writeRequestItem{}
	var touched collections
	for _, m := range ready {
		t := st.tables[tableName(m.table)]
		o, err := m.plan(t)
		if err != nil {
			return nil, err // sizes were checked: cannot happen
		}
		if room.done >= room.items {
			err = st.throttled(t, meterKey{write: true}, provisioned)
		} else {
			err = m.afford(st, t, o, 1)
		}
		if err != nil {
			room.left(err)
			left[m.table] = append(left[m.table], m.asked)
			continue
		}
		room.done++
		used.of(tableName(m.table), "").addWrite(m.commit(st, t, o))
		if r.ReturnItemCollectionMetrics == "SIZE" {
			touched.add(t, m.mutation)
		}
	}
	if room.short != nil && room.done == 0 {
		return nil, room.short
	}
	return batchWriteAnswer{left, touched, used.answer(r.ReturnConsumedCapacity)}, nil
}

// batchMutation is a write of a batch with the request it came from.
type batchMutation struct {
	*mutation
	asked writeRequestItem
}

// batchMutations checks one table's writes; the batch is refused as a whole
// before anything is written.
func (st *store) batchMutations(name string, items []writeRequestItem) ([]batchMutation, error) {
	t, err := st.table(name)
	if err != nil {
		return nil, err
	}
	var out []batchMutation
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
		out = append(out, batchMutation{m, w})
	}
	return out, nil
}
