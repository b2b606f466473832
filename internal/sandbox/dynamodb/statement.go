package dynamodb

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// maxStatement is the longest PartiQL statement, in characters.
const maxStatement = 8192

type statementRequest struct {
	Statement                           string
	Parameters                          []attr.Value
	ConsistentRead                      bool
	ReturnValuesOnConditionCheckFailure string
}

type executeRequest struct {
	statementRequest
	NextToken              *string
	Limit                  *int
	ReturnConsumedCapacity string
}

type executeAnswer struct {
	Items            []attr.Map
	ConsumedCapacity *consumed `json:",omitempty"`
}

func (r *statementRequest) check(c *constraints) {
	if n := len([]rune(r.Statement)); n < 1 || n > maxStatement {
		bound := "greater than or equal to 1"
		if n > 0 {
			bound = "less than or equal to 8192"
		}
		c.fail("'"+r.Statement+"'", "statement", "Member must have length "+bound)
	}
	if r.Parameters != nil && len(r.Parameters) == 0 {
		c.fail("'[]'", "parameters", "Member must have length greater than or equal to 1")
	}
	c.enum("returnValuesOnConditionCheckFailure", r.ReturnValuesOnConditionCheckFailure, "ALL_OLD", "NONE")
}

func (st *store) executeStatement(r *executeRequest) (any, error) {
	var c constraints
	r.check(&c)
	c.atLeast("limit", r.Limit, 1)
	c.capacity(r.ReturnConsumedCapacity)
	if err := c.err(); err != nil {
		return nil, err
	}
	stmt, err := partiql.Parse(r.Statement, r.Parameters)
	if err != nil {
		return nil, err
	}
	switch s := stmt.(type) {
	case *partiql.Select:
		return st.executeSelect(r, s)
	case *partiql.Exists:
		return nil, attr.Refusal("EXISTS is only supported within ExecuteTransaction")
	}
	res, err := st.writeStatement(stmt, &r.statementRequest)
	if err != nil {
		return nil, err
	}
	out := executeAnswer{Items: []attr.Map{}, ConsumedCapacity: res.used.answer(r.ReturnConsumedCapacity)}
	if len(res.item) > 0 {
		out.Items = append(out.Items, res.item)
	}
	return out, nil
}

// written is what a writing statement answers with.
type written struct {
	item attr.Map // of RETURNING
	used tally
}

func (st *store) writeStatement(stmt partiql.Statement, r *statementRequest) (written, error) {
	st.mu.RLock()
	m, returning, err := st.statementMutation(stmt, r)
	st.mu.RUnlock()
	if err != nil {
		return written{}, err
	}
	o, cost, err := st.run(m)
	if err != nil {
		return written{}, err
	}
	res := written{used: tally{table: m.table}}
	res.used.addWrite(cost)
	values := map[partiql.Returning]string{partiql.AllOld: "ALL_OLD", partiql.AllNew: "ALL_NEW", partiql.ModifiedOld: "UPDATED_OLD", partiql.ModifiedNew: "UPDATED_NEW"}[returning]
	res.item = returned(values, m.update, o)
	return res, nil
}

