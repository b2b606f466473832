package rsql

import (
	"fmt"
	"strings"
	"sync"
)

// view is a system table of Redshift's over DuckDB's own.
type view struct{ name, query string }

// Views are the statements that make the system tables, in database rs, schema
// main, for a warehouse in database dev. users are the database users.
func Views(users []string) []string {
	const owner = "awsuser" // owns everything; its id is the views' owner id, 100
	rows := []string{"(" + Quote(owner) + ", 100)"}
	for i, u := range users {
		if u != owner {
			rows = append(rows, fmt.Sprintf("(%s, %d)", Quote(u), 101+i))
		}
	}
	out := []string{"CREATE TABLE rs.main.users AS SELECT * FROM (VALUES " + strings.Join(rows, ", ") + ") AS u(usename, usesysid)"}
	for _, v := range views() {
		out = append(out, "CREATE VIEW rs.main."+v.name+" AS "+v.query)
	}
	return out
}

func hasView(name string) bool { return viewNames()[name] }

var viewNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, v := range views() {
		names[v.name] = true
	}
	return names
})

// views stand on three of our own: all_schemas, all_relations and all_columns,
// which know the types under Redshift's names.
func views() []view {
	out := []view{
		{"every_schema", `SELECT database_name, schema_name, oid, CASE WHEN database_name <> 'dev' THEN 'shared' WHEN schema_name = '` + ExternalSchema + `' THEN 'external' ELSE 'local' END AS kind
			FROM duckdb_schemas() WHERE database_name IN ('dev', '` + SharedDatabase + `') AND schema_name NOT IN ('main', 'pg_catalog', 'information_schema')`},
		{"all_schemas", `SELECT schema_name, oid, kind FROM rs.main.every_schema WHERE database_name = 'dev'`},
		{"every_relation", `SELECT database_name, schema_name, table_name AS name, CASE WHEN database_name = 'dev' AND schema_name = '` + ExternalSchema + `' THEN 'EXTERNAL TABLE' ELSE 'TABLE' END AS kind,
			table_oid AS oid, temporary, estimated_size AS size, comment, NULL AS sql FROM duckdb_tables() WHERE database_name IN ('dev', '` + SharedDatabase + `') AND schema_name <> 'main'
			UNION ALL SELECT database_name, schema_name, view_name, 'VIEW', view_oid, temporary, NULL, comment, sql FROM duckdb_views() WHERE database_name IN ('dev', '` + SharedDatabase + `') AND schema_name <> 'main' AND NOT internal`},
		{"all_relations", `SELECT * EXCLUDE (database_name) FROM rs.main.every_relation WHERE database_name = 'dev' AND kind <> 'EXTERNAL TABLE'`},
		{"all_lengths", `SELECT schema_name, table_name, constraint_column_names[1] AS column_name, TRY_CAST(regexp_extract(constraint_text, '<= ([0-9]+)', 1) AS INTEGER) AS length
			FROM duckdb_constraints() WHERE database_name = 'dev' AND constraint_type = 'CHECK' AND constraint_text LIKE '%strlen(%'`},
		{"every_column", `SELECT c.database_name, c.schema_name, c.table_name, c.column_name, CAST(c.column_index AS INTEGER) AS position, c.column_default, c.is_nullable, c.table_oid, c.comment,
			CASE WHEN c.data_type = 'VARCHAR' THEN coalesce(l.length, 256) END AS length,
			CASE WHEN c.data_type LIKE 'DECIMAL%' THEN c.numeric_precision WHEN c.data_type IN ('HUGEINT', 'UHUGEINT') THEN 38 WHEN c.data_type = 'SMALLINT' THEN 16 WHEN c.data_type = 'INTEGER' THEN 32 WHEN c.data_type = 'BIGINT' THEN 64 END AS precision,
			CASE WHEN c.data_type LIKE 'DECIMAL%' THEN c.numeric_scale WHEN c.data_type IN ('HUGEINT', 'SMALLINT', 'INTEGER', 'BIGINT') THEN 0 END AS scale,
			CASE WHEN c.data_type LIKE 'DECIMAL%' OR c.data_type IN ('HUGEINT', 'UHUGEINT') THEN 'numeric'
				WHEN c.data_type = 'VARCHAR' THEN 'character varying' WHEN c.data_type = 'DOUBLE' THEN 'double precision' WHEN c.data_type = 'FLOAT' THEN 'real'
				WHEN c.data_type = 'TIMESTAMP' THEN 'timestamp without time zone' WHEN c.data_type = 'JSON' THEN 'super' WHEN c.data_type = 'BLOB' THEN 'binary varying'
				WHEN c.data_type = 'TIME' THEN 'time without time zone' ELSE lower(c.data_type) END AS type,
			CASE WHEN c.data_type LIKE 'DECIMAL%' OR c.data_type IN ('HUGEINT', 'UHUGEINT') THEN 1700
				WHEN c.data_type = 'VARCHAR' THEN 1043 WHEN c.data_type = 'DOUBLE' THEN 701 WHEN c.data_type = 'FLOAT' THEN 700 WHEN c.data_type = 'TIMESTAMP' THEN 1114
				WHEN c.data_type = 'TIMESTAMP WITH TIME ZONE' THEN 1184 WHEN c.data_type = 'JSON' THEN 4000 WHEN c.data_type = 'BLOB' THEN 6551 WHEN c.data_type = 'DATE' THEN 1082
				WHEN c.data_type = 'TIME' THEN 1083 WHEN c.data_type = 'BOOLEAN' THEN 16 WHEN c.data_type = 'SMALLINT' THEN 21 WHEN c.data_type = 'INTEGER' THEN 23 WHEN c.data_type = 'BIGINT' THEN 20 ELSE 1043 END AS type_oid
			FROM duckdb_columns() c LEFT JOIN rs.main.all_lengths l USING (schema_name, table_name, column_name)
			WHERE c.database_name IN ('dev', '` + SharedDatabase + `') AND c.schema_name <> 'main' AND NOT c.internal`},
		{"all_columns", `SELECT * EXCLUDE (database_name) FROM rs.main.every_column WHERE database_name = 'dev' AND schema_name <> '` + ExternalSchema + `'`},
	}
	out = append(out, svvViews()...)
	return append(append(out, informationSchema()...), pgCatalog()...)
}

