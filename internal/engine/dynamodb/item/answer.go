// Package item reads DynamoDB's own JSON: the answer of a call, cut into items
// without building anything in between, and the typed values of an item
// ({"S":"text"}, {"N":"1"}), as plain JSON, as text and in order.
//
// It knows the wire's JSON and neither calls nor columns. An attribute value of
// the SDK and a map per item cost ten to fifteen times as much as cutting the
// bytes, and lose the order in which DynamoDB sent the attributes.
//
//	answer, err := item.Read(body)
//	for _, it := range answer.Items {
//		line, err = item.AppendPlain(line[:0], it)
//	}
//
// Plain JSON holds S as a string, N as a number with all its digits, L as an
// array, M as an object, BOOL and NULL as themselves. What plain JSON cannot
// hold keeps its DynamoDB form as a marker: {"B":"base64"}, {"SS":[...]},
// {"NS":["1",...]}, {"BS":[...]}. A map that would look like a marker is itself
// marked {"M":{...}}, so that nothing is ambiguous.
package item

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unsafe"
)

// Answer is a call's answer, cut. Its slices are views into the body.
type Answer struct {
	Items     [][]byte // each a typed item: {"pk":{"S":"A"},...}
	Count     int64    // items that passed the filter
	Scanned   int64    // items that were evaluated
	LastKey   []byte   // LastEvaluatedKey as it came, nil at the end
	NextToken string   // of PartiQL, "" at the end
	Item      []byte   // of GetItem
	Capacity  []byte   // ConsumedCapacity: an object, or an array in batches
	Responses []byte   // of batches and transactions
}

// ErrBroken says that an answer is not what DynamoDB sends: not valid JSON, or
// a value without its type.
var ErrBroken = errors.New("the answer is not valid JSON of DynamoDB")

// Read checks that body is valid JSON and cuts it.
func Read(body []byte) (Answer, error) {
	var a Answer
	i := space(body, 0)
	if i >= len(body) || body[i] != '{' {
		return a, ErrBroken
	}
	end := readObject(body, i, func(key, value []byte) bool { return a.take(Text(key), value) }, func(key []byte, i int) int {
		if string(key) != `"Items"` || i >= len(body) || body[i] != '[' {
			return scanValue(body, i, 1)
		}
		return a.cutItems(body, i)
	})
	if end < 0 || space(body, end) != len(body) {
		return a, ErrBroken
	}
	return a, nil
}

// readObject walks over an object; scan finds the end of a member's value.
func readObject(doc []byte, i int, take func(key, value []byte) bool, scan func(key []byte, i int) int) int {
	if i = space(doc, i+1); i < len(doc) && doc[i] == '}' {
		return i + 1
	}
	for i < len(doc) && doc[i] == '"' {
		from := i
		if i = scanString(doc, i); i < 0 {
			return -1
		}
		key := doc[from:i]
		if i = space(doc, i); i >= len(doc) || doc[i] != ':' {
			return -1
		}
		from = space(doc, i+1)
		if i = scan(key, from); i < 0 || !take(key, doc[from:i]) {
			return -1
		}
		if i = space(doc, i); i >= len(doc) {
			return -1
		}
		if doc[i] == '}' {
			return i + 1
		}
		if doc[i] != ',' {
			return -1
		}
		i = space(doc, i+1)
	}
	return -1
}

// cutItems cuts the array of items.
func (a *Answer) cutItems(body []byte, i int) int {
	a.Items = make([][]byte, 0, (len(body)-i)/512+1)
	if i = space(body, i+1); i < len(body) && body[i] == ']' {
		return i + 1
	}
	for i < len(body) && body[i] == '{' {
		from := i
		if i = scanObject(body, i, 1); i < 0 {
			return -1
		}
		a.Items = append(a.Items, body[from:i])
		if i = space(body, i); i >= len(body) {
			return -1
		}
		if body[i] == ']' {
			return i + 1
		}
		if body[i] != ',' {
			return -1
		}
		i = space(body, i+1)
	}
	return -1
}

// take keeps a member of the answer.
func (a *Answer) take(key string, value []byte) bool {
	switch key {
	case "Count":
		return whole(value, &a.Count)
	case "ScannedCount":
		return whole(value, &a.Scanned)
	case "LastEvaluatedKey":
		if value[0] == '{' && len(value) > 2 {
			a.LastKey = value
		}
	case "NextToken":
		if value[0] == '"' {
			a.NextToken = strings.Clone(Text(value))
		}
	case "Item":
		if value[0] == '{' {
			a.Item = value
		}
	case "ConsumedCapacity":
		a.Capacity = value
	case "Responses":
		a.Responses = value
	}
	return true
}

func whole(value []byte, into *int64) bool {
	if string(value) == "null" {
		return true
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	*into = n
	return err == nil
}

// Text returns what a JSON string says; for any other value the value itself
// as it stands. The result may be a view into doc.
func Text(doc []byte) string {
	if len(doc) < 2 || doc[0] != '"' {
		return unsafe.String(unsafe.SliceData(doc), len(doc))
	}
	inner := doc[1 : len(doc)-1]
	for _, c := range inner {
		if c == '\\' {
			var s string
			_ = json.Unmarshal(doc, &s) // cannot fail: the document is valid
			return s
		}
	}
	return unsafe.String(unsafe.SliceData(inner), len(inner))
}
