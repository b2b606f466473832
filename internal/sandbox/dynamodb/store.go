package dynamodb

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/shopdata"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// store is the state of one region. Its lock guards everything below it; items
// are immutable, so answers are encoded after the lock is let go.
type store struct {
	region   string
	account  string
	clock    func() time.Time
	switches *Switches

	mu     sync.RWMutex
	tables map[string]*tableState
	tokens map[string]doneTransaction // by ClientRequestToken
	late   []lateChange               // of global indexes, in the order to make them
}

// tableState is a table and what describes it beside its items.
type tableState struct {
	*table.Table
	definition definition
	created    time.Time
	onDemand   time.Time // when it last became on-demand; zero for never
	streamed   time.Time // when its latest stream began; zero for never
	increased  time.Time // when its provisioned throughput last grew
	decreased  time.Time // and shrank
	tags       map[string]string
	ttl        string    // attribute, empty when TTL is off
	swept      time.Time // when expired items were last looked for
	timeless   bool      // items of the demo outlive their time
	meters     meters
}

// newTableState makes an empty table as of now.
func newTableState(def table.Def, d definition, now time.Time) *tableState {
	t := &tableState{Table: table.New(def), definition: d, created: now, tags: map[string]string{}}
	for _, tag := range d.Tags {
		t.tags[tag.Key] = tag.Value
	}
	t.definition.Tags = nil
	if d.BillingMode == payPerRequest {
		t.onDemand = now
	}
	if d.streams() {
		t.streamed = now
	}
	return t
}

func newStore(region, account string, clock func() time.Time, switches *Switches) *store {
	return &store{region: region, account: account, clock: clock, switches: switches, tables: map[string]*tableState{}, tokens: map[string]doneTransaction{}}
}

// seed makes a table with its items.
func (st *store) seed(t shopdata.Table) error {
	def := fromDef(t.Def)
	state := newTableState(t.Def, def, t.Created)
	state.ttl, state.timeless = t.TTL, true
	for _, attrs := range t.Items {
		if err := state.CheckItem(attrs); err != nil {
			return fmt.Errorf("seed table %s: item %s: %w", t.Def.Name, attrs.AppendJSON(nil), err)
		}
	}
	state.Load(t.Items)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.tables[t.Def.Name] = state
	return nil
}

// table finds a table by name or ARN; the lock is held.
func (st *store) table(nameOrARN string) (*tableState, error) {
	if t := st.tables[tableName(nameOrARN)]; t != nil {
		return t, nil
	}
	return nil, wire.Fail("ResourceNotFoundException", "Requested resource not found")
}

// tableName takes the name out of an ARN.
func tableName(nameOrARN string) string {
	if strings.HasPrefix(nameOrARN, "arn:") {
		if _, name, ok := strings.Cut(nameOrARN, ":table/"); ok {
			return name
		}
	}
	return nameOrARN
}

func (st *store) arn(table string) string {
	return "arn:aws:dynamodb:" + st.region + ":" + st.account + ":table/" + table
}

// tableID is a UUID that is the same for a table in every sandbox.
func (st *store) tableID(table string) string {
	h := sha256.Sum256([]byte(st.arn(table)))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80 // version 4, variant 1
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// Refusals shared by many operations.
const (
	invalid = "One or more parameter values were invalid: "

	errUpdateSize attr.Refusal = "Item size to update has exceeded the maximum allowed size"
	errItemSize   attr.Refusal = "Item size has exceeded the maximum allowed size"
)

// conditionFailed is the answer to a write whose condition did not hold; item
// is what stands there, if the caller wants to see it.
func conditionFailed(item *table.Item, values string) *wire.Error {
	e := wire.Fail("ConditionalCheckFailedException", "The conditional request failed")
	if values == "ALL_OLD" && item != nil {
		e.Fields = map[string]any{"Item": item.Attrs()}
	}
	return e
}
