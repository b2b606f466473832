package dynamodb

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// tokenLife is how long a ClientRequestToken stands for its transaction.
const tokenLife = 10 * time.Minute

// doneTransaction is what a ClientRequestToken stands for.
type doneTransaction struct {
	request [sha256.Size]byte
	at      time.Time
	used    []*consumedReplay
}

// consumedReplay is what a repeated transaction costs: a read of each item.
type consumedReplay struct {
	table string
	units float64
}

type transactGetRequest struct {
	TransactItems []struct {
		Get *struct {
			TableName *string
			Key       attr.Map
			projection
		}
	}
	ReturnConsumedCapacity string
}

type itemResponse struct {
	Item json.RawMessage `json:",omitempty"`
}

type transactAnswer struct {
	Responses             []itemResponse `json:",omitempty"`
	ItemCollectionMetrics collections    `json:",omitempty"`
	ConsumedCapacity      []*consumed    `json:",omitempty"`
}

func (st *store) transactGet(r *transactGetRequest) (any, error) {
	var c constraints
	c.length("TransactItems", len(r.TransactItems), 1, maxTransact)
	c.capacity(r.ReturnConsumedCapacity)
	if err := c.err(); err != nil {
		return nil, err
	}
	st.mu.RLock()
	defer st.mu.RUnlock()
	out := transactAnswer{Responses: make([]itemResponse, len(r.TransactItems))}
	reasons := make([]error, len(r.TransactItems))
	var used tallies
	size := 0
	for i, get := range r.TransactItems {
		if get.Get == nil || get.Get.TableName == nil {
			return nil, attr.Refusal("TransactItems can only contain one of Get")
		}
		paths, err := get.Get.paths()
		if err != nil {
			return nil, err
		}
		t, err := st.table(*get.Get.TableName)
		if err != nil {
			return nil, err
		}
		if err := t.CheckKey(get.Get.Key); err != nil {
			reasons[i] = err
			continue
		}
		item := t.Get(get.Get.Key)
		if size += sizeOf(item); size > maxTransactBytes {
			return nil, errTransactSize
		}
		cost := tally{base: 2 * table.ReadUnits(sizeOf(item), true)}
		if reasons[i] = st.spend(t, &cost, false); reasons[i] != nil {
			continue
		}
		out.Responses[i].Item = projected(item, paths)
		used.of(tableName(*get.Get.TableName), "read").base += cost.base
	}
	if err := cancelled(reasons); err != nil {
		return nil, err
	}
	out.ConsumedCapacity = used.answer(r.ReturnConsumedCapacity)
	return out, nil
}

type transactWriteRequest struct {
	TransactItems []struct {
		Put            *putRequest
		Update         *updateRequest
		Delete         *deleteRequest
		ConditionCheck *deleteRequest
	}
	ClientRequestToken          string
	ReturnConsumedCapacity      string
	ReturnItemCollectionMetrics string
}

