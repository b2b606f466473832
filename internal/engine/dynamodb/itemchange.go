package dynamodb

import (
	"fmt"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// change is what differs between an item as it was and as it shall be, as an
// update and its condition. Names and values all stand behind placeholders, so
// that reserved words and odd characters need no care.
type change struct {
	names  []string
	values [][]byte
	set    []string
	remove []string
	tests  []string
}

// mostTests bounds a condition: DynamoDB takes 300 operators in an expression,
// and each test but one has an AND beside it.
const mostTests = 140

// changeOf compares top-level attributes. The condition tests those that are
// changed first, and of the others as many as there is room for.
func changeOf(t table, was, now []byte) (change, error) {
	var x change
	var untouched []string
	item.Members(was, func(name string, value []byte) bool {
		switch after := item.Raw(now, name); {
		case t.keyTag(name) != "":
			x.equal(name, value)
		case after == nil:
			x.equal(name, value)
			x.remove = append(x.remove, x.name(name))
		case !sameValue(value, after):
			x.equal(name, value)
			x.assign(name, after)
		default:
			untouched = append(untouched, name)
		}
		return true
	})
	item.Members(now, func(name string, value []byte) bool {
		if item.Raw(was, name) == nil {
			x.tests = append(x.tests, "attribute_not_exists("+x.name(name)+")")
			x.assign(name, value)
		}
		return true
	})
	if len(x.tests) > mostTests {
		return x, fault.Newf(fault.Unsupported, "More than %d attributes are changed at once, which is more than a condition can hold", mostTests).
			WithRemedy("change them in several steps; nothing was written")
	}
	for _, name := range untouched[:min(len(untouched), mostTests-len(x.tests))] {
		x.equal(name, item.Raw(was, name))
	}
	return x, nil
}

// unchanged is the condition that an item is as it was, without a change.
func unchanged(t table, was []byte) change {
	var x change
	for _, k := range t.keys {
		x.equal(k.name, item.Raw(was, k.name))
	}
	item.Members(was, func(name string, value []byte) bool {
		if t.keyTag(name) == "" {
			x.equal(name, value)
		}
		return len(x.tests) < mostTests
	})
	return x
}

// absent is the condition that there is no item of the key.
func absent(t table) change {
	var x change
	x.tests = append(x.tests, "attribute_not_exists("+x.name(t.keys[0].name)+")")
	return x
}

// sameValue compares by value: DynamoDB keeps no other way to write a number.
func sameValue(a, b []byte) bool {
	return string(item.AppendOrder(nil, a)) == string(item.AppendOrder(nil, b))
}

func (x *change) any() bool { return len(x.set)+len(x.remove) > 0 }

func (x *change) name(name string) string {
	for i, n := range x.names {
		if n == name {
			return fmt.Sprintf("#a%d", i)
		}
	}
	x.names = append(x.names, strings.Clone(name))
	return fmt.Sprintf("#a%d", len(x.names)-1)
}

func (x *change) value(value []byte) string {
	x.values = append(x.values, value)
	return fmt.Sprintf(":v%d", len(x.values)-1)
}

func (x *change) equal(name string, value []byte) {
	x.tests = append(x.tests, x.name(name)+"="+x.value(value))
}

func (x *change) assign(name string, value []byte) {
	x.set = append(x.set, x.name(name)+"="+x.value(value))
}

func (x *change) condition() string { return strings.Join(x.tests, " AND ") }

func (x *change) update() string {
	var parts []string
	if len(x.set) > 0 {
		parts = append(parts, "SET "+strings.Join(x.set, ", "))
	}
	if len(x.remove) > 0 {
		parts = append(parts, "REMOVE "+strings.Join(x.remove, ", "))
	}
	return strings.Join(parts, " ")
}

// request is a call's body.
type request struct{ doc []byte }

func newRequest(table string) *request {
	return &request{item.AppendString([]byte(`{"TableName":`), table)}
}

func (r *request) raw(name string, value []byte) *request {
	r.doc = append(append(append(append(r.doc, ',', '"'), name...), '"', ':'), value...)
	return r
}

func (r *request) text(name, value string) *request {
	return r.raw(name, item.AppendString(nil, value))
}

// condition adds a condition with the placeholders of x, none for "".
func (r *request) condition(x change, text string) *request {
	if text == "" {
		return r
	}
	names := []byte{'{'}
	for i, n := range x.names {
		if i > 0 {
			names = append(names, ',')
		}
		names = item.AppendString(fmt.Appendf(names, `"#a%d":`, i), n)
	}
	r.text("ConditionExpression", text).raw("ExpressionAttributeNames", append(names, '}'))
	if len(x.values) == 0 {
		return r
	}
	values := []byte{'{'}
	for i, v := range x.values {
		if i > 0 {
			values = append(values, ',')
		}
		values = append(fmt.Appendf(values, `":v%d":`, i), v...)
	}
	return r.raw("ExpressionAttributeValues", append(values, '}'))
}

// end closes the body.
func (r *request) end() []byte {
	return append(r.doc, `,"ReturnConsumedCapacity":"INDEXES"}`...)
}
