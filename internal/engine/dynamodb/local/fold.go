package local

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
)

// fold is the state of one aggregate in one group.
type fold struct {
	count    int64
	sum      *item.Number
	value    []byte            // the least or greatest so far
	order    []byte            // its ordered key
	distinct map[string]string // ordered key to number text, of DISTINCT alone
}

// feed counts an item in and returns by how much the state grew.
func (w *Work) feed(f *fold, it partiql.Item, doc []byte) (grown int) {
	if it.Path == nil {
		f.count++
		return 0
	}
	value := lookup(doc, it.Path)
	tag, inner := item.Split(value)
	if tag == "" || tag == "NULL" {
		return 0
	}
	text := ""
	if it.Aggregate == "SUM" || it.Aggregate == "AVG" {
		text = item.Text(inner)
		n, ok := item.ParseNumber(text)
		if tag != "N" || !ok {
			w.skipped[it.Name]++
			return 0
		}
		if !it.Distinct {
			f.count++
			f.add(n)
			return 0
		}
	}
	switch {
	case it.Aggregate == "MIN" || it.Aggregate == "MAX":
		return f.extreme(it.Aggregate, value, item.AppendOrder(nil, value))
	case !it.Distinct:
		f.count++
		return 0
	}
	if f.distinct == nil {
		f.distinct = map[string]string{}
	}
	key := string(item.AppendOrder(nil, value))
	if _, seen := f.distinct[key]; seen {
		return 0
	}
	f.distinct[key] = string([]byte(text)) // text is a view into the page
	return len(key) + len(text) + 60
}

func (f *fold) add(n item.Number) {
	if f.sum != nil {
		n = f.sum.Add(n)
	}
	f.sum = &n
}

// extreme keeps the least or greatest value and returns by how much it is longer.
func (f *fold) extreme(which string, value, order []byte) int {
	if c := bytes.Compare(order, f.order); f.value != nil && (which == "MIN" && c >= 0 || which == "MAX" && c <= 0) {
		return 0
	}
	grown := len(value) - len(f.value) + len(order) - len(f.order)
	f.value, f.order = bytes.Clone(value), bytes.Clone(order)
	return grown
}

// join takes in the state of the same aggregate over other items.
func (f *fold) join(it partiql.Item, other fold) {
	f.count += other.count
	if other.sum != nil {
		f.add(*other.sum)
	}
	if other.value != nil {
		f.extreme(it.Aggregate, other.value, other.order)
	}
	for key, text := range other.distinct {
		if f.distinct == nil {
			f.distinct = map[string]string{}
		}
		f.distinct[key] = text
	}
}

// result is the aggregate as a typed value, nil when it is of nothing.
func (f *fold) result(it partiql.Item) []byte {
	count, sum := f.count, f.sum
	if it.Distinct && it.Aggregate != "MIN" && it.Aggregate != "MAX" {
		count = int64(len(f.distinct))
		total := fold{}
		if it.Aggregate != "COUNT" {
			for _, text := range f.distinct {
				if n, ok := item.ParseNumber(text); ok {
					total.add(n)
				}
			}
		}
		sum = total.sum
	}
	switch {
	case it.Aggregate == "COUNT":
		return number(strconv.FormatInt(count, 10))
	case it.Aggregate == "MIN" || it.Aggregate == "MAX":
		return f.value
	case sum == nil:
		return nil
	case it.Aggregate == "AVG":
		return number(sum.Over(count).String())
	}
	return number(sum.String())
}

func number(text string) []byte { return []byte(`{"N":"` + text + `"}`) }

// foldState is how a fold waits in a file: JSON whose byte slices are base64.
type foldState struct {
	Count int64    `json:"c,omitempty"`
	Sum   string   `json:"s,omitempty"`
	Value []byte   `json:"v,omitempty"`
	Order []byte   `json:"o,omitempty"`
	Keys  [][]byte `json:"k,omitempty"`
	Texts []string `json:"t,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (f fold) MarshalJSON() ([]byte, error) {
	s := foldState{Count: f.count, Value: f.value, Order: f.order}
	if f.sum != nil {
		s.Sum = f.sum.Exact()
	}
	for key, text := range f.distinct {
		s.Keys, s.Texts = append(s.Keys, []byte(key)), append(s.Texts, text)
	}
	return json.Marshal(s)
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *fold) UnmarshalJSON(data []byte) error {
	var s foldState
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	f.count, f.value, f.order = s.Count, s.Value, s.Order
	if n, ok := item.ParseExact(s.Sum); ok {
		f.sum = &n
	}
	if len(s.Keys) > 0 {
		f.distinct = make(map[string]string, len(s.Keys))
	}
	for i, key := range s.Keys {
		f.distinct[string(key)] = s.Texts[i]
	}
	return nil
}