// statementMutation turns a writing statement, or the check of a transaction,
// into a mutation; the lock is held.
func (st *store) statementMutation(stmt partiql.Statement, r *statementRequest) (*mutation, partiql.Returning, error) {
	t, err := st.table(partiql.Table(stmt))
	if err != nil {
		return nil, "", err
	}
	m := &mutation{table: t.Def.Name, onFailure: r.ReturnValuesOnConditionCheckFailure}
	var where expr.Cond
	var returning partiql.Returning
	switch s := stmt.(type) {
	case *partiql.Insert:
		m.verb, m.item, m.duplicate = verbPut, s.Item, true
		return m, "", nil
	case *partiql.Update:
		m.verb, m.update, where, returning = verbUpdate, s.Changes, s.Where, s.Returning
		// The statement changes items, it makes none: its whole clause must hold
		// for what stands there.
		m.cond = where
		if msg := overlapping(s.Changes); msg != nil {
			return nil, "", msg
		}
	case *partiql.Delete:
		m.verb, where, returning = verbDelete, s.Where, s.Returning
		if returning != "" && returning != partiql.AllOld {
			return nil, "", attr.Refusal("Invalid returning clause: RETURNING " + string(returning) + ". Only RETURNING ALL OLD * is allowed in DELETE statements.")
		}
	case *partiql.Exists:
		m.verb, where = verbCheck, s.Select.Where
	}
	key, rest, ok := wholeKey(where, t.Def.Key)
	switch {
	case m.verb == verbCheck && (!ok || rest == nil):
		return nil, "", attr.Refusal("EXISTS() must contain a single item read with additional condition")
	case !ok:
		return nil, "", attr.Refusal("Where clause does not contain a mandatory equality on all key attributes")
	}
	m.key = key
	if m.verb != verbUpdate {
		m.cond = rest
	}
	return m, returning, nil
}

// overlapping refuses an update that changes one place twice.
func overlapping(u expr.Update) error {
	if msg := expr.Overlap(u.Paths()); msg != "" {
		return attr.Refusal("Invalid UpdateExpression: " + msg)
	}
	return nil
}

type (
	batchExecuteRequest struct {
		Statements             []statementRequest
		ReturnConsumedCapacity string
	}
	batchStatementError struct {
		Code    string
		Message string
		Item    attr.Map `json:",omitempty"`
	}
	batchStatementResponse struct {
		Error     *batchStatementError `json:",omitempty"`
		TableName string               `json:",omitempty"`
		Item      json.RawMessage      `json:",omitempty"`
	}
	batchExecuteAnswer struct {
		Responses        []batchStatementResponse
		ConsumedCapacity []*consumed `json:",omitempty"`
	}
)

const errMixed attr.Refusal = "Statements that read and statements that write cannot be mixed in one request"

