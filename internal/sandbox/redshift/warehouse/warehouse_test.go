package warehouse_test

import (
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/warehouse"
)

// digest opens a warehouse and tells its tables in one number each.
func digest(t *testing.T, now time.Time) map[string]string {
	t.Helper()
	if !duck.Available {
		t.Skip(duck.ErrUnavailable)
	}
	db, err := warehouse.Open(t.Context(), warehouse.Options{Now: now, Rows: 1000, Users: []string{"awsuser"}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string]string{}
	for _, table := range []string{"public.customers", "public.products", "public.orders", "public.events", "analytics.daily_revenue", "analytics.top_customers"} {
		var sum string
		if err := db.QueryRow("SELECT count(*) || ' ' || sum(CAST(hash(CAST(t AS VARCHAR)) AS HUGEINT)) FROM " + table + " t").Scan(&sum); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		out[table] = sum
	}
	return out
}

func TestTheDataSetFollowsFromItsDay(t *testing.T) {
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	first, second := digest(t, now), digest(t, now.Add(20*time.Hour))
	next := digest(t, now.AddDate(0, 0, 1))
	for table, sum := range first {
		if second[table] != sum {
			t.Errorf("%s differs between two starts on one day: %s and %s", table, sum, second[table])
		}
	}
	if next["public.orders"] == first["public.orders"] {
		t.Error("the orders of another day are the same")
	}
}

func TestTheDataSetHasWhatClientsTripOver(t *testing.T) {
	if !duck.Available {
		t.Skip(duck.ErrUnavailable)
	}
	db, err := warehouse.Open(t.Context(), warehouse.Options{Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Rows: 2000, Users: []string{"awsuser"}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for what, condition := range map[string]string{
		"an empty string":            "EXISTS (SELECT 1 FROM orders WHERE coupon = '')",
		"a NULL text":                "EXISTS (SELECT 1 FROM orders WHERE coupon IS NULL)",
		"a 38-digit number":          "EXISTS (SELECT 1 FROM orders WHERE ledger_ref > 80000000000000000000000000000000000000)",
		"a line break in a value":    "EXISTS (SELECT 1 FROM customers WHERE notes LIKE '%' || chr(10) || '%')",
		"letters outside ASCII":      "EXISTS (SELECT 1 FROM customers WHERE city = 'München')",
		"an array in a document":     "EXISTS (SELECT 1 FROM events WHERE json_array_length(payload, '$.items') = 2)",
		"a null inside a document":   "EXISTS (SELECT 1 FROM events WHERE json_type(payload, '$.referrer') = 'NULL')",
		"bytes":                      "EXISTS (SELECT 1 FROM events WHERE octet_length(signature) = 16)",
		"a join that finds its rows": "(SELECT count(*) FROM orders JOIN customers USING (customer_id) JOIN products USING (product_id)) = 2000",
	} {
		var ok bool
		if err := db.QueryRow("SELECT " + condition).Scan(&ok); err != nil || !ok {
			t.Errorf("no %s: %v", what, err)
		}
	}
}
