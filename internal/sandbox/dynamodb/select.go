package dynamodb

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

func itoa(n int) string { return strconv.Itoa(n) }

// errWholeKey is met by a SELECT of one item that does not name its whole key.
const errWholeKey attr.Refusal = "the whole key is needed"

// selectOne reads the one item that a SELECT in a batch or a transaction names;
// times is 2 in a transaction, which reads all twice. The lock is held.
func (st *store) selectOne(s *partiql.Select, consistent bool, times float64) (json.RawMessage, float64, error) {
	t, err := st.table(s.Table)
	if err != nil {
		return nil, 0, err
	}
	key, rest, ok := wholeKey(s.Where, t.Def.Key)
	if !ok || rest != nil || s.Index != "" {
		return nil, 0, errWholeKey
	}
	if err := t.CheckKey(key); err != nil {
		return nil, 0, err
	}
	item := t.Get(key)
	units := times * table.ReadUnits(sizeOf(item), consistent)
	if err := st.spend(t, &tally{base: units}, false); err != nil {
		return nil, 0, err
	}
	if item == nil || s.Columns == nil {
		return projected(item, nil), units, nil
	}
	return columns(item.Attrs(), s.Columns).AppendJSON(nil), units, nil
}

func (st *store) executeSelect(r *executeRequest, s *partiql.Select) (any, error) {
	st.mu.RLock()
	res, next, err := st.selectPage(r, s)
	st.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	size := 512
	for _, item := range res.items {
		size += len(item) + 1
	}
	dst := appendItems(append(make([]byte, 0, size), '{'), res.items)
	if next != nil {
		if len(next.After) > 0 {
			dst = append(dst, `,"LastEvaluatedKey":`...)
			dst = next.After.AppendJSON(dst)
		}
		dst = append(dst, `,"NextToken":"`...)
		dst = append(dst, next.encode(r)...)
		dst = append(dst, '"')
	}
	dst = appendCapacity(dst, res.used.answer(r.ReturnConsumedCapacity))
	return json.RawMessage(append(dst, '}')), nil
}

// selectPage reads one page; next is where the following one begins, nil at the
// end. The lock is held.
func (st *store) selectPage(r *executeRequest, s *partiql.Select) (result, *token, error) {
	plan, how, err := st.planSelect(r, s)
	if err != nil {
		return result{}, nil, err
	}
	from := &token{}
	if r.NextToken != nil {
		if from, err = decodeToken(*r.NextToken, r); err != nil {
			return result{}, nil, err
		}
	}
	if len(how.ranges) == 0 {
		plan.read.After = from.After
		res, err := st.paid(plan)
		return res, from.following(res.last, false), err
	}
	res, next, err := selectRanges(plan, how, from)
	if err == nil {
		err = st.spend(plan.t, &res.used, false)
	}
	return res, next, err
}

// selectRanges queries one range of keys after another until the page is full.
func selectRanges(plan *reading, how access, from *token) (result, *token, error) {
	all := result{items: []json.RawMessage{}, used: tally{table: plan.t.Def.Name}}
	limit, asked := plan.read.Limit, 0
	at := *from
	for at.Range < len(how.ranges) {
		plan.read.After, plan.keys, plan.read.Used = at.After, &how.ranges[at.Range], all.bytes
		res, err := plan.page()
		if err != nil {
			return all, nil, err
		}
		if res.full {
			return all, at.following(attr.Map{}, true), nil
		}
		all.bytes += res.bytes
		all.items = append(all.items, res.items...)
		all.scanned += res.scanned
		all.used.base += res.used.base
		for _, x := range res.used.index {
			all.used.addIndex(x)
		}
		if res.last != nil && !how.single {
			return all, at.following(res.last, false), nil
		}
		at = token{Range: at.Range + 1}
		if asked++; at.Range == len(how.ranges) {
			break
		}
		if limit > 0 {
			if plan.read.Limit = limit - all.scanned; plan.read.Limit <= 0 {
				return all, at.following(attr.Map{}, true), nil
			}
		}
		if asked == keysAPage {
			return all, at.following(attr.Map{}, true), nil
		}
	}
	return all, nil, nil
}

