package dynamodb

import (
	"encoding/json"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/partiql"
)

// maxStatement is the longest PartiQL statement, in characters.
const maxStatement = 8192

type statementRequest struct {
	Statement                           string
	Parameters                          []json.RawMessage
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

// params reads the parameters. One that cannot be read spoils its statement
// only, so that the request as a whole is not refused for it.
func (r *statementRequest) params() ([]attr.Value, error) {
	params := make([]attr.Value, len(r.Parameters))
	for i, raw := range r.Parameters {
		v, err := attr.Parse(raw)
		if err != nil {
			return nil, err
		}
		if v.TooDeep() {
			return nil, attr.TooDeep
		}
		params[i] = v
	}
	return params, nil
}

// parse reads the statement with its parameters.
func (r *statementRequest) parse() (partiql.Statement, error) {
	params, err := r.params()
	if err != nil {
		return nil, err
	}
	return partiql.Parse(r.Statement, params)
}

func (st *store) executeStatement(r *executeRequest) (any, error) {
	var c constraints
	r.check(&c)
	c.atLeast("limit", r.Limit, 1)
	c.capacity(r.ReturnConsumedCapacity)
	if err := c.err(); err != nil {
		return nil, err
	}
	stmt, err := r.parse()
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
