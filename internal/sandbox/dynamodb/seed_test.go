package dynamodb

import (
	"encoding/json"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/shopdata"
)

func TestSeedIsWhatItSays(t *testing.T) {
	s := seeded(t)
	for table, want := range map[string]int{"shop": 2900, "events": shopdata.Events} {
		seen := 0
		start := ""
		for {
			got, err := do(s, "Scan", `{"TableName":"`+table+`","Select":"COUNT"`+start+`}`)
			if err != nil {
				t.Fatal(err)
			}
			var page scanned
			if err := json.Unmarshal([]byte(got), &page); err != nil {
				t.Fatal(err)
			}
			seen += page.Count
			if page.LastEvaluatedKey == nil {
				break
			}
			start = `,"ExclusiveStartKey":` + string(page.LastEvaluatedKey)
		}
		if seen < want || seen > want+want/10 {
			t.Errorf("table %s has %d items", table, seen)
		}
	}
	run(t, s, []check{
		{"an order of customer 1 stays the same", "ExecuteStatement", sql(`SELECT order_id, total, status FROM shop WHERE pk = 'CUSTOMER#1' AND sk = 'ORDER#2025-06-17#000002'`), `{"Items":[{"order_id":{"N":"9007199254740002"},"total":{"N":"922.79"},"status":{"S":"NEW"}}]}`},
		{"a product with a binary set", "ExecuteStatement", sql(`SELECT thumbnails, lengths_m FROM shop WHERE pk = 'PRODUCT#SKU-0006' AND sk = 'DETAILS'`), `has "thumbnails":{"BS":[`},
		{"customers by e-mail", "ExecuteStatement", sql(`SELECT pk FROM "shop"."by_email" WHERE email = 'customer7@example.com'`), `{"Items":[{"pk":{"S":"CUSTOMER#7"}}]}`},
		{"the dearest order first", "Query", `{"TableName":"shop","IndexName":"by_total","KeyConditionExpression":"pk = :c","ExpressionAttributeValues":{":c":{"S":"CUSTOMER#1"}},"ScanIndexForward":false,"Limit":1}`, `has "total":{"N":"2004.42"}`},
		{"time to live of events", "DescribeTimeToLive", `{"TableName":"events"}`, `{"TimeToLiveDescription":{"AttributeName":"expires_at","TimeToLiveStatus":"ENABLED"}}`},
	})
}

func TestRegionsAreApart(t *testing.T) {
	s := seeded(t)
	st := s.store("eu-west-9")
	if len(st.tables) != 0 {
		t.Error("another region has tables")
	}
	if _, err := New(Options{AccountID: "12"}); err == nil {
		t.Error("an account of two digits was taken")
	}
}

func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		s, err := New(Options{Seed: true})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := do(s, "ListTables", "{}"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScanPage(b *testing.B) {
	s := seeded(b)
	if _, err := do(s, "ListTables", "{}"); err != nil {
		b.Fatal(err)
	}
	run, _ := operation("Scan")
	st := s.store("")
	b.SetBytes(1 << 20)
	for b.Loop() {
		if _, err := run(st, []byte(`{"TableName":"events"}`)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScanFiltered is a page of which a filter keeps a part: every item is
// read for it.
func BenchmarkScanFiltered(b *testing.B) {
	s := seeded(b)
	if _, err := do(s, "ListTables", "{}"); err != nil {
		b.Fatal(err)
	}
	run, _ := operation("Scan")
	st := s.store("")
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := run(st, []byte(`{"TableName":"events","FilterExpression":"temperature > :t","ExpressionAttributeValues":{":t":{"N":"40"}}}`)); err != nil {
			b.Fatal(err)
		}
	}
}
