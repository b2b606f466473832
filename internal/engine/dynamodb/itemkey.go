package dynamodb

import (
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
)

// Limits of keys, in bytes.
const (
	mostPartitionKey = 2048
	mostSortKey      = 1024
)

// keyOfItem returns the bytes of an item's key, or why it has none that the
// table takes. The keys of indexes are looked at too: of the wrong type they
// would have the item refused.
func (t table) keyOfItem(doc []byte) (key, problem string) {
	var id []byte
	for i, k := range t.keys {
		value := item.Raw(doc, k.name)
		if value == nil {
			return "", "it has no " + k.name + ", which is part of the table's key"
		}
		tag, inner := item.Split(value)
		if tag != k.tag {
			return "", "key " + k.name + " is of type " + tag + ", and the table's is " + k.tag
		}
		text := item.Text(inner)
		most := mostPartitionKey
		if i > 0 {
			most = mostSortKey
		}
		if tag != "N" && (text == "" || keyBytes(tag, text) > most) {
			if text == "" {
				return "", "key " + k.name + " is empty"
			}
			return "", "key " + k.name + " is longer than DynamoDB takes"
		}
		id = item.AppendOrder(id, value)
	}
	item.Attributes(doc, func(name, tag string, inner, _ []byte) bool {
		want, ok := t.types[name]
		switch {
		case !ok:
		case tag != want:
			problem = name + " is of type " + tag + ", and as the key of an index it must be " + want
		case tag != "N" && item.Text(inner) == "":
			problem = name + " is empty, and as the key of an index it must not be"
		}
		return problem == ""
	})
	return string(id), problem
}

func keyBytes(tag, text string) int {
	if tag == "B" {
		return len(text)/4*3 - strings.Count(text, "=")
	}
	return len(text)
}
