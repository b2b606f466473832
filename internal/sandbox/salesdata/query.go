package salesdata

// The queries draw every value from hash(row, salt): no random state, so the
// rows do not depend on threads or order.
// They are DuckDB SQL with its plain settings except integer_division, which
// the sandbox switches on; / is therefore used on doubles only.

// ordersQuery: the year grows, the weeks before Christmas peak, weekends dip,
// evenings are busy; a tenth of the customers place most orders. Order ids
// follow time.
const ordersQuery = `
WITH draw AS (
	SELECT i,
		(hash(i, 1) % 1000003)::DOUBLE / 1000003.0 AS u_day,
		(hash(i, 2) % 1000003)::DOUBLE / 1000003.0 AS u_time,
		(hash(i, 3) % 1000003)::DOUBLE / 1000003.0 AS u_customer,
		(hash(i, 4) % 1000)::INTEGER AS k_region,
		(hash(i, 5) % 1000)::INTEGER AS k_channel,
		(hash(i, 6) % 1000)::INTEGER AS k_status,
		(hash(i, 7) % 100)::INTEGER AS k_items,
		(hash(i, 8) % 1000)::INTEGER AS k_note,
		(hash(i, 9) % 1000)::INTEGER AS k_tags,
		(hash(i, 10) % 10000)::INTEGER AS k_weight,
		(hash(i, 11) % 1000)::INTEGER AS k_attr
	FROM range({rows}) r(i)
), calendar AS (
	SELECT d, n, sum(w) OVER (ORDER BY n) / sum(w) OVER () AS upto FROM (
		SELECT DATE '2023-01-01' + n::INTEGER AS d, n,
			(1.0 + n / 1800.0) * (CASE WHEN month(DATE '2023-01-01' + n::INTEGER) IN (11, 12) THEN 1.8 WHEN month(DATE '2023-01-01' + n::INTEGER) IN (1, 2) THEN 0.8 ELSE 1.0 END)
			* (CASE WHEN isodow(DATE '2023-01-01' + n::INTEGER) >= 6 THEN 0.7 ELSE 1.0 END) AS w
		FROM range(1096) c(n))
), slots AS ( -- the day of each ten-thousandth of the orders
	SELECT s, (SELECT min(d) FROM calendar WHERE upto > s / 10000.0) AS d FROM range(10000) t(s)
), lines AS (
	SELECT draw.*, slots.d AS order_date,
		CASE WHEN k_items < 55 THEN 1 WHEN k_items < 80 THEN 2 WHEN k_items < 93 THEN 3 ELSE 5 END AS n_items
	FROM draw JOIN slots ON slots.s = (draw.i * 10000 // {rows})
), filled AS (
	SELECT *,
		list_transform(range(1, n_items + 1), lambda k: {
			'sku': 'SKU-' || lpad(((hash(i, 20 + k) % {products}) * (hash(i, 40 + k) % {products}) // {products} + 1)::VARCHAR, 4, '0'),
			'qty': (1 + hash(i, 60 + k) % 3)::INTEGER,
			'price': ((499 + hash(i, 80 + k) % 14500)::DOUBLE / 100)::DECIMAL(10,2)}) AS items
	FROM lines
)
SELECT
	(100000 + i)::BIGINT AS order_id,
	order_date,
	CAST(order_date AS TIMESTAMP) + to_milliseconds((28800000 + 54000000 * sqrt(u_time))::BIGINT) AS ordered_at,
	(1 + floor({customers} * u_customer * u_customer * u_customer))::BIGINT AS customer_id,
	CASE WHEN k_region < 420 THEN 'EU' WHEN k_region < 770 THEN 'NA' WHEN k_region < 930 THEN 'APAC' ELSE 'LATAM' END AS region,
	CASE WHEN k_channel < 560 THEN 'web' WHEN k_channel < 860 THEN 'mobile' WHEN k_channel < 960 THEN 'store' ELSE 'phone' END AS channel,
	CASE WHEN k_status < 860 THEN 'delivered' WHEN k_status < 910 THEN 'shipped' WHEN k_status < 950 THEN 'returned' WHEN k_status < 985 THEN 'cancelled' ELSE 'pending' END AS status,
	items,
	CASE WHEN k_tags < 500 THEN []::VARCHAR[] WHEN k_tags < 700 THEN ['gift'] WHEN k_tags < 850 THEN ['express', 'priority'] WHEN k_tags < 950 THEN ['loyalty'] WHEN k_tags < 990 THEN ['gift', NULL, 'wrapped'] ELSE NULL END AS tags,
	CASE WHEN k_status >= 910 AND k_status < 950 THEN map {'source': CASE WHEN k_attr < 500 THEN 'search' ELSE 'newsletter' END, 'return_reason': ['too small', 'damaged', 'changed mind', 'late'][1 + k_attr % 4]}
		WHEN k_attr < 600 THEN map {'source': 'search'}
		WHEN k_attr < 900 THEN map {'source': 'newsletter', 'campaign': 'C' || (k_attr % 12)::VARCHAR}
		ELSE map {} END::MAP(VARCHAR, VARCHAR) AS attributes,
	CASE WHEN k_channel >= 860 AND k_channel < 960 THEN NULL ELSE {
		'method': CASE WHEN k_tags >= 700 AND k_tags < 850 THEN 'express' ELSE 'standard' END,
		'city': ['Berlin', 'Paris', 'Madrid', 'Toronto', 'Austin', 'Osaka', 'São Paulo', 'Zürich', 'Kraków', 'Lisboa', 'Chicago', 'Melbourne'][1 + k_weight % 12],
		'weight': (k_weight + 50)::DOUBLE / 1000} END AS shipping,
	list_sum(list_transform(items, lambda t: t.price * t.qty))::DECIMAL(12,2) AS amount,
	CASE WHEN k_note < 700 THEN NULL WHEN k_note < 800 THEN '' WHEN k_note < 900 THEN 'Leave at the door'
		WHEN k_note < 960 THEN 'Ring twice, then call "Sam"' WHEN k_note < 990 THEN 'Second floor,' || chr(10) || 'left side' ELSE 'Für Frau Müller 🎁' END AS note
FROM filled`

