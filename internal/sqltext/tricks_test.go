package sqltext

import "testing"

// tricks are statements that write although they look as if they did not: what
// somebody tries who has read this package. A guard refuses them whole and as
// the pieces that are sent. Where a trick needs another server than AWS's own,
// such as a PostgreSQL behind the same wire, it is refused all the same.
var tricks = map[Dialect][]string{
	Redshift: {
		// Administration by SELECT (Redshift, "System administration functions").
		`select reboot_cluster()`,
		`select pg_catalog.REBOOT_CLUSTER ( )`,
		`select change_query_priority(1076, 'Critical')`,
		`select change_session_priority(30311, 'Lowest')`,
		`select * from change_user_priority('analyst', 'low')`,
		`with x as (select reboot_cluster()) select * from x`,
		`select "set_config"('role', 'admin', false)`,
		`select pg_notify('c', 'x')`, `select lo_put(1, 0, 'x')`, `select lowrite(1, 'x')`, `select lo_from_bytes(0, 'x')`,
		`select pg_stat_reset()`, `select pg_create_restore_point('x')`, `select pg_switch_wal()`, `select pg_promote()`,
		`select pg_drop_replication_slot('s')`, `select pg_logical_emit_message(true, 'a', 'b')`, `select pg_file_write('a', 'b', false)`,
		`select query_to_xml_and_xmlschema('delete from t', true, true, '')`, `select query_to_xmlschema('delete from t', true, true, '')`,
		`select cursor_to_xml('c', 1, true, true, '')`,
		// Names and options in quotes are names and options still.
		`explain (verbose, "analyze") delete from t`,
		`explain (costs off, "analyse" true) insert into t values (1)`,
		`explain ("analyze", verbose) delete from t`,
		`set "role" to admin`, `set local "role" = admin`, `set session_authorization to 'admin'`, `set "session_authorization" = 'admin'`,
		`select U&"set\005Fconfig"('role', 'admin', false)`,
		`select u&"set!005Fconfig" uescape '!' ('role', 'admin', false)`,
		`set U&"default_transaction_read\005Fonly" to off`,
		// What was set can be set back.
		`reset all`, `reset session authorization`, `reset role`, `set role none`, `reset default_transaction_read_only`, `discard all`,
		// Transactions of others.
		`commit prepared 'theirs'`, `rollback prepared 'theirs'`, `prepare transaction 'mine'`,
		// Three readings of a backslash: always an escape, never, and in E'' alone.
		`select '\' || E'\'' || '\'; delete from t; --'`,
		`select '\' || E'\'' || '\' into made --'`,
		`select e'\'' || '\' || E'\'' || '\' into made --'`,
		// Comments that nest on one server and end on another.
		`select 1 /* /* */ into made -- */`,
		`select 1 /* /* */ ; delete from t -- */ */`,
		// WITH whose statement does not follow its parenthesis.
		`with recursive x as (select 1 as a) search depth first by a set o delete from t where a in (select 1)`,
		`with recursive x as (select 1 as a) cycle a set c using p update t set a = (select 1) where (true)`,
		`with x as not materialized (delete from t returning *) select * from x`,
		`with x(a) as (select 1), y as materialized (update t set a = 1 returning a) select * from y`,
		// Numbers that end where a word begins.
		`select 1into made`, `select 1.into made`, `select .5into made`, `select 1e3into made`, `select 5.e1into made from t`,
		`select 1 union all (delete from t returning 1)`, `values (nextval('s'))`, `table t for update`, `select * from t for no key update of t`,
		`declare c cursor for select * from t for share`, `declare c cursor with hold for delete from t returning *`,
		`select * from (select * from t for update) x`, `{call p()}`, `?= call p()`, `select * from rows from (pg_terminate_backend(1))`,
		`begin; set transaction read/**/ write; delete from t`, `copy (select 1) to program 'rm'`, `select 1; /* ; */ drop table t`,
	},
	Trino: {
		// A table function sends its text to a federated source as it is.
		`SELECT * FROM TABLE(system.query(query => 'DROP TABLE t'))`,
		`SELECT * FROM TABLE(mysql.system.query(schema => 's', query => 'DELETE FROM t'))`,
		`SELECT * FROM TABLE("mysql"."system"."query"(query => 'DELETE FROM t'))`,
		`SELECT * FROM TABLE (es.system.raw_query(schema => 's', index => 'i', query => '{}'))`,
		`SELECT * FROM TABLE(ora.system.procedure(query => 'BEGIN p(); END;'))`,
		`SELECT * FROM TABLE(query('DELETE FROM t'))`,
		`SELECT * FROM a, LATERAL (SELECT * FROM TABLE(x.system.query(query => 'DELETE FROM t')))`,
		`WITH x AS (SELECT * FROM TABLE(pg.system.query(query => 'DELETE FROM t'))) SELECT * FROM x`,
		`SELECT count(*) FROM TABLE(/* */ pg . system . query (query => 'DELETE FROM t'))`,
		`TABLE(pg.system.query(query => 'DELETE FROM t'))`,
		// Functions that are made on the way.
		`USING EXTERNAL FUNCTION f(x VARCHAR) RETURNS VARCHAR LAMBDA 'delete-all' SELECT f('x')`,
		`WITH FUNCTION f(x int) RETURNS int RETURN x SELECT f(1)`,
		// Statements of a text that is a string.
		`EXECUTE IMMEDIATE 'DELETE FROM t'`, `EXECUTE IMMEDIATE 'DELETE FROM t WHERE a = ?' USING 1`,
		`PREPARE q FROM UNLOAD (SELECT 1) TO 's3://b/k' WITH (format = 'PARQUET')`,
		// EXPLAIN that runs.
		`EXPLAIN ANALYZE (FORMAT JSON) DELETE FROM t`, `EXPLAIN ANALYZE VERBOSE INSERT INTO t SELECT 1`, `EXPLAIN (TYPE DISTRIBUTED) ANALYZE DELETE FROM t`,
		`EXPLAIN ANALYZE UNLOAD (SELECT 1) TO 's3://b/k'`, `EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1`,
		`EXPLAIN ANALYZE SELECT * FROM TABLE(pg.system.query(query => 'DELETE FROM t'))`,
		// Hive's order of words, in which Athena's DDL is read.
		`FROM t INSERT OVERWRITE TABLE u SELECT *`, `WITH x AS (SELECT 1) FROM x INSERT OVERWRITE TABLE t PARTITION (p) SELECT * FROM x`,
		`FROM t INSERT OVERWRITE DIRECTORY 's3://b/k' SELECT *`, `REPLACE TABLE t AS SELECT 1`, `EXPORT TABLE t TO 's3://b/k'`, `LOAD DATA INPATH 's3://b/k' INTO TABLE t`,
		`SET ROLE admin`, `SET SESSION AUTHORIZATION admin`, `RESET SESSION AUTHORIZATION`, `DENY SELECT ON t TO u`, `START TRANSACTION READ WRITE`,
		"`select` 1", "SELECT 1 /* /* */ ; DROP TABLE t -- */", `(((DELETE FROM t)))`, `WITH x AS (SELECT 1) (DELETE FROM t)`,
		"WITH x AS (SELECT 1), y AS (VALUES 2) UPDATE t SET a = (SELECT 1)", "SELECT 1;\rDROP TABLE t", "-- \rDROP TABLE t", "select 1 --\r; drop table t",
		`ALTER TABLE t EXECUTE optimize`, `CALL catalog.system.rollback_to_snapshot('s', 't', 1)`,
	},
	PartiQL: {
		"FROM shop WHERE pk = 'x' SET total = 0", "FROM shop AS s REMOVE s.total", "FROM shop WHERE pk = 'x' DELETE", "FROM shop INSERT INTO tags VALUE 'a'",
		"SET total = 0", "REMOVE total", "UPDATE shop SET a = 1 SET b = 2 WHERE pk = 'x'", "INSERT INTO shop << {'pk': 'x'} >>",
		"INSERT INTO shop.tags VALUE 'a' AT 0", "INSERT INTO shop VALUE {'pk': 'x'} ON CONFLICT DO REPLACE EXCLUDED", "UPSERT INTO shop << {'pk': 'x'} >>",
		"REPLACE INTO shop << {'pk': 'x'} >>", "DELETE FROM shop AS s WHERE s.pk = 'x'", `DELETE FROM "shop" WHERE pk = 'x' RETURNING ALL OLD *`,
		"EXEC p 'x'", "EXECUTE p", "CREATE TABLE shop", "CREATE INDEX ON shop (a)", "DROP INDEX i ON shop", "ALTER TABLE shop", "EXPLAIN DELETE FROM shop WHERE pk = 'x'",
		"EXISTS(DELETE FROM shop WHERE pk = 'x')", "EXISTS(UPDATE shop SET a = 1 WHERE pk = 'x')", "EXISTS (INSERT INTO shop VALUE {'pk': 'x'})", "(DELETE FROM shop WHERE pk = 'x')",
		"SELECT * FROM shop WHERE pk = `\"`; DELETE FROM shop WHERE pk = 'x'", "SELECT * FROM shop WHERE pk = `'''`; DELETE FROM shop WHERE pk = 'x'",
		"SELECT * FROM shop WHERE pk = 'x'; DELETE FROM shop WHERE pk = 'x'", "EXISTS(SELECT * FROM shop); DELETE FROM shop WHERE pk = 'x'", "SELECT * INTO copy FROM shop",
		"SELECT * FROM shop WHERE pk = '\\'; DELETE FROM shop WHERE pk = 'x'", "SELECT * FROM shop /* /* */; DELETE FROM shop WHERE pk = 'x' -- */",
		"{'Statement': 'DELETE FROM shop'}", "`DELETE` FROM shop", "\"SELECT\" DELETE FROM shop", "INSERT/**/INTO/**/shop/**/VALUE/**/{'pk':'x'}",
	},
}

// Every trick is refused, also under every disguise.
func TestNoTrickPasses(t *testing.T) {
	seen := 0
	for d, statements := range tricks {
		if len(statements) < 30 {
			t.Errorf("%s: only %d tricks", d, len(statements))
		}
		for _, statement := range statements {
			for name, disguise := range disguises(d) {
				seen++
				text := disguise(statement)
				byPiece := false
				for _, piece := range Split(d, text) {
					byPiece = byPiece || Classify(d, piece.Text).Changes()
				}
				if whole := Classify(d, text).Changes(); !whole || !byPiece {
					t.Errorf("%s, %s: passes (whole %v, by piece %v): %q", d, name, whole, byPiece, text)
				}
			}
		}
	}
	t.Logf("%d tricks, none passes", seen)
}