// planSelect checks a SELECT against its table and index.
func (st *store) planSelect(r *executeRequest, s *partiql.Select) (*reading, access, error) {
	t, err := st.table(s.Table)
	if err != nil {
		return nil, access{}, err
	}
	plan := &reading{t: t, filter: s.Where, paths: s.Columns, columns: true, consistent: r.ConsistentRead}
	if s.Index != "" {
		plan.index, plan.read.Index = t.Index(s.Index), s.Index
		if plan.index == nil {
			return nil, access{}, attr.Refusal("The table does not have the specified index")
		}
		if r.ConsistentRead && !plan.index.Def.Local {
			return nil, access{}, attr.Refusal("Strongly consistent read is not supported on Global Secondary Indexes")
		}
	}
	how, err := planAccess(s.Where, plan.schema())
	if err != nil {
		return nil, how, err
	}
	how.single = how.single && s.Index == ""
	if err := orderBy(s, plan, &how); err != nil {
		return nil, how, err
	}
	if how.direct {
		paths := expr.Paths(expr.Operands(s.Where)...)
		if missing := plan.unprojected(paths); len(missing) > 0 {
			return nil, how, attr.Refusal(invalid + "Secondary index " + s.Index + " does not project one or more filter attributes: [" + strings.Join(missing, ", ") + "]")
		}
	}
	if err := plan.reachBack(); err != nil {
		return nil, how, err
	}
	if r.Limit != nil && !how.single {
		plan.read.Limit = *r.Limit
	}
	return plan, how, nil
}

// orderBy checks an ORDER BY clause, which may name the key only, and turns the
// reading and its ranges accordingly.
func orderBy(s *partiql.Select, plan *reading, how *access) error {
	if len(s.OrderBy) == 0 {
		return nil
	}
	if s.Where == nil {
		return attr.Refusal("Must have WHERE clause in the statement when using ORDER BY clause.")
	}
	if len(how.ranges) == 0 {
		return attr.Refusal("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
	}
	schema := plan.schema()
	for i, o := range s.OrderBy {
		switch o.Name {
		case schema.Hash:
			slices.SortStableFunc(how.ranges, func(a, b expr.KeyRange) int {
				c, _ := attr.Compare(a.Hash, b.Hash)
				if o.Desc {
					return -c
				}
				return c
			})
		case schema.Range:
			if i == 0 && len(how.ranges) > 1 {
				return attr.Refusal("Must have hash key in the ORDER BY clause when more than one hash key condition specified in WHERE clause.")
			}
			plan.read.Reverse = o.Desc
		default:
			return attr.Refusal("Variable reference " + o.Name + " in ORDER BY clause must be part of the primary key")
		}
	}
	return nil
}

// token is where a page of a SELECT begins.
type token struct {
	Range int      // which of the ranges of keys
	After attr.Map // key within it; empty from its beginning
}

// following is the token after this page: at last in the same range, or, when
// begins, at the beginning of this one. nil when the reading has ended.
func (t *token) following(last attr.Map, begins bool) *token {
	switch {
	case begins:
		return &token{Range: t.Range}
	case last == nil:
		return nil
	}
	return &token{Range: t.Range, After: last}
}

// statementSum binds a token to its statement and parameters.
func statementSum(r *executeRequest) []byte {
	h := sha256.New()
	h.Write([]byte(r.Statement))
	params, err := r.params()
	if err != nil {
		return nil // the statement was refused for it before
	}
	for _, p := range params {
		h.Write(p.AppendJSON([]byte{0}))
	}
	return h.Sum(nil)[:16]
}

func (t *token) encode(r *executeRequest) string {
	body := strconv.AppendInt(statementSum(r), int64(t.Range), 10)
	if len(t.After) > 0 {
		body = t.After.AppendJSON(append(body, ' '))
	}
	return base64.StdEncoding.EncodeToString(body)
}

func decodeToken(text string, r *executeRequest) (*token, error) {
	const bad attr.Refusal = "NextToken does not match request"
	body, err := base64.StdEncoding.DecodeString(text)
	sum := statementSum(r)
	if err != nil || len(body) < len(sum) || string(body[:len(sum)]) != string(sum) {
		return nil, bad
	}
	number, after, found := strings.Cut(string(body[len(sum):]), " ")
	t := &token{}
	if t.Range, err = strconv.Atoi(number); err != nil || t.Range < 0 {
		return nil, bad
	}
	if found {
		if err := json.Unmarshal([]byte(after), &t.After); err != nil {
			return nil, bad
		}
	}
	return t, nil
}