const customersQuery = `
WITH draw AS (
	SELECT i,
		['Ada', 'Björn', 'Chloé', 'Diego', 'Emma', 'Farid', 'Grace', 'Hana', 'Ivan', 'Júlia', 'Kenji', 'Lena', 'Mateo', 'Nora', 'Omar', 'Priya', 'Quinn', 'Rosa', 'Sven', 'Tara'][1 + (hash(i, 1) % 20)::INTEGER] AS first,
		['Almeida', 'Bauer', 'Chen', 'Dubois', 'Eriksson', 'Fischer', 'García', 'Haddad', 'Ivanova', 'Jensen', 'Kowalski', 'Lopez', 'Müller', 'Nakamura', 'O''Brien', 'Patel', 'Rossi', 'Silva', 'Tanaka', 'Weber'][1 + (hash(i, 2) % 20)::INTEGER] AS last,
		(hash(i, 3) % 1000)::INTEGER AS k_country, (hash(i, 4) % 1000)::INTEGER AS k_segment,
		(hash(i, 5) % 2500)::INTEGER AS k_day, (hash(i, 6) % 1000)::INTEGER AS k_points, (hash(i, 7) % 1000)::INTEGER AS k_year
	FROM range(1, {customers} + 1) r(i)
)
SELECT i::BIGINT AS customer_id,
	first || ' ' || last AS name,
	CASE WHEN k_points < 20 THEN NULL ELSE lower(strip_accents(first)) || '.' || lower(replace(strip_accents(last), '''', '')) || i::VARCHAR || '@example.com' END AS email,
	CASE WHEN k_country < 300 THEN 'DE' WHEN k_country < 500 THEN 'US' WHEN k_country < 620 THEN 'FR' WHEN k_country < 720 THEN 'BR' WHEN k_country < 820 THEN 'JP' WHEN k_country < 920 THEN 'GB' ELSE 'AU' END AS country,
	CASE WHEN k_segment < 700 THEN 'consumer' WHEN k_segment < 930 THEN 'small business' ELSE 'enterprise' END AS segment,
	DATE '2018-01-01' + k_day AS signed_up,
	CASE WHEN k_segment % 10 = 0 THEN NULL ELSE k_segment % 3 > 0 END AS marketing_consent,
	(k_points * k_points // 100)::INTEGER AS loyalty_points,
	CASE WHEN k_year < 100 THEN NULL ELSE 1945 + k_year % 62 END::SMALLINT AS birth_year,
	map {'language': CASE WHEN k_country < 300 THEN 'de' WHEN k_country < 500 THEN 'en' ELSE 'other' END, 'newsletter': CASE WHEN k_points % 2 = 0 THEN 'weekly' ELSE 'never' END} AS preferences
FROM draw ORDER BY i`

const productsQuery = `
WITH draw AS (
	SELECT i, (hash(i, 1) % 100000)::INTEGER AS k, (hash(i, 2) % 1000)::INTEGER AS k2
	FROM range(1, {products} + 1) r(i)
)
SELECT 'SKU-' || lpad(i::VARCHAR, 4, '0') AS sku,
	['Nordic', 'Classic', 'Compact', 'Trail', 'Harbour', 'Studio', 'Linen', 'Copper'][1 + k % 8] || ' ' || ['lamp', 'chair', 'kettle', 'backpack', 'notebook', 'jacket', 'speaker', 'mug', 'rug', 'clock'][1 + k2 % 10] AS name,
	['home', 'furniture', 'kitchen', 'outdoor', 'office', 'clothing', 'electronics', 'kitchen', 'home', 'home'][1 + k2 % 10] AS category,
	((499 + k % 14500)::DOUBLE / 100)::DECIMAL(10,2) AS price,
	CASE WHEN k2 < 30 THEN NULL ELSE (k2 + 40)::DOUBLE / 100 END::FLOAT AS weight_kg,
	round(2.5 + (k % 2500)::DOUBLE / 1000, 2) AS rating,
	(k % 400)::INTEGER AS stock,
	k2 > 60 AS active,
	unhex(md5(i::VARCHAR))::BLOB AS picture_hash,
	('12345678901234567890' || lpad(k::VARCHAR, 8, '0') || '.' || lpad((k * 7919 % 10000000000)::VARCHAR, 10, '0'))::DECIMAL(38,10) AS ledger_value,
	CASE WHEN k2 % 9 = 0 THEN NULL ELSE {'width': (k % 900)::DOUBLE / 10, 'height': (k2 % 700)::DOUBLE / 10, 'depth': (k2 % 90)::DOUBLE} END AS dimensions
FROM draw ORDER BY i`
