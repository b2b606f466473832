package dynamodb

import (
	"strconv"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

// When items whose time has passed are deleted. The service promises "within a
// few days" and until then still shows them in reads; here it happens with the
// first call after an hour. An item whose time lies more than five years back is
// left alone, as one whose attribute is no number (Amazon DynamoDB Developer
// Guide, how TTL works).
const (
	sweepEvery   = time.Hour
	oldestExpiry = 5 * 365 * 24 * time.Hour
)

// expire deletes the expired items of tables that were not looked through of
// late. It uses no capacity.
func (st *store) expire() {
	now := st.clock()
	if !st.sweepDue(now) {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, t := range st.tables {
		if !t.sweepDue(now) {
			continue
		}
		t.swept, t.Defer = now, st.lag()
		for _, key := range t.expired(now) {
			t.Delete(key)
		}
	}
}

func (st *store) sweepDue(now time.Time) bool {
	st.mu.RLock()
	defer st.mu.RUnlock()
	for _, t := range st.tables {
		if t.sweepDue(now) {
			return true
		}
	}
	return false
}

func (t *tableState) sweepDue(now time.Time) bool {
	return t.ttl != "" && !t.timeless && now.Sub(t.swept) >= sweepEvery
}

// expired lists the keys of the items whose time has passed.
func (t *tableState) expired(now time.Time) []attr.Map {
	var keys []attr.Map
	t.Each(func(item *table.Item) {
		attrs := item.Attrs()
		v, _ := attrs.Get(t.ttl)
		if v.Type() != attr.N {
			return
		}
		at, err := strconv.ParseInt(v.Text(), 10, 64)
		if err == nil && at <= now.Unix() && at > now.Add(-oldestExpiry).Unix() {
			keys = append(keys, attrs.Only(func(n string) bool { return n == t.Def.Key.Hash || n == t.Def.Key.Range }))
		}
	})
	return keys
}
