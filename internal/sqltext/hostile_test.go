package sqltext

import (
	"strings"
	"testing"
)

// attacks are statements that write, each dialect's own. A guard that lets one
// through under any disguise is broken.
func attacks(d Dialect) []string {
	switch d {
	case PartiQL:
		return []string{
			`INSERT INTO "shop" VALUE {'pk': 'x', 'sk': 'y'}`,
			`INSERT INTO shop VALUE ?`,
			`UPDATE "shop" SET total = 0 WHERE pk = 'x' AND sk = 'y'`,
			`UPDATE "shop" REMOVE total WHERE pk = 'x' AND sk = 'y'`,
			`UPDATE "shop" SET tags = list_append(tags, ['a']) WHERE pk = 'x' AND sk = 'y' RETURNING ALL OLD *`,
			`DELETE FROM "shop" WHERE pk = 'x' AND sk = 'y'`,
			`DELETE FROM shop WHERE pk = 'x' AND sk = 'y' RETURNING ALL OLD *`,
			`UPSERT INTO shop VALUE {'pk': 'x'}`,
			`REPLACE INTO shop VALUE {'pk': 'x'}`,
			`DROP TABLE shop`,
		}
	case Redshift:
		return []string{
			`insert into t values (1)`, `insert into t select * from u`, `update t set a = 1`, `delete from t`, `delete t`,
			`merge into t using u on t.a = u.a when matched then delete`, `truncate t`, `drop table t`, `create table t (a int)`,
			`create temp table x as select 1`, `select * into t from u`, `select a, b into temp t from u where a = 1`,
			`alter table t add column b int`, `alter table t append from u`, `grant all on t to public`, `revoke select on t from public`,
			`copy t from 's3://b/k' iam_role default`, `unload ('select * from t') to 's3://b/k' iam_role default`,
			`call p()`, `call s.p(1, 'x')`, `vacuum t`, `analyze t`, `lock t`, `refresh materialized view v`,
			`create procedure p() as $$ begin delete from t; end; $$ language plpgsql`,
			`create external schema e from data catalog database 'd' iam_role default`, `comment on table t is 'x'`,
			`execute q`, `execute q(1)`, `select pg_terminate_backend(1)`, `select pg_cancel_backend(1)`, `select set_config('a', 'b', false)`,
			`cancel 123`, `create user u password disable`, `drop user u`, `alter user u createuser`, `create datashare s`,
			`explain analyze delete from t`, `explain (analyze) insert into t values (1)`,
			`with x as (select 1) insert into t select * from x`, `with x as (delete from t returning *) select * from x`,
			`set session authorization admin`, `set role admin`, `reset session authorization`, `set default_transaction_read_only to off`,
			`start transaction read write`, `select * from t for update`, `select nextval('s')`, `do $$ begin delete from t; end $$`,
			`attach rls policy p on t to public`, `use catalog x; delete from t`, `rename table a to b`, `load 'x'`, `import foreign schema s from server x into y`,
		}
	}
	return []string{
		`INSERT INTO t VALUES (1)`, `INSERT INTO t SELECT * FROM u`, `UPDATE t SET a = 1`, `DELETE FROM t`, `DELETE FROM "t" WHERE a = 1`,
		`MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE`, `CREATE TABLE t AS SELECT 1`, `CREATE TABLE t WITH (format = 'PARQUET') AS SELECT * FROM u`,
		`CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/k/'`, `CREATE OR REPLACE VIEW v AS SELECT 1 AS a`, `CREATE DATABASE d`, `CREATE SCHEMA d`,
		`DROP TABLE t`, `DROP VIEW v`, `DROP DATABASE d CASCADE`, `ALTER TABLE t ADD COLUMNS (b int)`, `ALTER TABLE t DROP PARTITION (p = 1)`,
		`ALTER TABLE t SET LOCATION 's3://b/k/'`, `ALTER TABLE t ADD IF NOT EXISTS PARTITION (p = 1)`, `MSCK REPAIR TABLE t`, `OPTIMIZE t REWRITE DATA USING BIN_PACK`,
		`VACUUM t`, `UNLOAD (SELECT * FROM t) TO 's3://b/k/' WITH (format = 'PARQUET')`, `EXECUTE q`, `EXECUTE q USING 1`, `PREPARE q FROM DELETE FROM t`,
		`DEALLOCATE PREPARE q`, `CALL system.p()`, `EXPLAIN ANALYZE INSERT INTO t SELECT 1`, `EXPLAIN ANALYZE VERBOSE DELETE FROM t`,
		`WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x`, `TRUNCATE TABLE t`, `GRANT SELECT ON t TO u`, `REVOKE SELECT ON t FROM u`, `COMMENT ON TABLE t IS 'x'`,
		`REFRESH MATERIALIZED VIEW v`, `ANALYZE t`, `RENAME TABLE a TO b`,
	}
}