func (st *store) transactWrite(r *transactWriteRequest) (any, error) {
	var c constraints
	c.length("TransactItems", len(r.TransactItems), 1, maxTransact)
	c.capacity(r.ReturnConsumedCapacity)
	c.enum("returnItemCollectionMetrics", r.ReturnItemCollectionMetrics, "SIZE", "NONE")
	if err := c.err(); err != nil {
		return nil, err
	}
	ms := make([]*mutation, len(r.TransactItems))
	for i, item := range r.TransactItems {
		var err error
		switch {
		case item.Put != nil:
			ms[i], err = item.Put.mutation()
		case item.Update != nil:
			ms[i], err = item.Update.mutation()
		case item.Delete != nil:
			ms[i], err = item.Delete.mutation()
		case item.ConditionCheck != nil:
			if ms[i], err = item.ConditionCheck.mutation(); err == nil {
				ms[i].verb = verbCheck
			}
		default:
			err = attr.Refusal("TransactItems can only contain one of Check, Put, Update or Delete")
		}
		if err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(r.TransactItems)
	if err != nil {
		return nil, err
	}
	out, err := st.transaction(ms, r.ClientRequestToken, sha256.Sum256(body), r.ReturnConsumedCapacity)
	if err != nil {
		return nil, err
	}
	if r.ReturnItemCollectionMetrics == "SIZE" {
		st.mu.RLock()
		defer st.mu.RUnlock()
		for _, m := range ms {
			if t, err := st.table(m.table); err == nil {
				out.ItemCollectionMetrics.add(t, m)
			}
		}
	}
	return out, nil
}

// transaction runs mutations all or none. A token seen within ten minutes stands
// for the transaction it came with.
func (st *store) transaction(ms []*mutation, token string, request [sha256.Size]byte, capacity string) (*transactAnswer, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	now := st.clock()
	if done, ok := st.tokens[token]; ok && token != "" && now.Sub(done.at) < tokenLife {
		if done.request != request {
			return nil, wire.Fail("IdempotentParameterMismatchException", "Idempotent parameter mismatch")
		}
		var used tallies
		for _, c := range done.used {
			used.of(c.table, "read").base += c.units
		}
		return &transactAnswer{ConsumedCapacity: used.answer(capacity)}, nil
	}
	outcomes, err := st.planAll(ms)
	if err != nil {
		return nil, err
	}
	var used tallies
	done := doneTransaction{request: request, at: now}
	for i, m := range ms {
		t := st.tables[tableName(m.table)]
		used.of(tableName(m.table), "write").addWrite(m.commit(st, t, outcomes[i]))
		done.used = append(done.used, &consumedReplay{tableName(m.table), 2 * table.ReadUnits(max(sizeOf(outcomes[i].old), sizeOf(outcomes[i].now)), true)})
	}
	for _, t := range used.order {
		t.scale(2)
	}
	if token != "" {
		st.tokens[token] = done
	}
	return &transactAnswer{ConsumedCapacity: used.answer(capacity)}, nil
}

// planAll checks and plans every mutation; one that fails cancels all.
func (st *store) planAll(ms []*mutation) ([]outcome, error) {
	seen := map[string]bool{}
	for _, m := range ms {
		t, err := st.table(m.table)
		if err != nil {
			return nil, err
		}
		key := m.key
		if m.verb == verbPut {
			key = m.item.Only(func(n string) bool { return n == t.Def.Key.Hash || n == t.Def.Key.Range })
		}
		id := tableName(m.table) + string(key.AppendJSON(nil))
		if seen[id] {
			return nil, attr.Refusal("Transaction request cannot include multiple operations on one item")
		}
		seen[id] = true
	}
	outcomes := make([]outcome, len(ms))
	reasons := make([]error, len(ms))
	for i, m := range ms {
		t := st.tables[tableName(m.table)]
		if reasons[i] = m.check(t); reasons[i] == nil {
			if outcomes[i], reasons[i] = m.plan(t); reasons[i] == nil {
				reasons[i] = m.afford(st, t, outcomes[i], 2)
			}
		}
		if upFront(reasons[i]) {
			return nil, reasons[i]
		}
	}
	if totalSize(outcomes) > maxTransactBytes {
		return nil, errTransactSize
	}
	return outcomes, cancelled(reasons)
}

// upFront says whether a refusal is met before the transaction begins, so that
// it stands for itself: an empty key, too deep an item, too large a Put.
func upFront(err error) bool {
	var refusal attr.Refusal
	var empty table.EmptyIndexKey
	return errors.As(err, &empty) || errors.As(err, &refusal) &&
		(refusal == attr.TooDeep || refusal == errItemSize || strings.HasPrefix(string(refusal), "One or more parameter values are not valid."))
}

// maxTransactBytes is the most that the items of a transaction may have together.
const maxTransactBytes = 4 << 20

const errTransactSize attr.Refusal = "The aggregate size of the items in the transaction exceeded 4 MB"

func totalSize(outcomes []outcome) int {
	total := 0
	for _, o := range outcomes {
		total += sizeOf(o.now)
	}
	return total
}

type cancellationReason struct {
	Code    string
	Message *string  `json:",omitempty"`
	Item    attr.Map `json:",omitempty"`
}

// cancelled makes the exception of a transaction from what each part met; nil if
// none met anything.
func cancelled(reasons []error) error {
	codes := make([]string, len(reasons))
	out := make([]cancellationReason, len(reasons))
	failed := false
	for i, err := range reasons {
		codes[i], out[i] = "None", cancellationReason{Code: "None"}
		if err == nil {
			continue
		}
		failed = true
		w := asWire(err)
		reason := cancellationReason{Code: reasonCode(w.Code), Message: &w.Message}
		if item, ok := w.Fields["Item"].(attr.Map); ok {
			reason.Item = item
		}
		codes[i], out[i] = reason.Code, reason
	}
	if !failed {
		return nil
	}
	e := wire.Fail("TransactionCanceledException", "Transaction cancelled, please refer cancellation reasons for specific reasons ["+strings.Join(codes, ", ")+"]")
	e.Fields = map[string]any{"CancellationReasons": out}
	return e
}

// reasonCode is the short code that stands for an exception within a batch or a
// transaction.
func reasonCode(exception string) string {
	switch exception {
	case "ConditionalCheckFailedException":
		return "ConditionalCheckFailed"
	case "DuplicateItemException":
		return "DuplicateItem"
	case "ResourceNotFoundException":
		return "ResourceNotFound"
	case "ValidationException", "SerializationException":
		return "ValidationError"
	case "ThrottlingException":
		return "ThrottlingError"
	}
	return strings.TrimSuffix(exception, "Exception")
}
