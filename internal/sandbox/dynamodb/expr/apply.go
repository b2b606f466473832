package expr

import (
	"slices"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// The refusals met only with an item at hand.
const (
	errNoAttribute attr.Refusal = "The provided expression refers to an attribute that does not exist in the item"
	errOperandType attr.Refusal = "An operand in the update expression has an incorrect data type"
	errBadPath     attr.Refusal = "The document path provided in the update expression is invalid for update"
)

// Apply makes the changed item. Every operand is read from the item as it was.
func (u Update) Apply(item attr.Map) (attr.Map, error) {
	out := item
	var removals []Path
	for _, a := range u {
		var err error
		switch a.Verb {
		case Remove:
			removals = append(removals, a.Path)
			continue
		case Set:
			var v attr.Value
			if v, err = evalSet(a.Value, item); err == nil {
				out, err = store(out, a.Path, v)
			}
		default:
			out, err = delta(out, a, item)
		}
		if err != nil {
			return nil, err
		}
	}
	// List elements are named by their old places: take the last ones first.
	slices.SortStableFunc(removals, func(p, q Path) int { return comparePlaces(q, p) })
	for _, p := range removals {
		var err error
		if out, err = remove(out, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func comparePlaces(p, q Path) int {
	for i := range min(len(p), len(q)) {
		if p[i].Name == "" && q[i].Name == "" && p[i].Index != q[i].Index {
			return p[i].Index - q[i].Index
		}
	}
	return 0
}

func evalSet(o Operand, item attr.Map) (attr.Value, error) {
	switch o := o.(type) {
	case Literal:
		return o.Value, nil
	case Path:
		v, ok := Lookup(item, o)
		if !ok {
			return v, errNoAttribute
		}
		return v, nil
	case IfNotExists:
		if v, ok := Lookup(item, o.Path); ok {
			return v, nil
		}
		return evalSet(o.Else, item)
	case ListAppend:
		l, err := evalSet(o.L, item)
		if err != nil {
			return l, err
		}
		r, err := evalSet(o.R, item)
		if err != nil {
			return r, err
		}
		if l.Type() != attr.L || r.Type() != attr.L {
			return l, errOperandType
		}
		return attr.List(slices.Concat(l.List(), r.List())...), nil
	case Arith:
		return o.eval(item)
	}
	return attr.Value{}, errOperandType
}

func (o Arith) eval(item attr.Map) (attr.Value, error) {
	l, err := evalSet(o.L, item)
	if err != nil {
		return l, err
	}
	r, err := evalSet(o.R, item)
	if err != nil {
		return r, err
	}
	if l.Type() != attr.N || r.Type() != attr.N {
		return l, errOperandType
	}
	if o.Minus {
		return attr.Subtract(l, r)
	}
	return attr.Add(l, r)
}

// delta applies ADD and DELETE.
func delta(out attr.Map, a Action, item attr.Map) (attr.Map, error) {
	by, err := evalSet(a.Value, item)
	if err != nil {
		return nil, err
	}
	old, ok := Lookup(item, a.Path)
	switch {
	case !ok && a.Verb == Delete:
		return out, nil
	case !ok:
		return store(out, a.Path, by)
	case old.Type() != by.Type():
		return nil, errOperandType
	case a.Verb == Add && by.Type() == attr.N:
		sum, err := attr.Add(old, by)
		if err != nil {
			return nil, err
		}
		return store(out, a.Path, sum)
	case !by.Type().IsSet():
		return nil, errOperandType
	}
	var members []attr.Value
	if a.Verb == Add {
		members = append(members, old.List()...)
		for _, m := range by.List() {
			if !old.Has(m) {
				members = append(members, m)
			}
		}
		return store(out, a.Path, attr.Set(old.Type(), members...))
	}
	for _, m := range old.List() {
		if !by.Has(m) {
			members = append(members, m)
		}
	}
	if len(members) == 0 {
		return remove(out, a.Path)
	}
	return store(out, a.Path, attr.Set(old.Type(), members...))
}

// store puts v at the path; all but the last step must exist. A list index past
// the end appends.
func store(item attr.Map, p Path, v attr.Value) (attr.Map, error) {
	if len(p) == 1 {
		return item.With(p[0].Name, v), nil
	}
	parent, ok := item.Get(p[0].Name)
	if !ok {
		return nil, errBadPath
	}
	changed, err := storeIn(parent, p[1:], v)
	if err != nil {
		return nil, err
	}
	return item.With(p[0].Name, changed), nil
}

func storeIn(in attr.Value, p Path, v attr.Value) (attr.Value, error) {
	step := p[0]
	switch {
	case step.Name != "" && in.Type() == attr.M:
		m, err := store(in.Map(), p, v)
		return attr.MapOf(m), err
	case step.Name == "" && in.Type() == attr.L:
		list := slices.Clone(in.List())
		if len(p) == 1 {
			if step.Index >= len(list) {
				return attr.List(append(list, v)...), nil
			}
			list[step.Index] = v
			return attr.List(list...), nil
		}
		if step.Index >= len(list) {
			return in, errBadPath
		}
		changed, err := storeIn(list[step.Index], p[1:], v)
		if err != nil {
			return in, err
		}
		list[step.Index] = changed
		return attr.List(list...), nil
	}
	return in, errBadPath
}

// remove takes away what stands at the path. A missing last step is no error, a
// missing parent is.
func remove(item attr.Map, p Path) (attr.Map, error) {
	if len(p) == 1 {
		return item.Without(p[0].Name), nil
	}
	parent, ok := item.Get(p[0].Name)
	if !ok {
		return nil, errBadPath
	}
	changed, err := removeIn(parent, p[1:])
	if err != nil {
		return nil, err
	}
	return item.With(p[0].Name, changed), nil
}

func removeIn(in attr.Value, p Path) (attr.Value, error) {
	step := p[0]
	switch {
	case step.Name != "" && in.Type() == attr.M:
		m, err := remove(in.Map(), p)
		return attr.MapOf(m), err
	case step.Name == "" && in.Type() == attr.L:
		if step.Index >= len(in.List()) {
			if len(p) == 1 {
				return in, nil
			}
			return in, errBadPath
		}
		if len(p) == 1 {
			return attr.List(slices.Delete(slices.Clone(in.List()), step.Index, step.Index+1)...), nil
		}
		changed, err := removeIn(in.List()[step.Index], p[1:])
		if err != nil {
			return in, err
		}
		list := slices.Clone(in.List())
		list[step.Index] = changed
		return attr.List(list...), nil
	}
	return in, errBadPath
}
