package local

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// work runs a statement over items and returns the rows as plain JSON.
func work(t *testing.T, text string, o Options, items ...string) []string {
	t.Helper()
	s := partiql.Parse(text)
	if s.Select == nil {
		t.Fatalf("%s is not understood", text)
	}
	w, err := New(s.Select, o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var out []string
	emit := func(row []byte) {
		plain, err := item.AppendPlain(nil, row)
		if err != nil {
			t.Fatalf("%s: %v", row, err)
		}
		out = append(out, string(plain))
	}
	for _, it := range items {
		row, err := w.Add([]byte(it))
		if err != nil {
			t.Fatal(err)
		}
		if row != nil {
			emit(row)
		}
	}
	rows, err := w.Rows()
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		emit(row)
	}
}

var orders = []string{
	`{"pk":{"S":"a"},"status":{"S":"open"},"total":{"N":"0.1"},"m":{"M":{"city":{"S":"Rome"},"l":{"L":[{"N":"7"}]}}}}`,
	`{"pk":{"S":"b"},"status":{"S":"done"},"total":{"N":"99999999999999999999999999999999999999"}}`,
	`{"pk":{"S":"c"},"status":{"S":"open"},"total":{"N":"0.2"}}`,
	`{"pk":{"S":"d"},"status":{"NULL":true},"total":{"S":"none"}}`,
	`{"pk":{"S":"e"}}`,
	`{"pk":{"S":"f"},"status":{"S":"done"},"total":{"N":"1"}}`,
}

func TestClauses(t *testing.T) {
	for text, want := range map[string][]string{
		"select count(*) from t":                                                         {`{"count(*)":6}`},
		"select count(total), sum(total) as s from t":                                    {`{"count(total)":5,"s":100000000000000000000000000000000000000.3}`},
		"select status, count(*) from t group by status":                                 {`{"status":"done","count(*)":2}`, `{"status":"open","count(*)":2}`, `{"status":null,"count(*)":2}`},
		"select status, sum(total) n from t group by status":                             nil, // an alias needs AS
		"select status, avg(total) as a from t group by status having a < 1":             {`{"status":"open","a":0.15}`},
		"select status from t group by status having count(*) = 2 and status > 'done'":   {`{"status":"open"}`},
		"select distinct status from t order by status desc":                             {`{"status":"open"}`, `{"status":"done"}`, `{"status":null}`},
		"select pk from t order by total desc, pk":                                       {`{"pk":"d"}`, `{"pk":"b"}`, `{"pk":"f"}`, `{"pk":"c"}`, `{"pk":"a"}`, `{"pk":"e"}`},
		"select pk as key, m.city, m.l[0] as n from t order by key limit 1":              {`{"key":"a","city":"Rome","n":7}`},
		"select pk from t limit 2":                                                       {`{"pk":"a"}`, `{"pk":"b"}`},
		"select * from t order by pk desc limit 1":                                       {`{"pk":"f","status":"done","total":1}`},
		"select min(pk), max(total) from t":                                              {`{"min(pk)":"a","max(total)":"none"}`},
		"select count(distinct status) from t":                                           {`{"count(distinct status)":2}`},
		"select status, count(*) as n from t group by status order by n, status limit 1": {`{"status":"done","n":2}`},
		"select pk from t limit 0":                                                       nil,
	} {
		t.Run(text, func(t *testing.T) {
			if strings.Contains(text, "sum(total) n") {
				if partiql.Parse(text).Select != nil {
					t.Error("understood")
				}
				return
			}
			if diff := cmp.Diff(want, work(t, text, Options{}, orders...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNothingAggregatesToOneRow(t *testing.T) {
	if diff := cmp.Diff([]string{`{"count(*)":0}`}, work(t, "select count(*), sum(a) from t", Options{})); diff != "" {
		t.Error(diff)
	}
	if rows := work(t, "select a, count(*) from t group by a", Options{}); rows != nil {
		t.Error(rows)
	}
}

func TestWhatCannotBeWorkedOutIsRefused(t *testing.T) {
	for _, text := range []string{
		"select a, count(*) from t", "select *, count(*) from t", "select a from t group by b",
		"select count(*) from t having x = 1", "select size(a), count(*) from t group by a", "select a from t group by a order by b",
	} {
		s := partiql.Parse(text)
		if s.Select == nil {
			continue // DynamoDB refuses it in its own words
		}
		if _, err := New(s.Select, Options{}); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The same rows come whether they fit into the memory or not.
func TestSpillingChangesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var items []string
	for i := range 5000 {
		items = append(items, fmt.Sprintf(`{"pk":{"S":"%05d"},"g":{"N":"%d"},"v":{"N":"%d.%02d"}}`, i, r.IntN(400), r.IntN(1000)-500, r.IntN(100)))
	}
	for _, text := range []string{
		"select g, count(*), sum(v), avg(v), min(v), max(v), count(distinct v), sum(distinct v) from t group by g",
		"select pk, v from t order by v desc, pk", "select * from t order by g limit 7", "select distinct g from t order by g",
		"select g, count(*) as n from t group by g having n > 10 order by n desc, g",
	} {
		dir := t.TempDir()
		want := work(t, text, Options{Memory: 1 << 30}, items...)
		if len(want) < 7 {
			t.Fatalf("%s: %d rows", text, len(want))
		}
		if diff := cmp.Diff(want, work(t, text, Options{Memory: 20000, Dir: dir}, items...)); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}