// disguises put a statement where a careless guard does not look.
func disguises(d Dialect) map[string]func(string) string {
	all := map[string]func(string) string{
		"as it is":                    func(s string) string { return s },
		"upper case":                  strings.ToUpper,
		"lower case":                  strings.ToLower,
		"blanks and lines before":     func(s string) string { return " \t\r\n\v\f " + s },
		"a comment before":            func(s string) string { return "-- select 1\n" + s },
		"a block before":              func(s string) string { return "/* select 1 */" + s },
		"comments between the words":  func(s string) string { return strings.Replace(s, " ", "/**/ /* select */", 1) },
		"a line between the words":    func(s string) string { return strings.Replace(s, " ", " -- select\n", 1) },
		"behind a read":               func(s string) string { return "select 1; " + s },
		"before a read":               func(s string) string { return s + "; select 1" },
		"behind empty statements":     func(s string) string { return ";;; ;" + s },
		"behind a quoted semicolon":   func(s string) string { return "select ';'; " + s },
		"behind a doubled quote":      func(s string) string { return "select 'it''s'; " + s },
		"behind a quoted name":        func(s string) string { return `select 1 as "a;b""c"; ` + s },
		"behind a comment's quote":    func(s string) string { return "select 1 -- it's\n; " + s },
		"behind a block's quote":      func(s string) string { return "select 1 /* it's \" */; " + s },
		"with a semicolon":            func(s string) string { return s + ";" },
		"with a comment that is open": func(s string) string { return s + " /* " },
		"behind a byte order mark":    func(s string) string { return "\ufeff" + s },
		"behind a no-break space":     func(s string) string { return "\u00a0" + s },
		"behind a wide space":         func(s string) string { return "\u3000" + s },
		"behind a zero-width space":   func(s string) string { return "\u200b" + s },
		"behind a NUL":                func(s string) string { return "\x00" + s },
		"behind broken UTF-8":         func(s string) string { return "\xff" + s },
		"behind a read without space": func(s string) string { return "select 1;" + s },
	}
	if d != PartiQL {
		all["in parentheses"] = func(s string) string { return "(" + s + ")" }
		all["with WITH before"] = func(s string) string { return "with x as (select 1) " + s }
		all["in a WITH"] = func(s string) string { return "with x as (" + s + ") select * from x" }
	}
	if d == Redshift {
		all["behind a dollar quote"] = func(s string) string { return "select $$;'$$; " + s }
		all["behind a tagged quote"] = func(s string) string { return "select $a$ $$ ' $a$; " + s }
		all["behind a backslash"] = func(s string) string { return `select '\'; ` + s + `; --'` }
		all["behind an escaped string"] = func(s string) string { return `select E'\''; ` + s }
		all["in a nested comment's end"] = func(s string) string { return "/* /* */ select 1; */ " + s }
	}
	return all
}

// Every attack under every disguise is refused by what the guard does: split,
// then classify each piece.
func TestNoHostileStatementPasses(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range []Dialect{Trino, Redshift, PartiQL} {
		for _, attack := range attacks(d) {
			for name, disguise := range disguises(d) {
				text := disguise(attack)
				if seen[string(d)+text] {
					continue
				}
				seen[string(d)+text] = true
				refused := Classify(d, text).Changes()
				byPiece := false
				for _, piece := range Split(d, text) {
					byPiece = byPiece || Classify(d, piece.Text).Changes()
				}
				if !refused || !byPiece {
					t.Errorf("%s, %s: passes (whole %v, by piece %v): %q", d, name, refused, byPiece, text)
				}
			}
		}
	}
	if len(seen) < 500 {
		t.Errorf("only %d hostile statements were tried", len(seen))
	}
	t.Logf("%d hostile statements, none passes", len(seen))
}

// What a guard refuses for no reason drives people to switch it off.
func TestHonestReadsPass(t *testing.T) {
	for d, reads := range map[Dialect][]string{
		Trino: {
			`select 1`, `SELECT "insert", "delete" FROM "update"`, `with a as (select 1), b as (select * from a) select * from b`, `values (1, 'drop table t')`,
			`select * from t where note = 'delete from t;'`, `/* drop */ select 1 -- insert`, `show tables in sales`, `describe t`, `explain insert into t select 1`,
			`select replace(a, 'x', 'y'), "into" from t`, `(select 1) union all (select 2)`, `table t`, `explain analyze select 1`, `select date '2026-01-01' as "create"`,
		},
		Redshift: {
			`select top 5 * from t`, `select a.update, b.delete from a, b`, `show tables from schema dev.public`, `select $$delete from t$$`, `explain delete from t`,
			`declare c cursor for select 1`, `fetch 10 from c`, `close c`, `begin`, `commit`, `set statement_timeout to 1000`, `select 'it''s' || E'\'x'`,
			`select listagg(a, ', ') within group (order by a) from t`, `with x as (select 1 as copy) select copy from x`,
		},
		PartiQL: {
			`select * from "shop" where pk = 'x'`, `SELECT "update", "delete" FROM "shop"."byStatus" WHERE status = 'INSERT INTO'`, `EXISTS(SELECT * FROM shop WHERE pk = 'x')`,
		},
	} {
		for _, text := range reads {
			if c := Classify(d, text); c.Changes() {
				t.Errorf("%s: %s: %q", d, c, text)
			}
		}
	}
}