func (st *store) batchExecute(r *batchExecuteRequest) (any, error) {
	var c constraints
	c.length("Statements", len(r.Statements), 1, maxBatchWrite)
	c.capacity(r.ReturnConsumedCapacity)
	for i := range r.Statements {
		r.Statements[i].check(&c)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	stmts := make([]partiql.Statement, len(r.Statements))
	errs := make([]error, len(r.Statements))
	reads, writes := 0, 0
	for i, s := range r.Statements {
		stmts[i], errs[i] = partiql.Parse(s.Statement, s.Parameters)
		if errs[i] == nil && partiql.Writes(stmts[i]) {
			writes++
		} else if errs[i] == nil {
			reads++
		}
	}
	if reads > 0 && writes > 0 {
		return nil, errMixed
	}
	out := batchExecuteAnswer{Responses: make([]batchStatementResponse, len(stmts))}
	var used tallies
	for i, stmt := range stmts {
		if errs[i] == nil {
			out.Responses[i], errs[i] = st.batchMember(stmt, &r.Statements[i], &used)
		}
		if errs[i] != nil {
			w := asWire(errs[i])
			e := &batchStatementError{Code: reasonCode(w.Code), Message: w.Message}
			e.Item, _ = w.Fields["Item"].(attr.Map)
			out.Responses[i].Error = e
		}
	}
	out.ConsumedCapacity = used.answer(r.ReturnConsumedCapacity)
	return out, nil
}

func (st *store) batchMember(stmt partiql.Statement, r *statementRequest, used *tallies) (batchStatementResponse, error) {
	out := batchStatementResponse{TableName: partiql.Table(stmt)}
	switch s := stmt.(type) {
	case *partiql.Select:
		st.mu.RLock()
		defer st.mu.RUnlock()
		item, units, err := st.selectOne(s, r.ConsistentRead, 1)
		if err == errWholeKey {
			return out, attr.Refusal("Select statements within BatchExecuteStatement must specify the primary key in the where clause.")
		}
		if err != nil {
			return out, err
		}
		out.Item = item
		used.of(s.Table, "").base += units
		return out, nil
	case *partiql.Exists:
		return out, attr.Refusal("EXISTS is only supported within ExecuteTransaction")
	}
	res, err := st.writeStatement(stmt, r)
	if err != nil {
		return out, err
	}
	if len(res.item) > 0 {
		out.Item = res.item.AppendJSON(nil)
	}
	t := used.of(res.used.table, "")
	t.base += res.used.base
	for _, x := range res.used.index {
		t.addIndex(x)
	}
	return out, nil
}

type executeTransactionRequest struct {
	TransactStatements     []statementRequest
	ClientRequestToken     string
	ReturnConsumedCapacity string
}

type executeTransactionAnswer struct {
	Responses        []itemResponse
	ConsumedCapacity []*consumed `json:",omitempty"`
}

func (st *store) executeTransaction(r *executeTransactionRequest) (any, error) {
	var c constraints
	c.length("TransactStatements", len(r.TransactStatements), 1, maxTransact)
	c.capacity(r.ReturnConsumedCapacity)
	for i := range r.TransactStatements {
		r.TransactStatements[i].check(&c)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	stmts := make([]partiql.Statement, len(r.TransactStatements))
	reads := 0
	for i, s := range r.TransactStatements {
		var err error
		if stmts[i], err = partiql.Parse(s.Statement, s.Parameters); err != nil {
			return nil, inStatement(i, err)
		}
		if _, ok := stmts[i].(*partiql.Select); ok {
			reads++
		}
	}
	switch reads {
	case 0:
		return st.transactStatements(r, stmts)
	case len(stmts):
		return st.transactSelects(r, stmts)
	}
	return nil, errMixed
}

// inStatement says in which statement of a transaction a refusal was met.
func inStatement(i int, err error) error {
	w := asWire(err)
	if w.Code != "ValidationException" {
		return w
	}
	return wire.Fail(w.Code, "Validation failed in TransactStatements["+itoa(i)+"]: "+w.Message)
}

func (st *store) transactStatements(r *executeTransactionRequest, stmts []partiql.Statement) (any, error) {
	ms := make([]*mutation, len(stmts))
	st.mu.RLock()
	for i, stmt := range stmts {
		m, returning, err := st.statementMutation(stmt, &r.TransactStatements[i])
		if err == nil && returning != "" {
			err = attr.Refusal("RETURNING clause is not supported in ExecuteTransaction.")
		}
		if err != nil {
			st.mu.RUnlock()
			return nil, inStatement(i, err)
		}
		ms[i] = m
	}
	st.mu.RUnlock()
	body, err := json.Marshal(r.TransactStatements)
	if err != nil {
		return nil, err
	}
	answer, err := st.transaction(ms, r.ClientRequestToken, sha256.Sum256(body), r.ReturnConsumedCapacity)
	if err != nil {
		return nil, err
	}
	out := executeTransactionAnswer{Responses: []itemResponse{}}
	if a, ok := answer.(transactAnswer); ok {
		out.ConsumedCapacity = a.ConsumedCapacity
	}
	return out, nil
}

func (st *store) transactSelects(r *executeTransactionRequest, stmts []partiql.Statement) (any, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	out := executeTransactionAnswer{Responses: make([]itemResponse, len(stmts))}
	var used tallies
	short := make([]error, len(stmts))
	for i, stmt := range stmts {
		s, _ := stmt.(*partiql.Select)
		if s.Index != "" {
			return nil, inStatement(i, attr.Refusal("Reads on indices are not supported within transactions."))
		}
		item, units, err := st.selectOne(s, true, 2)
		if err == errWholeKey {
			err = attr.Refusal("Select statements within ExecuteTransaction must specify the primary key in the where clause.")
		}
		if throttling(err) {
			short[i] = err
			continue
		}
		if err != nil {
			return nil, inStatement(i, err)
		}
		out.Responses[i].Item = item
		used.of(s.Table, "read").base += units
	}
	if err := cancelled(short); err != nil {
		return nil, err
	}
	out.ConsumedCapacity = used.answer(r.ReturnConsumedCapacity)
	return out, nil
}