// What the warehouse shows that is not its own: an external schema over a data
// catalogue, and a database that another warehouse shares.
const (
	ExternalSchema = "spectrum"
	SharedDatabase = "partners_db"
	Datashare      = "partners"
)

// local leaves out what is external.
const local = ` WHERE kind <> 'EXTERNAL TABLE'`

// svvViews are Redshift's own. https://docs.aws.amazon.com/redshift/latest/dg/svv_views.html
func svvViews() []view {
	const typed = `CASE type WHEN 'character varying' THEN 'character varying(' || length || ')' WHEN 'numeric' THEN 'numeric(' || precision || ',' || scale || ')' ELSE type END`
	return []view{
		{"svv_tables", `SELECT 'dev' AS table_catalog, schema_name AS table_schema, name AS table_name, CASE kind WHEN 'TABLE' THEN 'BASE TABLE' ELSE kind END AS table_type, comment AS remarks FROM rs.main.every_relation WHERE database_name = 'dev'`},
		{"svv_columns", `SELECT 'dev' AS table_catalog, schema_name AS table_schema, table_name, column_name, position AS ordinal_position, column_default, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable,
			type AS data_type, length AS character_maximum_length, precision AS numeric_precision, CASE WHEN precision IS NULL THEN NULL WHEN type = 'numeric' THEN 10 ELSE 2 END AS numeric_precision_radix, scale AS numeric_scale, comment AS remarks FROM rs.main.every_column WHERE database_name = 'dev'`},
		{"svv_all_schemas", `SELECT database_name, schema_name, 100 AS schema_owner, kind AS schema_type, NULL::VARCHAR AS schema_acl, CASE kind WHEN 'external' THEN 'sales' END AS source_database, NULL::VARCHAR AS schema_option FROM rs.main.every_schema`},
		{"svv_redshift_schemas", `SELECT database_name, schema_name, 100 AS schema_owner, kind AS schema_type, NULL::VARCHAR AS schema_acl, NULL::VARCHAR AS schema_option FROM rs.main.every_schema WHERE kind <> 'external'`},
		{"svv_redshift_databases", `SELECT * FROM (VALUES ('dev', 100, 'local', NULL::VARCHAR, NULL::VARCHAR, 'Snapshot Isolation'), ('` + SharedDatabase + `', 100, 'shared', NULL, '{"datashare_name":"` + Datashare + `"}', 'Snapshot Isolation')) AS d(database_name, database_owner, database_type, database_acl, database_options, database_isolation_level)`},
		{"svv_redshift_tables", `SELECT database_name, schema_name, name AS table_name, kind AS table_type, NULL::VARCHAR AS table_acl, comment AS remarks FROM rs.main.every_relation` + local},
		{"svv_all_tables", `SELECT database_name, schema_name, name AS table_name, kind AS table_type, NULL::VARCHAR AS table_acl, comment AS remarks FROM rs.main.every_relation`},
		{"svv_redshift_columns", `SELECT database_name, schema_name, table_name, column_name, position AS ordinal_position, ` + typed + ` AS data_type, column_default, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, 'none' AS encoding, false AS distkey, 0 AS sortkey, NULL::VARCHAR AS column_acl, comment AS remarks FROM rs.main.every_column WHERE NOT (database_name = 'dev' AND schema_name = '` + ExternalSchema + `')`},
		{"svv_all_columns", `SELECT database_name, schema_name, table_name, column_name, position AS ordinal_position, column_default, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, type AS data_type, length AS character_maximum_length, precision AS numeric_precision, scale AS numeric_scale, comment AS remarks FROM rs.main.every_column`},
		{"svv_external_databases", `SELECT 100133 AS eodid, 'sales' AS databasename, NULL::VARCHAR AS location, NULL::VARCHAR AS parameters`},
		{"svv_external_schemas", `SELECT 100133 AS esoid, 1 AS eskind, '` + ExternalSchema + `' AS schemaname, 100 AS esowner, 'sales' AS databasename, '{"IAM_ROLE":"arn:aws:iam::111122223333:role/spectrum"}' AS esoptions`},
		{"svv_external_tables", `SELECT 'dev' AS redshift_database_name, schema_name AS schemaname, name AS tablename, '' AS tabletype, 's3://fairlead-sandbox-data/' || schema_name || '/' || name || '/' AS location,
			'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat' AS input_format, 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat' AS output_format,
			'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' AS serialization_lib, NULL::VARCHAR AS serde_parameters, 0 AS compressed, NULL::VARCHAR AS parameters FROM rs.main.every_relation WHERE kind = 'EXTERNAL TABLE'`},
		{"svv_external_columns", `SELECT 'dev' AS redshift_database_name, schema_name AS schemaname, table_name AS tablename, column_name AS columnname, CASE type WHEN 'character varying' THEN 'string' WHEN 'numeric' THEN 'decimal(' || precision || ',' || scale || ')' WHEN 'timestamp without time zone' THEN 'timestamp' WHEN 'double precision' THEN 'double' WHEN 'integer' THEN 'int' ELSE type END AS external_type,
			position AS columnnum, 0 AS part_key, CASE WHEN is_nullable THEN 'true' ELSE 'false' END AS is_nullable FROM rs.main.every_column WHERE database_name = 'dev' AND schema_name = '` + ExternalSchema + `'`},
		{"svv_external_partitions", `SELECT NULL::VARCHAR AS schemaname, NULL::VARCHAR AS tablename, NULL::VARCHAR AS "values", NULL::VARCHAR AS location WHERE false`},
		{"svv_datashares", `SELECT '` + Datashare + `' AS share_name, NULL::INTEGER AS share_owner, NULL::VARCHAR AS source_database, '` + SharedDatabase + `' AS consumer_database, 'INBOUND' AS share_type, NULL::TIMESTAMP AS createdate, false AS is_publicaccessible, NULL::VARCHAR AS share_acl, '444455556666' AS producer_account, '13b8833d-17c6-4f16-8fe4-1a018f5ed00d' AS producer_namespace, NULL::VARCHAR AS managed_by`},
		{"svv_datashare_objects", `SELECT 'INBOUND' AS share_type, '` + Datashare + `' AS share_name, lower(kind) AS object_type, schema_name || '.' || name AS object_name, '444455556666' AS producer_account, '13b8833d-17c6-4f16-8fe4-1a018f5ed00d' AS producer_namespace, false AS include_new FROM rs.main.every_relation WHERE database_name = '` + SharedDatabase + `'`},
		{"show_columns", `SELECT database_name, schema_name, table_name, column_name, position AS ordinal_position, column_default, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, type AS data_type,
			length AS character_maximum_length, CASE WHEN type = 'numeric' THEN precision END AS numeric_precision, CASE WHEN type = 'numeric' THEN scale END AS numeric_scale, comment AS remarks FROM rs.main.every_column`},
		{"svv_table_info", `SELECT 'dev' AS "database", schema_name AS "schema", oid AS table_id, name AS "table", 'N' AS encoded, 'AUTO(EVEN)' AS diststyle, 'AUTO(SORTKEY)' AS sortkey1, CAST(1 + size // 20000 AS BIGINT) AS size, CAST(size AS DECIMAL(38,0)) AS tbl_rows FROM rs.main.all_relations WHERE kind = 'TABLE' AND size > 0`},
	}
}

