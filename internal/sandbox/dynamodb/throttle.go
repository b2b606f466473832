package dynamodb

import (
	"errors"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// burst is how many seconds of unused capacity a table keeps for later ("up to
// 5 minutes (300 seconds) of unused read and write capacity", Amazon DynamoDB
// Developer Guide, burst and adaptive capacity).
const burst = 300

// meters hold the token buckets of one table and of its global indexes. They
// have a lock of their own, since reads spend too. The zero value is ready.
type meters struct {
	mu      sync.Mutex
	buckets map[meterKey]*bucket
}

// meterKey names a bucket: of the table (index empty) or of a global index.
type meterKey struct {
	index string
	write bool
}

// bucket is capacity that has not been used yet. A new one holds one second's;
// a request that costs more than a second's leaves it in debt, and the next
// must wait until that is paid.
type bucket struct {
	tokens float64
	at     time.Time
}

func (b *bucket) refill(now time.Time, rate float64) {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens += passed * rate
		b.at = now
	}
	b.tokens = min(b.tokens, burst*rate)
}

// limit is the rate at which a table or index may be used.
type limit struct {
	rate float64 // units a second
	kind limitKind
}

type limitKind string

// The kinds of limits, as a ThrottlingReason ends
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html).
const (
	provisioned limitKind = "ProvisionedThroughputExceeded"
	maxOnDemand limitKind = "MaxOnDemandThroughputExceeded"
	quota       limitKind = "AccountLimitExceeded"
)

// charge is capacity that a request wants of one bucket.
type charge struct {
	meterKey
	units float64
}

// charges sums what a tally says by bucket; a local index is its table's.
func (t *tally) charges(write bool) []charge {
	out := []charge{{meterKey{"", write}, t.base}}
	for _, x := range t.index {
		if x.Local {
			out[0].units += x.Units
		} else {
			out = append(out, charge{meterKey{x.Name, write}, x.Units})
		}
	}
	return out
}

// spend takes the capacity of a request, or refuses the request and takes none.
func (st *store) spend(t *tableState, used *tally, write bool) error {
	if !st.metered(t) {
		return nil
	}
	t.meters.mu.Lock()
	defer t.meters.mu.Unlock()
	if t.meters.buckets == nil {
		t.meters.buckets = map[meterKey]*bucket{}
	}
	now := st.clock()
	list := used.charges(write)
	for _, c := range list {
		l, is := st.limitOf(t, c.meterKey)
		if !is || c.units == 0 {
			continue
		}
		b := t.meters.buckets[c.meterKey]
		if b == nil {
			b = &bucket{tokens: l.rate, at: now}
			t.meters.buckets[c.meterKey] = b
		}
		if b.refill(now, l.rate); b.tokens < min(c.units, l.rate) {
			return st.throttled(t, c.meterKey, l.kind)
		}
	}
	for _, c := range list {
		if b := t.meters.buckets[c.meterKey]; b != nil {
			b.tokens -= c.units
		}
	}
	return nil
}

// metered says whether anything limits the table, so that what is not limited
// need not be weighed beforehand.
func (st *store) metered(t *tableState) bool {
	return t.definition.limited() || st.switches.limits(t.Def.Name)
}

// limited says whether the definition limits throughput.
func (d *definition) limited() bool {
	if d.BillingMode != payPerRequest || d.OnDemandThroughput != nil {
		return true
	}
	for _, x := range d.GlobalSecondaryIndexes {
		if x.OnDemandThroughput != nil {
			return true
		}
	}
	return false
}

// limitOf is the limit of a bucket. A switch goes before the definition.
func (st *store) limitOf(t *tableState, k meterKey) (limit, bool) {
	d := &t.definition
	through, most := d.ProvisionedThroughput, d.OnDemandThroughput
	if k.index != "" {
		through, most = nil, nil
		for _, x := range d.GlobalSecondaryIndexes {
			if *x.IndexName == k.index {
				through, most = x.ProvisionedThroughput, x.OnDemandThroughput
			}
		}
	}
	onDemand := d.BillingMode == payPerRequest
	if rate, ok := st.switches.limit(t.Def.Name, k); ok {
		if onDemand {
			return limit{rate, quota}, true
		}
		return limit{rate, provisioned}, true
	}
	switch {
	case onDemand && most != nil:
		rate := most.MaxReadRequestUnits
		if k.write {
			rate = most.MaxWriteRequestUnits
		}
		return limit{float64(rate), maxOnDemand}, rate > 0 // -1 lifts a limit
	case onDemand || through == nil:
		return limit{}, false
	case k.write:
		return limit{float64(through.WriteCapacityUnits), provisioned}, true
	}
	return limit{float64(through.ReadCapacityUnits), provisioned}, true
}

// The messages of throttling, as the reasons of a cancelled transaction list
// them (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).
const (
	overTable         = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
	overIndex         = "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API."
	overOnDemand      = "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html."
	overOnDemandIndex = "Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically scaling your index so please try again shortly."
)

// throttling says whether an error is for want of capacity.
func throttling(err error) bool {
	var e *wire.Error
	return errors.As(err, &e) && (e.Code == codeProvisioned || e.Code == codeThrottled)
}

const (
	codeProvisioned = "ProvisionedThroughputExceededException"
	codeThrottled   = "ThrottlingException"
)

type throttlingReason struct {
	Reason   string `json:"reason"`
	Resource string `json:"resource"`
}

// throttled is the refusal of a request for want of capacity.
func (st *store) throttled(t *tableState, k meterKey, kind limitKind) *wire.Error {
	code, message, resource, name := codeProvisioned, overTable, st.arn(t.Def.Name), "Table"
	onIndex := k.index != ""
	switch {
	case kind != provisioned && onIndex && k.write:
		code, message = codeThrottled, overOnDemandIndex
	case kind != provisioned:
		code, message = codeThrottled, overOnDemand
	case onIndex && k.write:
		message = overIndex
	}
	if onIndex {
		resource, name = resource+"/index/"+k.index, "Index"
	}
	does := "Read"
	if k.write {
		does = "Write"
	}
	// The model of the API spells this member in two ways.
	member := "ThrottlingReasons"
	if code == codeThrottled {
		member = "throttlingReasons"
	}
	e := wire.Fail(code, message)
	e.Fields = map[string]any{member: []throttlingReason{{name + does + string(kind), resource}}}
	return e
}
