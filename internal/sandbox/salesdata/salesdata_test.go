//go:build cgo

package salesdata_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/salesdata"
)

func open(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := duck.Open(t.Context(), duck.Options{MemoryLimit: "512MB", AllowedDirs: []string{dir}, Database: []string{"SET GLOBAL integer_division = true"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestDataSetHasItsTrapsAndIsTheSameEveryTime(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	const rows = 20_000
	begin := time.Now()
	for _, table := range salesdata.Tables() {
		for _, copy := range []string{"a", "b"} {
			if err := salesdata.Generate(t.Context(), db, table.Name, rows, filepath.Join(dir, table.Name+copy+".parquet")); err != nil {
				t.Fatal(err)
			}
		}
		var differ int
		q := "SELECT count(*) FROM (SELECT * FROM '" + dir + "/" + table.Name + "a.parquet' EXCEPT ALL SELECT * FROM '" + dir + "/" + table.Name + "b.parquet')"
		if err := db.QueryRow(q).Scan(&differ); err != nil || differ != 0 {
			t.Errorf("%s: %d rows differ between two runs: %v", table.Name, differ, err)
		}
	}
	t.Logf("two copies of all tables for %d orders in %v", rows, time.Since(begin))
	for what, query := range map[string]string{
		"every order once, ids in time order": "SELECT count(*) = 20000 AND count(DISTINCT order_id) = 20000 AND bool_and(rising) FROM (SELECT order_id, order_date >= lag(order_date, 1, DATE '2023-01-01') OVER (ORDER BY order_id) AS rising FROM 'ordersa')",
		"three years":                         "SELECT min(order_date) = DATE '2023-01-01' AND max(order_date) = DATE '2025-12-31' FROM 'ordersa'",
		"notes: NULL, empty, quotes, newline": "SELECT count(*) FILTER (note IS NULL) > 0 AND count(*) FILTER (note = '') > 0 AND count(*) FILTER (contains(note, '\"')) > 0 AND count(*) FILTER (contains(note, chr(10))) > 0 FROM 'ordersa'",
		"a tenth of the customers order most": "SELECT sum(n) FILTER (rank <= 2000) / sum(n) > 0.4 FROM (SELECT count(*)::DOUBLE AS n, row_number() OVER (ORDER BY count(*) DESC) AS rank FROM 'ordersa' GROUP BY customer_id)",
		"December is busier than February":    "SELECT count(*) FILTER (month(order_date) = 12) > 1.5 * count(*) FILTER (month(order_date) = 2) FROM 'ordersa'",
		"amount is the sum of the items":      "SELECT bool_and(amount = list_sum(list_transform(items, lambda t: t.price * t.qty))) FROM 'ordersa'",
		"every sku sold is a product":         "SELECT count(*) = 0 FROM (SELECT unnest(items).sku AS sku FROM 'ordersa') WHERE sku NOT IN (SELECT sku FROM 'productsa')",
		"every buyer is a customer":           "SELECT count(*) = 0 FROM 'ordersa' WHERE customer_id NOT IN (SELECT customer_id FROM 'customersa')",
		"nested NULLs":                        "SELECT count(*) FILTER (tags IS NULL) > 0 AND count(*) FILTER (len(tags) = 0) > 0 AND count(*) FILTER (list_contains(tags, 'wrapped') AND tags[2] IS NULL) > 0 AND count(*) FILTER (shipping IS NULL) > 0 FROM 'ordersa'",
		"38 digits":                           "SELECT max(length(replace(ledger_value::VARCHAR, '.', ''))) = 38 FROM 'productsa'",
	} {
		for _, table := range salesdata.Tables() {
			query = strings.ReplaceAll(query, "'"+table.Name+"a'", "'"+dir+"/"+table.Name+"a.parquet'")
		}
		var ok bool
		if err := db.QueryRow(query).Scan(&ok); err != nil || !ok {
			t.Errorf("%s: %v %v", what, ok, err)
		}
	}
}
