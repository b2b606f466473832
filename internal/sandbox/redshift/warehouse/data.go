package warehouse

import (
	"fmt"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// sizes are the rows of each table, which keep their proportions.
type sizes struct{ customers, products, orders, events int }

func sizesFor(orders int) sizes {
	return sizes{customers: max(orders/10, 1), products: 500, orders: orders, events: max(orders/4, 1)}
}

// dataSet are the statements that fill the warehouse: a shop with customers,
// products, orders and page events in schema public, and what is derived from
// them in schema analytics. Every value follows from its row number alone, so
// the same day gives the same data.
func dataSet(now time.Time, orders int) []string {
	n := sizesFor(orders)
	day := "DATE '" + now.UTC().Format("2006-01-02") + "'"
	fill := strings.NewReplacer("$today", day)
	var out []string
	for _, statement := range []string{
		// pick(key, salt, n) is a number below n, the same for the same row.
		`CREATE MACRO rs.main.pick(key, salt, n) AS CAST(hash(key * 7919 + salt) % n AS INTEGER)`,
		n.customerTable(), n.productTable(), n.orderTable(), n.eventTable(), dailyRevenue(), topCustomers(),
		`COMMENT ON TABLE dev.public.orders IS 'One row for each order line; amounts in the order''s currency'`,
		`COMMENT ON TABLE dev.public.events IS 'Page events as they arrive; payload is semi-structured'`,
		`CREATE TABLE dev.` + rsql.ExternalSchema + `.clicks AS SELECT CAST(i AS BIGINT) AS click_id, DATE '2025-01-01' + CAST(i % 90 AS INTEGER) AS day, ['home', 'search', 'cart'][1 + rs.main.pick(i, 71, 3)] AS page, CAST(rs.main.pick(i, 72, 60000) AS INTEGER) AS milliseconds FROM range(1, 1001) r(i)`,
		`CREATE TABLE dev.` + rsql.ExternalSchema + `.regions AS SELECT * FROM (VALUES ('EU', 'Europe'), ('NA', 'North America'), ('APAC', 'Asia and Pacific')) AS r(code, name)`,
		`CREATE TABLE ` + rsql.SharedDatabase + `.public.deliveries AS SELECT CAST(i AS BIGINT) AS delivery_id, 'Partner ' || (1 + i % 7) AS partner, TIMESTAMP '2025-01-01 06:00:00' + to_minutes(i * 17) AS delivered_at, CAST(rs.main.pick(i, 73, 900) + 0.25 AS DECIMAL(8,2)) AS fee FROM range(1, 301) r(i)`,
		`DROP MACRO rs.main.pick`,
	} {
		out = append(out, fill.Replace(statement))
	}
	return out
}

// insert creates a table with length checks, as CREATE TABLE through a session
// would, and fills it.
func insert(table, columns, query string) string {
	return fmt.Sprintf("CREATE TABLE dev.%s (%s); INSERT INTO dev.%s %s", table, columns, table, query)
}

func (n sizes) customerTable() string {
	return insert("public.customers", `
		customer_id INTEGER NOT NULL,
		name VARCHAR CHECK (strlen("name") <= 100) NOT NULL,
		email VARCHAR CHECK (strlen("email") <= 200),
		country VARCHAR CHECK (strlen("country") <= 2) NOT NULL,
		city VARCHAR CHECK (strlen("city") <= 60),
		segment VARCHAR CHECK (strlen("segment") <= 20),
		credit_limit DECIMAL(12,2),
		marketing BOOLEAN,
		birth_date DATE,
		created_at TIMESTAMP WITH TIME ZONE NOT NULL,
		notes VARCHAR CHECK (strlen("notes") <= 65535)`, `
		SELECT i,
			first || ' ' || last,
			CASE WHEN rs.main.pick(i, 3, 25) > 0 THEN lower(first) || '.' || replace(lower(last), 'ü', 'ue') || i || '@example.' || ['com', 'org', 'net'][1 + rs.main.pick(i, 4, 3)] END,
			place[1], place[2],
			['consumer', 'consumer', 'consumer', 'business', 'enterprise'][1 + rs.main.pick(i, 6, 5)],
			CASE WHEN rs.main.pick(i, 7, 10) > 1 THEN CAST(100 * (1 + rs.main.pick(i, 8, 200)) AS DECIMAL(12,2)) + CAST(0.5 AS DECIMAL(2,1)) END,
			CASE rs.main.pick(i, 9, 7) WHEN 0 THEN NULL ELSE rs.main.pick(i, 10, 2) = 0 END,
			CASE WHEN rs.main.pick(i, 11, 9) > 0 THEN DATE '1950-01-01' + rs.main.pick(i, 12, 19000) END,
			CAST($today AS TIMESTAMP) - to_minutes(CAST(rs.main.pick(i, 13, 2100000) AS BIGINT)),
			CASE rs.main.pick(i, 14, 6) WHEN 0 THEN '' WHEN 1 THEN 'prefers e-mail; says "hello, world"' WHEN 2 THEN 'zweite Zeile' || chr(10) || 'folgt' END
		FROM (SELECT CAST(range AS INTEGER) AS i,
			['Ada', 'Ben', 'Chloé', 'Dmitri', 'Elif', 'Femi', 'Greta', 'Hiro', 'Ines', 'Jürgen', 'Keiko', 'Liam', 'Mona', 'Nils', 'Olga', 'Priya'][1 + rs.main.pick(range, 1, 16)] AS first,
			['Almeida', 'Brandt', 'Castillo', 'Dubois', 'Eriksson', 'Fischer', 'García', 'Haddad', 'Ivanova', 'Johnson', 'Kowalski', 'Müller', 'Nakamura', 'Okafor', 'Patel', 'Rossi', 'Smith', 'Tanaka'][1 + rs.main.pick(range, 2, 18)] AS last,
			[['DE', 'Berlin'], ['DE', 'München'], ['FR', 'Lyon'], ['US', 'Seattle'], ['US', 'Austin'], ['GB', 'Leeds'], ['JP', 'Osaka'], ['BR', 'Recife'], ['IN', 'Pune'], ['NG', 'Lagos']][1 + rs.main.pick(range, 5, 10)] AS place
			FROM range(1, `+fmt.Sprint(n.customers+1)+`))`)
}

func (n sizes) productTable() string {
	return insert("public.products", `
		product_id INTEGER NOT NULL,
		sku VARCHAR CHECK (strlen("sku") <= 12) NOT NULL,
		title VARCHAR CHECK (strlen("title") <= 80) NOT NULL,
		category VARCHAR CHECK (strlen("category") <= 30),
		price DECIMAL(10,2) NOT NULL,
		weight DOUBLE,
		attributes JSON`, `
		SELECT i, 'SKU-' || lpad(CAST(i AS VARCHAR), 5, '0'),
			['Small', 'Large', 'Blue', 'Oak', 'Steel', 'Quiet'][1 + rs.main.pick(i, 21, 6)] || ' ' || item,
			category,
			CAST(1.99 + rs.main.pick(i, 22, 300) AS DECIMAL(10,2)),
			CASE WHEN rs.main.pick(i, 23, 8) > 0 THEN rs.main.pick(i, 24, 12000) / CAST(1000 AS DOUBLE) END,
			CASE WHEN rs.main.pick(i, 25, 5) > 0 THEN CAST('{"colour":"' || ['red', 'green', 'blue'][1 + rs.main.pick(i, 26, 3)] || '","sizes":[' || (1 + rs.main.pick(i, 27, 4)) || ',' || (6 + rs.main.pick(i, 28, 4)) || '],"ratings":{"count":' || rs.main.pick(i, 29, 900) || ',"mean":' || (1 + rs.main.pick(i, 30, 4)) || '.5}}' AS JSON) END
		FROM (SELECT CAST(range AS INTEGER) AS i, kind[1] AS category, kind[2] AS item FROM
			(SELECT range, [['kitchen', 'Kettle'], ['kitchen', 'Knife'], ['office', 'Lamp'], ['office', 'Desk'], ['garden', 'Spade'], ['garden', 'Bench'], ['audio', 'Speaker']][1 + rs.main.pick(range, 20, 7)] AS kind
			FROM range(1, `+fmt.Sprint(n.products+1)+`)))`)
}

func (n sizes) orderTable() string {
	return insert("public.orders", `
		order_id BIGINT NOT NULL,
		customer_id INTEGER NOT NULL,
		product_id INTEGER NOT NULL,
		order_date DATE NOT NULL,
		ordered_at TIMESTAMP NOT NULL,
		shipped_at TIMESTAMP WITH TIME ZONE,
		status VARCHAR CHECK (strlen("status") <= 12) NOT NULL,
		quantity SMALLINT NOT NULL,
		unit_price DECIMAL(10,2) NOT NULL,
		amount DECIMAL(18,4) NOT NULL,
		discount DOUBLE,
		currency VARCHAR CHECK (strlen("currency") <= 3) NOT NULL,
		ledger_ref DECIMAL(38,0),
		coupon VARCHAR CHECK (strlen("coupon") <= 16)`, `
		SELECT 1000000 + i, customer, product, CAST(moment AS DATE), moment,
			CASE WHEN status IN ('shipped', 'delivered', 'returned') THEN CAST(moment AS TIMESTAMP WITH TIME ZONE) + to_hours(CAST(4 + rs.main.pick(i, 41, 90) AS BIGINT)) END,
			status, CAST(quantity AS SMALLINT), p.price,
			CAST(p.price * quantity * (1 - coalesce(percent, 0) * CAST(0.01 AS DECIMAL(3,2))) AS DECIMAL(18,4)),
			percent / CAST(100 AS DOUBLE),
			['EUR', 'EUR', 'USD', 'USD', 'GBP', 'JPY'][1 + rs.main.pick(i, 42, 6)],
			CASE WHEN rs.main.pick(i, 43, 4) > 0 THEN CAST(90000000000000000000000000000000000000 AS DECIMAL(38,0)) + CAST(i AS DECIMAL(38,0)) * 1000003 END,
			CASE rs.main.pick(i, 44, 12) WHEN 0 THEN 'WELCOME10' WHEN 1 THEN 'SPRING' WHEN 2 THEN '' END
		FROM (SELECT CAST(range AS BIGINT) AS i,
				1 + CAST(power(rs.main.pick(range, 31, 1000000) / CAST(1000000 AS DOUBLE), 2) * `+fmt.Sprint(n.customers-1)+` AS INTEGER) AS customer,
				1 + rs.main.pick(range, 32, `+fmt.Sprint(n.products)+`) AS product,
				CAST($today AS TIMESTAMP) - to_seconds(CAST(rs.main.pick(range, 33, 63072000) AS BIGINT)) AS moment,
				['placed', 'paid', 'shipped', 'delivered', 'delivered', 'delivered', 'returned', 'cancelled'][1 + rs.main.pick(range, 34, 8)] AS status,
				1 + rs.main.pick(range, 35, 6) AS quantity,
				CASE rs.main.pick(range, 36, 5) WHEN 0 THEN 10 WHEN 1 THEN 25 END AS percent
			FROM range(1, `+fmt.Sprint(n.orders+1)+`)) o
		JOIN dev.public.products p ON p.product_id = o.product
		ORDER BY i`)
}

func (n sizes) eventTable() string {
	return insert("public.events", `
		event_id BIGINT NOT NULL,
		customer_id INTEGER,
		kind VARCHAR CHECK (strlen("kind") <= 20) NOT NULL,
		occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
		payload JSON,
		signature BLOB`, `
		SELECT i, CASE WHEN rs.main.pick(i, 51, 4) > 0 THEN 1 + rs.main.pick(i, 52, `+fmt.Sprint(n.customers)+`) END,
			kind, CAST($today AS TIMESTAMP) - to_seconds(CAST(rs.main.pick(i, 53, 2592000) AS BIGINT)),
			CAST('{"device":{"os":"' || ['ios', 'android', 'linux', 'windows'][1 + rs.main.pick(i, 54, 4)] || '","version":' || (10 + rs.main.pick(i, 55, 9)) || '},"page":"/' || kind || '/' || rs.main.pick(i, 56, 40) || '","duration_ms":' || rs.main.pick(i, 57, 90000)
				|| CASE WHEN kind = 'cart' THEN ',"items":[{"sku":"SKU-' || lpad(CAST(1 + rs.main.pick(i, 58, 500) AS VARCHAR), 5, '0') || '","qty":' || (1 + rs.main.pick(i, 59, 3)) || '},{"sku":"SKU-' || lpad(CAST(1 + rs.main.pick(i, 60, 500) AS VARCHAR), 5, '0') || '","qty":1}]' ELSE '' END
				|| ',"referrer":' || CASE rs.main.pick(i, 61, 3) WHEN 0 THEN 'null' ELSE '"https://example.org/"' END || '}' AS JSON),
			CASE WHEN rs.main.pick(i, 62, 10) = 0 THEN unhex(md5(CAST(i AS VARCHAR))) END
		FROM (SELECT CAST(range AS BIGINT) AS i, ['view', 'view', 'view', 'search', 'cart', 'checkout'][1 + rs.main.pick(range, 50, 6)] AS kind FROM range(1, `+fmt.Sprint(n.events+1)+`))`)
}

func dailyRevenue() string {
	return insert("analytics.daily_revenue", `
		day DATE NOT NULL,
		currency VARCHAR CHECK (strlen("currency") <= 3) NOT NULL,
		orders BIGINT NOT NULL,
		revenue DECIMAL(38,4) NOT NULL,
		average_order DOUBLE`, `
		SELECT order_date, currency, count(*), sum(amount), avg(amount) FROM dev.public.orders
		WHERE status <> 'cancelled' GROUP BY ALL ORDER BY 1, 2`)
}

func topCustomers() string {
	return `CREATE VIEW dev.analytics.top_customers AS
		SELECT c.customer_id, c.name, c.country, count(*) AS orders, CAST(sum(o.amount) AS DECIMAL(38,4)) AS revenue
		FROM dev.public.customers c JOIN dev.public.orders o ON o.customer_id = c.customer_id
		WHERE o.status <> 'cancelled' GROUP BY ALL ORDER BY revenue DESC LIMIT 100`
}
