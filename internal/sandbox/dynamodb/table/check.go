package table

import (
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

const (
	invalid = "One or more parameter values were invalid: "
	// ErrSchema refuses a key that is not of the table's schema.
	ErrSchema attr.Refusal = "The provided key element does not match the schema"
)

func hasKey(schema expr.KeySchema, key attr.Map) bool {
	for _, name := range schema.Names() {
		v, ok := key.Get(name)
		if !ok || v.Type() != typeOf(schema, name) {
			return false
		}
	}
	return true
}

func typeOf(schema expr.KeySchema, name string) attr.Type {
	if name == schema.Hash {
		return schema.HashType
	}
	return schema.RangeType
}

// CheckKey refuses a lookup key that is not exactly the table's key.
func (t *Table) CheckKey(key attr.Map) error {
	if len(key) != len(t.Def.Key.Names()) || !hasKey(t.Def.Key, key) {
		return ErrSchema
	}
	return t.checkKeyValues(key)
}

func (t *Table) checkKeyValues(key attr.Map) error {
	for i, name := range t.Def.Key.Names() {
		v, _ := key.Get(name)
		if err := expr.EmptyKey(name, v); err != nil {
			return err
		}
		if v.Type() == attr.N {
			continue
		}
		// The missing blank is the service's own.
		if i == 0 && len(v.Text()) > 2048 {
			return attr.Refusal(invalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes")
		}
		if i == 1 && len(v.Text()) > 1024 {
			return attr.Refusal(invalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
		}
	}
	return nil
}

// CheckItem refuses an item that cannot be stored, except for its size.
func (t *Table) CheckItem(item attr.Map) error {
	for _, name := range t.Def.Key.Names() {
		v, ok := item.Get(name)
		if !ok {
			return attr.Refusal(invalid + "Missing the key " + name + " in the item")
		}
		if want := typeOf(t.Def.Key, name); v.Type() != want {
			return attr.Refusal(invalid + "Type mismatch for key " + name + " expected: " + string(want) + " actual: " + string(v.Type()))
		}
	}
	if err := t.checkKeyValues(item); err != nil {
		return err
	}
	if err := t.checkIndexKeys(item); err != nil {
		return err
	}
	if item.TooDeep() {
		return attr.TooDeep
	}
	return nil
}

// EmptyIndexKey refuses an empty value of an index's key.
type EmptyIndexKey struct {
	Index, Key string
	Type       attr.Type
}

const notValid = "One or more parameter values are not valid. "

// Error is the refusal of an item that was given whole.
func (e EmptyIndexKey) Error() string {
	return notValid + "A value specified for a secondary index key is not supported. " + e.empty() + " IndexName: " + e.Index + ", IndexKey: " + e.Key
}

// OfUpdate is the refusal of an update that would make such an item.
func (e EmptyIndexKey) OfUpdate() attr.Refusal {
	return attr.Refusal(notValid + "The update expression attempted to update a secondary index key to a value that is not supported. " + e.empty())
}

func (e EmptyIndexKey) empty() string {
	kind := "string"
	if e.Type == attr.B {
		kind = "binary"
	}
	return "The AttributeValue for a key attribute cannot contain an empty " + kind + " value."
}

func (t *Table) checkIndexKeys(item attr.Map) error {
	for _, x := range t.indexes {
		for _, name := range x.Def.Key.Names() {
			v, ok := item.Get(name)
			if !ok {
				continue
			}
			if want := typeOf(x.Def.Key, name); v.Type() != want {
				return attr.Refusal(invalid + "Type mismatch for Index Key " + name + " Expected: " + string(want) + " Actual: " + string(v.Type()) + " IndexName: " + x.Def.Name)
			}
			if v.Text() == "" {
				return EmptyIndexKey{x.Def.Name, name, v.Type()}
			}
		}
	}
	return nil
}
