package expr

import (
	"slices"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// Project keeps what the paths name, in its place: maps keep only the named
// fields, lists only the named elements, in the order of the list.
func Project(item attr.Map, paths []Path) attr.Map {
	root := &pick{}
	for _, p := range paths {
		root.add(p)
	}
	return root.fromMap(item)
}

// pick is the union of paths as a tree.
type pick struct {
	whole   bool
	names   map[string]*pick
	indexes map[int]*pick
}

func (k *pick) add(p Path) {
	if len(p) == 0 {
		k.whole = true
		return
	}
	var next *pick
	if s := p[0]; s.Name != "" {
		if k.names == nil {
			k.names = map[string]*pick{}
		}
		if next = k.names[s.Name]; next == nil {
			next = &pick{}
			k.names[s.Name] = next
		}
	} else {
		if k.indexes == nil {
			k.indexes = map[int]*pick{}
		}
		if next = k.indexes[s.Index]; next == nil {
			next = &pick{}
			k.indexes[s.Index] = next
		}
	}
	next.add(p[1:])
}

func (k *pick) fromMap(m attr.Map) attr.Map {
	out := make(attr.Map, 0, len(k.names))
	for _, f := range m {
		if next := k.names[f.Name]; next != nil {
			if v, ok := next.from(f.Value); ok {
				out = append(out, attr.Field{Name: f.Name, Value: v})
			}
		}
	}
	return out
}

func (k *pick) from(v attr.Value) (attr.Value, bool) {
	switch {
	case k.whole:
		return v, true
	case v.Type() == attr.M && k.names != nil:
		m := k.fromMap(v.Map())
		return attr.MapOf(m), len(m) > 0
	case v.Type() == attr.L && k.indexes != nil:
		var list []attr.Value
		for i, e := range v.List() {
			if next := k.indexes[i]; next != nil {
				if kept, ok := next.from(e); ok {
					list = append(list, kept)
				}
			}
		}
		return attr.List(list...), len(list) > 0
	}
	return attr.Value{}, false
}

// Tops lists the attributes that paths begin with, each once.
func Tops(paths []Path) []string {
	var out []string
	for _, p := range paths {
		if !slices.Contains(out, p.Top()) {
			out = append(out, p.Top())
		}
	}
	return out
}
