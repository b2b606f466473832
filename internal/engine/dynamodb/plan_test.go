package dynamodb

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
)

const planned = `{"Table":{"TableName":"shop","TableSizeBytes":81920000,"ItemCount":100000,"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},
	"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
	"AttributeDefinitions":[{"AttributeName":"sk","AttributeType":"S"},{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"status","AttributeType":"S"}],
	"GlobalSecondaryIndexes":[
		{"IndexName":"by_status","IndexStatus":"ACTIVE","KeySchema":[{"AttributeName":"status","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
			"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["total"]},"IndexSizeBytes":8192000,"ItemCount":100000},
		{"IndexName":"by_status_all","IndexStatus":"ACTIVE","KeySchema":[{"AttributeName":"status","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},
			"IndexSizeBytes":81920000,"ItemCount":100000},
		{"IndexName":"building","IndexStatus":"CREATING","KeySchema":[{"AttributeName":"email","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}}`

func TestPlans(t *testing.T) {
	d := &double{describe: planned}
	e := openDouble(t, d, nil).(engine.Planner)
	for text, want := range map[string]string{
		`select * from shop`:                                         "Scan full 100000 items 10000 units",
		`select * from shop where pk = 'a'`:                          "Query 1280 items 128 units",
		`select * from shop where pk = 'a' and begins_with(sk, 'O')`: "Query 1280 items 128 units",
		`select * from shop where pk = 'a' and sk = 'b'`:             "GetItem 1 items 0.5 units",
		`select * from shop where 'a' = pk and sk = ? and total > 1`: "GetItem 1 items 0.5 units",
		`select * from shop where pk in ['a','b','c'] and sk = 'b'`:  "Query 3 items 1.5 units",
		`select * from shop where pk = 'a' or pk = 'b'`:              "Query 2560 items 256 units",
		`select * from shop where pk = 'a' or total > 3`:             "Scan full 100000 items 10000 units",
		`select * from shop where pk > 'a'`:                          "Scan full 100000 items 10000 units",
		`select * from shop where pk = total`:                        "Scan full 100000 items 10000 units",
		`select * from shop where not pk = 'a'`:                      "Scan full 100000 items 10000 units",
		`select * from shop where status = 'open' and total > 3`:     "Scan full 100000 items 10000 units better by_status_all",
		`select total, pk from shop where status = 'open'`:           "Scan full 100000 items 10000 units better by_status",
		`select * from shop where email = 'x'`:                       "Scan full 100000 items 10000 units",
		`select * from "shop"."by_status" where status = 'open'`:     "Query index by_status 12800 items 128 units",
		`select * from "shop"."by_status" where pk = 'a'`:            "Scan index by_status full 100000 items 1000 units",
		`select * from shop limit 10`:                                "Scan 10 items 1 units",
		`select * from shop where total > 3 limit 10`:                "Scan full 100000 items 10000 units",
		`select status, count(*) from shop group by status limit 1`:  "Scan full 100000 items 10000 units local GROUP BY, LIMIT",
		`select * from shop where pk = 'a' order by sk desc`:         "Query 1280 items 128 units",
		`select * from shop where pk = 'a' order by total`:           "Query 1280 items 128 units local ORDER BY",
		`select * from shop where a + 1 = 2`:                         "Scan full 100000 items 10000 units",
		`delete from shop where pk = 'a' and sk = 'b'`:               "DeleteItem 1 items 1 units",
	} {
		p, err := e.Plan(t.Context(), engine.Statement{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		got := []string{p.Access}
		if p.Index != "" {
			got = append(got, "index "+p.Index)
		}
		if p.Full {
			got = append(got, "full")
		}
		if p.Rows != nil {
			got = append(got, fmt.Sprintf("%d items %g units", *p.Rows, *p.CapacityUnits))
		}
		if p.Better != "" {
			got = append(got, "better "+strings.Fields(p.Better)[1])
		}
		for _, n := range p.Notes {
			if clauses, ok := strings.CutSuffix(n, " is worked out here, over all that is read"); ok {
				got = append(got, "local "+clauses)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, strings.Join(got, " "), want)
		}
	}
	if d.calls["DescribeTable"] != 1 || len(d.calls) != 1 {
		t.Errorf("calls %v: a plan costs one description a table", d.calls)
	}
}

// The table that people read is the one that is used.
func TestPricesAreAsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/prices.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## DynamoDB")
	for region, p := range prices {
		if row := fmt.Sprintf("| %s | %v | %v |", region, p.read, p.write); !strings.Contains(section, row) {
			t.Errorf("no row %q", row)
		}
	}
	if rows := strings.Count(section, "\n| "); rows != len(prices)+1 || !strings.Contains(section, pricesOf) {
		t.Errorf("%d rows, and is it of %s?", rows, pricesOf)
	}
}
