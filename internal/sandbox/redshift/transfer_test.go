package redshift_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// object is the text of an object in bucket unloads.
func (s *sandbox) object(key string) string {
	s.t.Helper()
	file, _, err := s.store.Open("unloads", key)
	if err != nil {
		s.t.Fatalf("%s: %v", key, err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func (s *sandbox) keys(prefix string) []string {
	s.t.Helper()
	found, err := s.store.List("unloads", prefix)
	if err != nil {
		s.t.Fatal(err)
	}
	var keys []string
	for _, o := range found {
		keys = append(keys, o.Key)
	}
	return keys
}

// steps runs statements in order and compares their rows.
func steps(t *testing.T, c *pgx.Conn, all []struct{ sql, want string }) {
	t.Helper()
	for _, step := range all {
		if got, err := ask(t, c, step.sql); err != nil || got != step.want {
			t.Fatalf("%s\n  got  %q, %v\n  want %q", step.sql, got, err, step.want)
		}
	}
}

func TestUnloadAndCopyGoThroughTheStore(t *testing.T) {
	s := start(t)
	var notices []string
	c := s.loginWith(func(c *pgx.ConnConfig) {
		c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n.Severity+" "+n.Message) }
	})
	steps(t, c, []struct{ sql, want string }{
		{"create table src (id int, name varchar(20), flag boolean, amount decimal(8,2), made timestamp, doc super)", ""},
		{`insert into src values (1, 'a|b', true, 1.50, '2024-01-02 03:04:05', json_parse('{"k":[1]}')), (2, null, false, null, null, null), (3, '', null, -0.25, '2024-01-02 03:04:05.5', null)`, ""},
		{"unload ('select id, name, flag, amount, made from src order by id') to 's3://unloads/csv/' iam_role 'arn:aws:iam::111122223333:role/x' format as csv header parallel off null as '@'", ""},
		{"unload ('select * from src') to 's3://unloads/parquet/part_' iam_role default format parquet manifest", ""},
		{"unload ('select id, name from src where name = ''a|b''') to 's3://unloads/json/' iam_role default format json parallel off", ""},
		{"unload ('select id, name from src order by id') to 's3://unloads/gz/' iam_role default delimiter ';' gzip parallel off", ""},
		{"create table copied (id int, name varchar(20), flag boolean, amount decimal(8,2), made timestamp)", ""},
		{"copy copied from 's3://unloads/csv/' iam_role default csv ignoreheader 1 null as '@'", ""},
		{"select * from copied order by id", "1|a|b|t|1.50|2024-01-02 03:04:05; 2|NULL|f|NULL|NULL; 3||NULL|-0.25|2024-01-02 03:04:05.5"},
		{"truncate copied", ""},
		{"copy copied (id, name) from 's3://unloads/gz/' iam_role default delimiter ';' gzip", ""},
		{"select id, name, flag from copied order by id", "1|a|b|NULL; 2||NULL; 3||NULL"},
		{"create table again (id int, name varchar(20), flag boolean, amount decimal(8,2), made timestamp, doc super)", ""},
		{"copy again from 's3://unloads/parquet/part_manifest' iam_role default format as parquet manifest", ""},
		{"select id, amount, doc.k[0] from again order by id", "1|1.50|1; 2|NULL|NULL; 3|-0.25|NULL"},
		{"copy copied (id, name) from 's3://unloads/json/' iam_role default format json 'auto'", ""},
		{"select count(*) from copied", "4"},
	})
	if diff := cmp.Diff("id,name,flag,amount,made\n1,a|b,t,1.50,2024-01-02 03:04:05\n2,@,f,@,@\n3,,@,-0.25,2024-01-02 03:04:05.5\n", s.object("csv/000.csv")); diff != "" {
		t.Error(diff)
	}
	if got := s.object("json/000.json"); got != "{\"id\":1,\"name\":\"a|b\"}\n" {
		t.Errorf("%q", got)
	}
	if manifest := s.object("parquet/part_manifest"); !strings.Contains(manifest, `"url":"s3://unloads/parquet/part_0000_part_00.parquet"`) || !strings.Contains(manifest, "content_length") {
		t.Errorf("manifest %s", manifest)
	}
	if got := s.object("gz/000.gz"); !strings.HasPrefix(got, "\x1f\x8b") {
		t.Errorf("not compressed: %q", got)
	}
	if diff := cmp.Diff([]string{"INFO UNLOAD completed, 3 record(s) unloaded successfully.", "INFO Load into table 'copied' completed, 3 record(s) loaded successfully."}, []string{notices[0], notices[4]}); diff != "" {
		t.Error(diff)
	}
	for _, refused := range []struct{ sql, message string }{
		{"unload ('select 1') to 's3://unloads/csv/' iam_role default", "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE option."},
		{"unload ('select 1') to 's3://nowhere/x' iam_role default", "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket"},
		{"unload ('select nope from src') to 's3://unloads/x' iam_role default", `column "nope" does not exist in src`},
		{"copy copied from 's3://unloads/missing/' iam_role default csv", "The specified S3 prefix 'missing/' does not exist"},
		{"copy nope from 's3://unloads/csv/' iam_role default csv", "Cannot COPY into nonexistent table nope"},
		{"copy again (id) from 's3://unloads/json/' iam_role default csv", "Load into table 'again' failed.  Check 'stl_load_errors' system table for details."},
	} {
		if _, err := ask(t, c, refused.sql); err == nil || !strings.Contains(err.Error(), refused.message) {
			t.Errorf("%s: %v", refused.sql, err)
		}
	}
	steps(t, c, []struct{ sql, want string }{
		{"unload ('select 1 as one') to 's3://unloads/csv/' iam_role default cleanpath parallel off", ""},
		{"unload ('select id, name, flag from src') to 's3://unloads/by/' iam_role default format parquet partition by (flag)", ""},
	})
	if keys := s.keys("csv/"); len(keys) != 1 || s.object(keys[0]) != "1\n" {
		t.Errorf("after cleanpath: %v", keys)
	}
	if keys := s.keys("by/"); len(keys) != 3 || !strings.HasPrefix(keys[0], "by/flag=") {
		t.Errorf("by partition: %v", keys)
	}
}

func TestCursorsAreFetchedInPieces(t *testing.T) {
	c := start(t).login()
	steps(t, c, []struct{ sql, want string }{
		{"begin", ""},
		{"declare lollapalooza cursor for select order_id, order_id as twice, status from orders order by order_id", ""},
		{"fetch forward 2 from lollapalooza", strings.Join([]string{"1000001|1000001|" + status(t, c, 1), "1000002|1000002|" + status(t, c, 2)}, "; ")},
		{"fetch next from lollapalooza", "1000003|1000003|" + status(t, c, 3)},
		{"fetch 1 from lollapalooza", "1000004|1000004|" + status(t, c, 4)},
	})
	if _, err := ask(t, c, "declare other cursor for select 1"); err == nil || !strings.Contains(err.Error(), "only one cursor") {
		t.Errorf("a second cursor: %v", err)
	}
	steps(t, c, []struct{ sql, want string }{
		{"rollback", ""}, {"begin", ""},
		{"declare c2 cursor for select 7 / 2.0 as x", ""},
		{"fetch all from c2", "3.5000"},
		{"fetch all from c2", ""},
		{"close c2", ""},
		{"declare c2 cursor for select 1 as a", ""},
		{"commit", ""},
	})
	if _, err := ask(t, c, "fetch all from c2"); err == nil || !strings.Contains(err.Error(), `cursor "c2" does not exist`) {
		t.Errorf("after the end of the transaction: %v", err)
	}
}

// status of the n-th order, as a plain query tells it.
func status(t *testing.T, c *pgx.Conn, n int) string {
	t.Helper()
	got, err := ask(t, c, "select status from orders where order_id = 1000000 + "+string(rune('0'+n)))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDefinitionsAreShown(t *testing.T) {
	c := start(t).login()
	steps(t, c, []struct{ sql, want string }{
		{"create table category (catid smallint not null distkey sortkey, catgroup varchar(10), price numeric(8,2), made timestamp)", ""},
		{"show table category", "CREATE TABLE public.category (\n    catid smallint NOT NULL ENCODE az64,\n    catgroup character varying(10) ENCODE lzo,\n    price numeric(8,2) ENCODE az64,\n    made timestamp without time zone ENCODE az64\n)\nDISTSTYLE AUTO;"},
		{"show table public.category", "CREATE TABLE public.category (\n    catid smallint NOT NULL ENCODE az64,\n    catgroup character varying(10) ENCODE lzo,\n    price numeric(8,2) ENCODE az64,\n    made timestamp without time zone ENCODE az64\n)\nDISTSTYLE AUTO;"},
	})
	if got, err := ask(t, c, "show view analytics.top_customers"); err != nil || !strings.HasPrefix(got, "CREATE VIEW") {
		t.Errorf("%q %v", got, err)
	}
	if _, err := ask(t, c, "show table nope"); err == nil || !strings.Contains(err.Error(), `relation "nope" does not exist`) {
		t.Errorf("%v", err)
	}
}
