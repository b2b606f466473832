// Package salesdata is the data set that the sandbox's Athena serves: an
// online shop's orders, customers, products and returns, made by the SQL
// engine itself from a fixed seed, so that the same rows come out on every
// machine and none have to be shipped. It knows tables and how to fill their
// files; who catalogues and serves them is not its matter.
//
//	for _, t := range salesdata.Tables() {
//		err := salesdata.Generate(ctx, db, t.Name, 1_000_000, filepath.Join(dir, t.Name, "part-0.parquet"))
//	}
package salesdata

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// Table is one table of the data set.
type Table struct {
	Name    string
	Columns string // as in CREATE EXTERNAL TABLE: "order_id bigint, amount decimal(12,2)"
	Comment string
}

// View is one view of the data set, in Athena SQL.
type View struct{ Name, SQL string }

// Tables lists the tables in name order.
func Tables() []Table {
	return []Table{
		{"customers", "customer_id bigint, name varchar, email varchar, country varchar, segment varchar, signed_up date, " +
			"marketing_consent boolean, loyalty_points integer, birth_year smallint, preferences map<varchar,varchar>", "People who have ordered, or might"},
		{"orders", "order_id bigint, order_date date, ordered_at timestamp, customer_id bigint, region varchar, channel varchar, status varchar, " +
			"items array<struct<sku:varchar,qty:integer,price:decimal(10,2)>>, tags array<varchar>, attributes map<varchar,varchar>, " +
			"shipping struct<method:varchar,city:varchar,weight:double>, amount decimal(12,2), note varchar", "One row an order, 2023 to 2025"},
		{"products", "sku varchar, name varchar, category varchar, price decimal(10,2), weight_kg real, rating double, stock integer, active boolean, " +
			"picture_hash varbinary, ledger_value decimal(38,10), dimensions struct<width:double,height:double,depth:double>", "What is for sale"},
	}
}

// Views lists the views in name order.
func Views() []View {
	return []View{
		{"daily_revenue", "SELECT order_date, region, count(*) AS orders, sum(amount) AS revenue FROM orders WHERE status <> 'cancelled' GROUP BY order_date, region"},
		{"returns", "SELECT order_id, order_date, customer_id, region, amount, element_at(attributes, 'return_reason') AS reason FROM orders WHERE status = 'returned'"},
	}
}

// Sizes of the small tables; the fact table's is the caller's choice.
const (
	customers = 50_000
	products  = 400
)

// Bytes is about what the files of all tables weigh together.
func Bytes(rows int) int64 { return 34*int64(rows) + 1<<20 }

// Generate writes one table as a Parquet file. rows is the number of orders;
// the other tables have the size that belongs to a shop of a million orders,
// but never more customers than orders.
func Generate(ctx context.Context, db *sql.DB, table string, rows int, path string) error {
	var query string
	switch table {
	case "orders":
		query = ordersQuery
	case "customers":
		query = customersQuery
	case "products":
		query = productsQuery
	default:
		return fmt.Errorf("the data set has no table %s", table)
	}
	fill := strings.NewReplacer(
		"{rows}", strconv.Itoa(rows),
		"{customers}", strconv.Itoa(max(1, min(customers, rows))),
		"{products}", strconv.Itoa(products),
	)
	statement := "COPY (" + fill.Replace(query) + ") TO '" + strings.ReplaceAll(path, "'", "''") + "' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)"
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("generating %s: %w", table, err)
	}
	return nil
}
