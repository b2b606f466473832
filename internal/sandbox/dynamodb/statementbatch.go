package dynamodb

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

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
		stmts[i], errs[i] = s.parse()
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
		params, err := s.params()
		if err != nil {
			return nil, err
		}
		if stmts[i], err = partiql.Parse(s.Statement, params); err != nil {
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
	return executeTransactionAnswer{Responses: []itemResponse{}, ConsumedCapacity: answer.ConsumedCapacity}, nil
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
