package dynamodb

import (
	"slices"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// Limits of IN on a partition key in PartiQL ("at max 50 hash attribute values …
// pages of up to 10 items", Amazon DynamoDB Developer Guide, PartiQL operators).
const (
	maxInKeys                = 50
	keysAPage                = 10
	tooManyKeys attr.Refusal = "Too many partition key values in the IN list: the limit is 50"
)

// access is how a WHERE clause finds items: by ranges of keys, or by none,
// which is a scan.
type access struct {
	ranges []expr.KeyRange
	// single says that the clause names one item by its whole key.
	single bool
	// direct says that the partition key stands beside the other conditions, not
	// only within branches of an OR.
	direct bool
}

// planAccess decides between GetItem, Query and Scan: the partition key must be
// compared with = or IN, or each branch of an OR must do so.
func planAccess(where expr.Cond, schema expr.KeySchema) (access, error) {
	terms := conjuncts(where)
	for _, t := range terms {
		if v, ok := equals(t, schema.Hash); ok {
			r, err := rangeWith(v, terms, schema)
			single := r.Op == "=" || schema.Range == ""
			return access{[]expr.KeyRange{r}, single, true}, err
		}
	}
	for _, t := range terms {
		if in, ok := t.(expr.In); ok && isKey(in.X, schema.Hash) {
			ranges, err := rangesIn(in, terms, schema)
			return access{ranges: ranges, direct: true}, err
		}
	}
	if len(terms) != 1 {
		return access{}, nil
	}
	branches := disjuncts(terms[0])
	if len(branches) < 2 {
		return access{}, nil
	}
	var ranges []expr.KeyRange
	for _, b := range branches {
		a, err := planAccess(b, schema)
		if err != nil || len(a.ranges) == 0 {
			return access{}, err
		}
		ranges = mergeRanges(ranges, a.ranges)
	}
	return access{ranges: ranges}, nil
}

// mergeRanges joins the ranges of two branches; two on one partition become the
// whole of it, so that no item is read twice.
func mergeRanges(into, more []expr.KeyRange) []expr.KeyRange {
	for _, r := range more {
		at := slices.IndexFunc(into, func(o expr.KeyRange) bool { return attr.Equal(o.Hash, r.Hash) })
		if at < 0 {
			into = append(into, r)
		} else {
			into[at] = expr.KeyRange{Hash: r.Hash}
		}
	}
	return into
}

func rangesIn(in expr.In, terms []expr.Cond, schema expr.KeySchema) ([]expr.KeyRange, error) {
	if len(in.List) > maxInKeys {
		return nil, tooManyKeys
	}
	var ranges []expr.KeyRange
	for _, o := range in.List {
		lit, ok := o.(expr.Literal)
		if !ok {
			return nil, nil
		}
		r, err := rangeWith(lit.Value, terms, schema)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(ranges, func(o expr.KeyRange) bool { return attr.Equal(o.Hash, r.Hash) }) {
			ranges = append(ranges, r)
		}
	}
	return ranges, nil
}

// rangeWith is the range of one partition, narrowed by the first condition on
// the sort key among the terms.
func rangeWith(hash attr.Value, terms []expr.Cond, schema expr.KeySchema) (expr.KeyRange, error) {
	r := expr.KeyRange{Hash: hash}
	if err := expr.CheckKeyOperand(schema.Hash, schema.HashType, hash); err != nil {
		return r, err
	}
	if schema.Range == "" {
		return r, nil
	}
	for _, t := range terms {
		sort, ok := sortRange(t, schema)
		if !ok {
			continue
		}
		for _, v := range []attr.Value{sort.Lo, sort.Hi} {
			if v.IsZero() {
				continue
			}
			if err := expr.CheckKeyOperand(schema.Range, schema.RangeType, v); err != nil {
				return r, err
			}
		}
		sort.Hash = hash
		// An equality is the narrowest there is.
		if r.Op == "" || sort.Op == "=" {
			r = sort
		}
	}
	return r, nil
}

// sortRange reads a condition on the sort key as part of a key range.
func sortRange(t expr.Cond, schema expr.KeySchema) (expr.KeyRange, bool) {
	switch t.(type) {
	case expr.Compare, expr.Between, expr.Call:
		probe := schema
		probe.Hash, probe.HashType = "\x00", attr.S
		anchor := expr.Compare{Op: "=", L: expr.Attr(probe.Hash), R: expr.Literal{Value: attr.String("x")}}
		if paths := expr.Paths(expr.Operands(t)...); len(paths) != 1 || len(paths[0]) != 1 || paths[0].Top() != schema.Range {
			return expr.KeyRange{}, false
		}
		// A type mismatch is reported by the caller, so it must get through here.
		probe.RangeType = literalTypeOf(t)
		r, err := expr.KeyRangeOf(expr.And{L: anchor, R: t}, probe)
		return r, err == nil
	}
	return expr.KeyRange{}, false
}

func literalTypeOf(t expr.Cond) attr.Type {
	for _, o := range expr.Operands(t) {
		if lit, ok := o.(expr.Literal); ok {
			return lit.Value.Type()
		}
	}
	return ""
}

// conjuncts lists the conditions that must all hold.
func conjuncts(c expr.Cond) []expr.Cond {
	switch c := c.(type) {
	case nil:
		return nil
	case expr.And:
		return append(conjuncts(c.L), conjuncts(c.R)...)
	}
	return []expr.Cond{c}
}

// disjuncts lists the conditions of which one must hold.
func disjuncts(c expr.Cond) []expr.Cond {
	if or, ok := c.(expr.Or); ok {
		return append(disjuncts(or.L), disjuncts(or.R)...)
	}
	return []expr.Cond{c}
}

// equals returns v if the condition is name = v.
func equals(c expr.Cond, name string) (attr.Value, bool) {
	cmp, ok := c.(expr.Compare)
	if !ok || cmp.Op != "=" {
		return attr.Value{}, false
	}
	for _, sides := range [][2]expr.Operand{{cmp.L, cmp.R}, {cmp.R, cmp.L}} {
		if lit, ok := sides[1].(expr.Literal); ok && isKey(sides[0], name) {
			return lit.Value, true
		}
	}
	return attr.Value{}, false
}

func isKey(o expr.Operand, name string) bool {
	p, ok := o.(expr.Path)
	return ok && len(p) == 1 && p.Top() == name
}

// wholeKey takes the key out of a clause that names one item; rest is what else
// it says.
func wholeKey(where expr.Cond, schema expr.KeySchema) (key attr.Map, rest expr.Cond, ok bool) {
	var fields []attr.Field
	found := map[string]bool{}
	for _, t := range conjuncts(where) {
		taken := false
		for _, name := range schema.Names() {
			if v, is := equals(t, name); is && !found[name] {
				fields = append(fields, attr.Field{Name: name, Value: v})
				found[name], taken = true, true
			}
		}
		switch {
		case taken:
		case rest == nil:
			rest = t
		default:
			rest = expr.And{L: rest, R: t}
		}
	}
	return attr.NewMap(fields...), rest, len(found) == len(schema.Names())
}