func informationSchema() []view {
	return []view{
		{"information_schema_tables", `SELECT table_catalog, table_schema, table_name, table_type FROM rs.main.svv_tables WHERE table_type <> 'EXTERNAL TABLE'`},
		{"information_schema_columns", `SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_precision_radix, numeric_scale FROM rs.main.svv_columns`},
		{"information_schema_schemata", `SELECT 'dev' AS catalog_name, schema_name, 'awsuser' AS schema_owner FROM rs.main.all_schemas`},
		{"information_schema_views", `SELECT 'dev' AS table_catalog, schema_name AS table_schema, name AS table_name, sql AS view_definition FROM rs.main.all_relations WHERE kind = 'VIEW'`},
	}
}

// pgCatalog has the columns that drivers and psql ask for.
func pgCatalog() []view {
	const typed = `CASE type WHEN 'character varying' THEN 'character varying(' || length || ')' WHEN 'numeric' THEN 'numeric(' || precision || ',' || scale || ')' ELSE type END`
	return []view{
		{"pg_user", `SELECT usename, usesysid, usename = 'awsuser' AS usecreatedb, usename = 'awsuser' AS usesuper FROM rs.main.users`},
		{"pg_database", `SELECT 1 AS oid, 'dev' AS datname, 100 AS datdba, 6 AS encoding, false AS datistemplate, true AS datallowconn`},
		{"pg_namespace", `SELECT oid, schema_name AS nspname, 100 AS nspowner, NULL::VARCHAR AS nspacl FROM rs.main.all_schemas UNION ALL SELECT 11, 'pg_catalog', 1, NULL UNION ALL SELECT 12, 'information_schema', 1, NULL`},
		{"pg_class", `SELECT r.oid, r.name AS relname, s.oid AS relnamespace, 100 AS relowner, CASE r.kind WHEN 'VIEW' THEN 'v' ELSE 'r' END AS relkind, CAST(coalesce(r.size, 0) AS FLOAT) AS reltuples, false AS relhasindex, 0 AS reltoastrelid, 0 AS relchecks, r.kind = 'VIEW' AS relhasrules, 0 AS reltriggers, false AS relhastriggers, false AS relrowsecurity, false AS relforcerowsecurity, false AS relispartition, 0 AS reloftype, 'p' AS relpersistence, 'd' AS relreplident, 0 AS reltablespace, false AS relhasoids, 0 AS reltype, 0 AS relam FROM rs.main.all_relations r JOIN rs.main.all_schemas s ON s.schema_name = r.schema_name`},
		{"pg_attribute", `SELECT table_oid AS attrelid, column_name AS attname, type_oid AS atttypid, position AS attnum, CASE type WHEN 'character varying' THEN length + 4 WHEN 'numeric' THEN precision * 65536 + scale + 4 ELSE -1 END AS atttypmod, NOT is_nullable AS attnotnull, column_default IS NOT NULL AS atthasdef, false AS attisdropped, 0 AS attcollation, '' AS attidentity, '' AS attgenerated FROM rs.main.all_columns`},
		{"pg_type", `SELECT *, 0 AS typcollation, 11 AS typnamespace, 'b' AS typtype, 0 AS typelem, 0 AS typrelid, -1 AS typtypmod, 0 AS typbasetype FROM (VALUES (16, 'bool'), (20, 'int8'), (21, 'int2'), (23, 'int4'), (25, 'text'), (700, 'float4'), (701, 'float8'), (1042, 'bpchar'), (1043, 'varchar'), (1082, 'date'), (1083, 'time'), (1114, 'timestamp'), (1184, 'timestamptz'), (1266, 'timetz'), (1700, 'numeric'), (4000, 'super'), (6551, 'varbyte')) AS t(oid, typname)`},
		{"pg_tables", `SELECT schema_name AS schemaname, name AS tablename, 'awsuser' AS tableowner FROM rs.main.all_relations WHERE kind = 'TABLE'`},
		{"pg_views", `SELECT schema_name AS schemaname, name AS viewname, 'awsuser' AS viewowner, sql AS definition FROM rs.main.all_relations WHERE kind = 'VIEW'`},
		{"pg_description", `SELECT oid AS objoid, 0 AS classoid, 0 AS objsubid, comment AS description FROM rs.main.all_relations WHERE comment IS NOT NULL`},
		{"pg_attrdef", `SELECT table_oid AS adrelid, position AS adnum, column_default AS adsrc, column_default AS adbin FROM rs.main.all_columns WHERE column_default IS NOT NULL`},
		{"pg_collation", `SELECT NULL::BIGINT AS oid, NULL::VARCHAR AS collname WHERE false`},
		{"pg_policy", `SELECT NULL::BIGINT AS oid, NULL::VARCHAR AS polname, NULL::BIGINT AS polrelid WHERE false`},
		{"pg_index", `SELECT NULL::BIGINT AS indexrelid, NULL::BIGINT AS indrelid, false AS indisprimary, false AS indisunique, false AS indisclustered WHERE false`},
		{"pg_inherits", `SELECT NULL::BIGINT AS inhrelid, NULL::BIGINT AS inhparent, 0 AS inhseqno WHERE false`},
		{"pg_constraint", `SELECT NULL::BIGINT AS oid, NULL::VARCHAR AS conname, NULL::BIGINT AS conrelid, NULL::BIGINT AS confrelid, NULL::VARCHAR AS contype WHERE false`},
		{"pg_rewrite", `SELECT NULL::BIGINT AS oid, NULL::VARCHAR AS rulename, NULL::BIGINT AS ev_class, NULL::VARCHAR AS ev_type WHERE false`},
		{"pg_trigger", `SELECT NULL::BIGINT AS oid, NULL::BIGINT AS tgrelid, NULL::VARCHAR AS tgname WHERE false`},
		// pg_table_def shows only what the search path does: here the default one.
		{"pg_table_def", `SELECT schema_name AS schemaname, table_name AS tablename, column_name AS "column", ` + typed + ` AS type, 'none' AS encoding, false AS distkey, 0 AS sortkey, NOT is_nullable AS "notnull" FROM rs.main.all_columns
			WHERE list_contains(list_transform(string_split(current_setting('search_path'), ','), lambda p: string_split(p, '.')[-1]), schema_name)`},
	}
}
