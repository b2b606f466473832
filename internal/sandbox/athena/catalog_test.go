//go:build cgo

package athena_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/google/go-cmp/cmp"
)

func TestDefinitions(t *testing.T) {
	w := newWorld(t, athena.Options{})
	t.Run("show and describe", w.showAndDescribe)
	t.Run("create table as, insert, drop", w.tables)
	t.Run("external tables over text, CSV, JSON and partitions", w.external)
	t.Run("views", w.views)
	t.Run("unload", w.unload)
	t.Run("databases", w.databases)
	t.Run("information_schema", w.informationSchema)
	t.Run("metadata calls", w.metadata)
	t.Run("glue", w.glueCalls)
}

// reason runs a statement that must fail.
func (w *world) reason(sql string) string {
	w.Helper()
	q := w.wait(w.start(sql))
	if q.Status.State != types.QueryExecutionStateFailed {
		w.Errorf("%s: %s", sql, q.Status.State)
	}
	return aws.ToString(q.Status.StateChangeReason)
}

func (w *world) showAndDescribe(t *testing.T) {
	w = w.sub(t)
	for sql, want := range map[string][][]string{
		"show databases":                    {{"default"}, {"sales"}},
		"SHOW SCHEMAS LIKE 's*'":            {{"sales"}},
		"show tables":                       {{"customers"}, {"daily_revenue"}, {"orders"}, {"products"}, {"returns"}},
		"show tables in sales '*er*|prod*'": {{"customers"}, {"orders"}, {"products"}},
		"show views in sales":               {{"daily_revenue"}, {"returns"}},
		"show columns in products":          {{"sku                 "}, {"name                "}, {"category            "}, {"price               "}, {"weight_kg           "}, {"rating              "}, {"stock               "}, {"active              "}, {"picture_hash        "}, {"ledger_value        "}, {"dimensions          "}},
		"describe returns":                  {{"order_id            \tbigint              \t                    "}, {"order_date          \tdate                \t                    "}, {"customer_id         \tbigint              \t                    "}, {"region              \tstring              \t                    "}, {"amount              \tdecimal(12,2)       \t                    "}, {"reason              \tstring              \t                    "}},
	} {
		if diff := cmp.Diff(want, w.query(sql)); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
	q := w.run("show tables")
	if q.StatementType != types.StatementTypeUtility || *q.SubstatementType != "SHOW_TABLES" || !strings.HasSuffix(*q.ResultConfiguration.OutputLocation, ".txt") {
		t.Errorf("%s %s %s", q.StatementType, *q.SubstatementType, *q.ResultConfiguration.OutputLocation)
	}
	if c := w.page(*q.QueryExecutionId, nil, 0).ResultSet.ResultSetMetadata.ColumnInfo[0]; *c.Name != "tab_name" || *c.Type != "string" {
		t.Errorf("%+v", c)
	}
	if got := w.object(*q.ResultConfiguration.OutputLocation); got != "customers\ndaily_revenue\norders\nproducts\nreturns\n" {
		t.Errorf("object %q", got)
	}
	var create []string
	for _, r := range w.query("show create table orders") {
		create = append(create, r[0])
	}
	text := strings.Join(create, "\n")
	for _, part := range []string{"CREATE EXTERNAL TABLE `sales.orders`(", "  `items` array<struct<sku:string,qty:int,price:decimal(10,2)>>, ", "LOCATION\n  's3://fairlead-sandbox-data/sales/orders/'"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	for sql, want := range map[string]string{
		"explain select region, count(*) from orders group by 1":         "- HASH_GROUP_BY\n",
		"explain analyze select region, count(*) from orders group by 1": "- HASH_GROUP_BY (4 rows, ",
	} {
		var plan strings.Builder
		for _, r := range w.query(sql) {
			plan.WriteString(r[0] + "\n")
		}
		got := plan.String()
		if !strings.HasPrefix(got, "Query Plan\n- ") || !strings.Contains(got, want) || !strings.Contains(got, "\n    - ") || strings.ContainsAny(got, "─│┌└") {
			t.Errorf("%s:\n%s", sql, got)
		}
	}
}

func (w *world) tables(t *testing.T) {
	w = w.sub(t)
	const create = `create table big with (format = 'PARQUET', external_location = 's3://fairlead-sandbox-data/big/', partitioned_by = array['region'])
		as select order_id, amount, tags, sum(order_id) over () as total, region from orders where order_id < 100100`
	q := w.run(create)
	out := w.page(*q.QueryExecutionId, nil, 0)
	if out.UpdateCount == nil || *out.UpdateCount != 100 || len(out.ResultSet.Rows) != 0 || q.Statistics.DataManifestLocation == nil {
		t.Errorf("update count %v, %d rows, %+v", out.UpdateCount, len(out.ResultSet.Rows), q.Statistics)
	}
	if manifest := w.object(*q.Statistics.DataManifestLocation); !strings.Contains(manifest, "s3://fairlead-sandbox-data/big/region=EU/") {
		t.Errorf("manifest %q", manifest)
	}
	if diff := cmp.Diff([][]string{{"_col0", "_col1", "_col2"}, {"100", "4", "bigint"}}, w.query("select count(*), count(distinct region), typeof(min(total)) from big")); diff != "" {
		t.Error(diff)
	}
	if got := w.query("show partitions big"); len(got) != 4 || got[0][0] != "region=APAC" {
		t.Errorf("partitions %v", got)
	}
	if got := w.query(`select * from "big$partitions" order by 1 desc`); len(got) != 5 || got[1][0] != "NA" {
		t.Errorf("partitions table %v", got)
	}
	for sql, want := range map[string]string{
		create: "TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.sales.big' already exists",
		"create table other with (external_location = 's3://fairlead-sandbox-data/big/') as select 1 x":     "HIVE_PATH_ALREADY_EXISTS",
		"create table other as select count(*) from orders":                                                 "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1",
		"create table other as select 1 a, 2 a":                                                             "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'a' specified more than once",
		"create table other as select cast(note as integer) n from orders where note = 'Leave at the door'": "You may need to manually clean the data at location",
		"insert into big values ('x', 2.5, null, 1, 'EU')":                                                  "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [bigint, decimal(12,2), array(varchar), bigint, varchar], Query: [varchar, decimal(2,1), integer, integer, varchar]",
		"drop view big": "FAILED: SemanticException [Error 10004]",
	} {
		if got := w.reason(sql); !strings.Contains(got, want) {
			t.Errorf("%s: %s\n\twant %s", sql, got, want)
		}
	}
	q = w.run("insert into big (order_id, region) values (1, 'NEW'), (2, 'EU')")
	if out := w.page(*q.QueryExecutionId, nil, 0); *out.UpdateCount != 2 {
		t.Errorf("inserted %d", *out.UpdateCount)
	}
	if diff := cmp.Diff([][]string{{"order_id", "amount", "region"}, {"1", "<NULL>", "NEW"}}, w.query("select order_id, amount, region from big where region = 'NEW'")); diff != "" {
		t.Error(diff)
	}
	w.run("drop table big")
	if got := w.reason("select * from big"); !strings.Contains(got, "TABLE_NOT_FOUND") {
		t.Error(got)
	}
	w.run("drop table if exists big")
	w.run("create table if not exists small as select 1 as a")
	w.run("create table if not exists small as select 2 as a")
	if got := w.query("select a from small"); got[1][0] != "1" {
		t.Error(got)
	}
	w.run("drop table small")
}

func (w *world) external(t *testing.T) {
	w = w.sub(t)
	for key, content := range map[string]string{
		"csv/a.csv":                "id,name,price\n1,\"Smith, J\",1.50\n2,,x\n",
		"text/part-1":              "1\tone\t2024-01-02\n2\t\\N\tnope\n",
		"text/_ignored":            "garbage",
		"json/x.json":              "{\"id\":1,\"tags\":[\"a\",\"b\"],\"who\":{\"name\":\"n\"}}\n{\"id\":2}\n",
		"logs/dt=2024-01-01/f.tsv": "a\n",
		"logs/dt=2024-01-02/f.tsv": "b\nc\n",
	} {
		if _, err := w.store.Put("fairlead-sandbox-data", "ext/"+key, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	location := func(name string) string { return " location 's3://fairlead-sandbox-data/ext/" + name + "/'" }
	w.run("create external table c (id int, name string, price double) row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde' with serdeproperties ('separatorChar' = ',')" + location("csv") + " tblproperties ('skip.header.line.count' = '1')")
	w.run("create external table `t` (`id` bigint comment 'the id', name string, d date) row format delimited fields terminated by '\\t' stored as textfile" + location("text"))
	w.run("create external table j (id bigint, tags array<string>, who struct<name:string>) row format serde 'org.openx.data.jsonserde.JsonSerDe'" + location("json"))
	w.run("create external table l (word string) partitioned by (dt date) row format delimited fields terminated by '\\t'" + location("logs"))
	w.run("msck repair table l")
	for sql, want := range map[string][][]string{
		"select * from c order by id":       {{"id", "name", "price"}, {"1", "Smith, J", "1.5"}, {"2", "", "<NULL>"}},
		"select * from t order by id":       {{"id", "name", "d"}, {"1", "one", "2024-01-02"}, {"2", "<NULL>", "<NULL>"}},
		"select * from j order by id":       {{"id", "tags", "who"}, {"1", "[a, b]", "{name=n}"}, {"2", "<NULL>", "<NULL>"}},
		"select * from l order by word":     {{"word", "dt"}, {"a", "2024-01-01"}, {"b", "2024-01-02"}, {"c", "2024-01-02"}},
		"select max(dt) - min(dt) d from l": {{"d"}, {"1 00:00:00.000"}},
		"show partitions l":                 {{"dt=2024-01-01"}, {"dt=2024-01-02"}},
	} {
		if diff := cmp.Diff(want, w.query(sql)); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
	w.run("insert into t values (3, 'three', date '2024-03-03')")
	if diff := cmp.Diff([][]string{{"id", "name", "d"}, {"3", "three", "2024-03-03"}}, w.query("select * from t where id = 3")); diff != "" {
		t.Error(diff)
	}
	w.run("create external table later (a int, b string) stored as parquet" + location("later"))
	if diff := cmp.Diff([][]string{{"a", "b"}}, w.query("select * from later")); diff != "" {
		t.Error(diff)
	}
	w.run("insert into later values (1, 'x')")
	if diff := cmp.Diff([][]string{{"a", "b"}, {"1", "x"}}, w.query("select * from later")); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"c", "t", "j", "l", "later"} {
		w.run("drop table " + name)
	}
}

func (w *world) views(t *testing.T) {
	w = w.sub(t)
	w.run("create or replace view eu as select order_id, amount / 2 as half from orders where region = 'EU'")
	if got := w.query("select count(*) > 0, typeof(max(half)) from eu"); got[1][0] != "true" || got[1][1] != "decimal(12,2)" {
		t.Error(got)
	}
	w.run("create view eu2 as select * from eu where order_id > 0")
	w.run("create or replace view eu as select order_id, 'v' as half from orders where region = 'EU'")
	if got := w.query("select distinct half from eu2"); got[1][0] != "v" {
		t.Error(got)
	}
	if got := w.query("show create view eu"); got[0][0] != "CREATE VIEW sales.eu AS" {
		t.Error(got)
	}
	for sql, want := range map[string]string{
		"create view eu as select 1 a":               "ALREADY_EXISTS: line 1:1: View already exists: 'awsdatacatalog.sales.eu'",
		"create view bad as select nope from orders": "COLUMN_NOT_FOUND: line 1:27: Column 'nope'",
		"create view bad as select 1":                "MISSING_COLUMN_NAME",
		"drop table eu":                              "FAILED: SemanticException [Error 10005]",
	} {
		if got := w.reason(sql); !strings.Contains(got, want) {
			t.Errorf("%s: %s\n\twant %s", sql, got, want)
		}
	}
	w.run("drop view eu")
	if got := w.reason("select * from eu2"); !strings.Contains(got, "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.sales.eu2'") {
		t.Error(got)
	}
	w.run("drop view eu2")
}

func (w *world) unload(t *testing.T) {
	w = w.sub(t)
	const unload = "unload (select order_id, tags, shipping from orders where order_id < 100010) to 's3://fairlead-sandbox-data/out/' with (format = 'PARQUET', compression = 'snappy')"
	q := w.run(unload)
	if q.StatementType != types.StatementTypeDml || *q.SubstatementType != "UNLOAD" {
		t.Errorf("%s %s", q.StatementType, *q.SubstatementType)
	}
	files := strings.Fields(w.object(*q.Statistics.DataManifestLocation))
	if len(files) == 0 || !strings.HasPrefix(files[0], "s3://fairlead-sandbox-data/out/") || !strings.HasPrefix(w.object(files[0]), "PAR1") {
		t.Errorf("files %v", files)
	}
	if got := w.reason(unload); !strings.Contains(got, "HIVE_PATH_ALREADY_EXISTS") {
		t.Error(got)
	}
	if got := w.reason("unload (select 1 a) to 's3://fairlead-sandbox-data/avro/' with (format = 'AVRO')"); !strings.Contains(got, "NOT_SUPPORTED") {
		t.Error(got)
	}
}

func (w *world) databases(t *testing.T) {
	w = w.sub(t)
	w.run("create database if not exists scratch")
	w.run("create table scratch.a as select 1 as x")
	if got := w.query("select x from awsdatacatalog.scratch.a"); got[1][0] != "1" {
		t.Error(got)
	}
	if got := w.reason("drop database scratch"); !strings.Contains(got, "is not empty") {
		t.Error(got)
	}
	w.run("drop database scratch cascade")
	if got := w.reason("show tables in scratch"); got != "SCHEMA_NOT_FOUND: Schema 'scratch' does not exist" {
		t.Error(got)
	}
}

func (w *world) informationSchema(t *testing.T) {
	w = w.sub(t)
	for sql, want := range map[string][][]string{
		"select table_name, table_type from information_schema.tables where table_schema = 'sales' order by 1 limit 2":                                                             {{"table_name", "table_type"}, {"customers", "BASE TABLE"}, {"daily_revenue", "VIEW"}},
		"select column_name, data_type, ordinal_position from awsdatacatalog.information_schema.columns c where c.table_name = 'orders' and ordinal_position in (1, 8) order by 3": {{"column_name", "data_type", "ordinal_position"}, {"order_id", "bigint", "1"}, {"items", "array(row(sku varchar, qty integer, price decimal(10,2)))", "8"}},
		"select count(*) from information_schema.schemata where schema_name = 'sales'":                                                                                             {{"_col0"}, {"1"}},
	} {
		if diff := cmp.Diff(want, w.query(sql)); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
}

func (w *world) metadata(t *testing.T) {
	w = w.sub(t)
	ctx := t.Context()
	catalogs, err := w.athena.ListDataCatalogs(ctx, &sdk.ListDataCatalogsInput{})
	if err != nil || len(catalogs.DataCatalogsSummary) != 2 || catalogs.DataCatalogsSummary[1].Type != types.DataCatalogTypeLambda || *catalogs.DataCatalogsSummary[0].CatalogName != "AwsDataCatalog" {
		t.Errorf("%+v %v", catalogs, err)
	}
	databases, err := w.athena.ListDatabases(ctx, &sdk.ListDatabasesInput{CatalogName: aws.String("AwsDataCatalog")})
	if err != nil || len(databases.DatabaseList) != 2 || *databases.DatabaseList[1].Name != "sales" {
		t.Errorf("%+v %v", databases, err)
	}
	if _, err := w.athena.GetDatabase(ctx, &sdk.GetDatabaseInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: aws.String("nope")}); err == nil || !strings.Contains(err.Error(), "MetadataException") {
		t.Errorf("missing database: %v", err)
	}
	var names []string
	pager := sdk.NewListTableMetadataPaginator(w.athena, &sdk.ListTableMetadataInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: aws.String("sales"), MaxResults: aws.Int32(2)})
	for pager.HasMorePages() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.TableMetadataList {
			names = append(names, *m.Name+" "+*m.TableType+" "+fmt.Sprint(len(m.Columns)))
		}
	}
	if diff := cmp.Diff([]string{"customers EXTERNAL_TABLE 10", "daily_revenue VIRTUAL_VIEW 4", "orders EXTERNAL_TABLE 13", "products EXTERNAL_TABLE 11", "returns VIRTUAL_VIEW 6"}, names); diff != "" {
		t.Error(diff)
	}
	one, err := w.athena.GetTableMetadata(ctx, &sdk.GetTableMetadataInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: aws.String("sales"), TableName: aws.String("orders")})
	if err != nil || *one.TableMetadata.Columns[7].Type != "array<struct<sku:string,qty:int,price:decimal(10,2)>>" {
		t.Errorf("%+v %v", one, err)
	}
}

func (w *world) glueCalls(t *testing.T) {
	w = w.sub(t)
	ctx := t.Context()
	databases, err := w.glue.GetDatabases(ctx, &glue.GetDatabasesInput{})
	if err != nil || len(databases.DatabaseList) != 2 {
		t.Fatalf("%+v %v", databases, err)
	}
	tables, err := w.glue.GetTables(ctx, &glue.GetTablesInput{DatabaseName: aws.String("sales"), Expression: aws.String(".*r.*s"), MaxResults: aws.Int32(2)})
	if err != nil || len(tables.TableList) != 2 || *tables.TableList[0].Name != "customers" || *tables.TableList[1].StorageDescriptor.Location != "s3://fairlead-sandbox-data/sales/orders/" || tables.NextToken == nil {
		t.Errorf("%+v %v", tables, err)
	}
	one, err := w.glue.GetTable(ctx, &glue.GetTableInput{DatabaseName: aws.String("sales"), Name: aws.String("products")})
	if err != nil || *one.Table.StorageDescriptor.Columns[9].Type != "decimal(38,10)" {
		t.Errorf("%+v %v", one, err)
	}
	if _, err = w.glue.GetTable(ctx, &glue.GetTableInput{DatabaseName: aws.String("sales"), Name: aws.String("nope")}); err == nil || !strings.Contains(err.Error(), "EntityNotFoundException") {
		t.Errorf("missing table: %v", err)
	}
	if _, err = w.glue.GetTables(ctx, &glue.GetTablesInput{DatabaseName: aws.String("nope")}); err == nil || !strings.Contains(err.Error(), "EntityNotFoundException") {
		t.Errorf("missing database: %v", err)
	}
}

func TestOwnFilesAreTables(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("orders_2025.csv", "Id,Ordered At,amount,note\n1,2025-01-02 03:04:05,10.5,\n2,2025-01-03 00:00:00,7,\"\"\n")
	write("Mixed Case-2.jsonl", "{\"id\":1,\"tags\":[\"x\"]}\n{\"id\":2,\"tags\":[]}\n")
	write("daily/a.csv", "d,n\n2025-01-01,1\n")
	write("daily/deeper/b.csv", "d,n\n2025-01-02,2\n")
	write("broken.parquet", "this is no parquet file")
	write("readme.md", "not data")
	w := newWorld(t, athena.Options{DataDir: dir})

	for sql, want := range map[string][][]string{
		"show tables in files":                   {{"broken"}, {"daily"}, {"mixed_case_2"}, {"orders_2025"}},
		`select * from files."orders_2025"`:      {{"id", "ordered at", "amount", "note"}, {"1", "2025-01-02 03:04:05.000", "10.5", "<NULL>"}, {"2", "2025-01-03 00:00:00.000", "7.0", ""}},
		"select * from files.mixed_case_2":       {{"id", "tags"}, {"1", "[x]"}, {"2", "[]"}},
		"select sum(n), max(d) from files.daily": {{"_col0", "_col1"}, {"3", "2025-01-02"}},
	} {
		if diff := cmp.Diff(want, w.query(sql)); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
	if got := w.reason("select * from files.broken"); !strings.Contains(got, "HIVE_BAD_DATA: line 1:15: Cannot read") || !strings.Contains(got, "broken.parquet") {
		t.Error(got)
	}
	if got := w.reason("drop table files.daily"); !strings.Contains(got, "PERMISSION_DENIED") {
		t.Error(got)
	}

	// A real Parquet file, written by an UNLOAD; new and changed files are seen at once.
	q := w.run("unload (select order_id, amount, tags, shipping from orders where order_id < 100003) to 's3://fairlead-sandbox-data/u/' with (format = 'PARQUET')")
	write("from_parquet.parquet", w.object(strings.TrimSpace(w.object(*q.Statistics.DataManifestLocation))))
	if got := w.query(`select count(*), typeof(max(amount)), typeof(any_value(tags)) from files.from_parquet`); got[1][0] != "3" || got[1][1] != "decimal(12,2)" || got[1][2] != "array(varchar)" {
		t.Error(got)
	}
	write("orders_2025.csv", "only\nchanged now\n")
	if diff := cmp.Diff([][]string{{"only"}, {"changed now"}}, w.query(`select * from files.orders_2025`)); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(filepath.Join(dir, "orders_2025.csv")); err != nil {
		t.Fatal(err)
	}
	if got := w.reason("select * from files.orders_2025"); !strings.Contains(got, "TABLE_NOT_FOUND") {
		t.Error(got)
	}
	out, err := w.athena.ListTableMetadata(t.Context(), &sdk.ListTableMetadataInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: aws.String("files")})
	if err != nil || len(out.TableMetadataList) != 4 || len(out.TableMetadataList[0].Columns) != 0 || *out.TableMetadataList[1].Columns[0].Type != "date" {
		t.Errorf("%+v %v", out, err)
	}
}

func TestPartitionsAreAddedAndDropped(t *testing.T) {
	w := newWorld(t, athena.Options{})
	for key, content := range map[string]string{
		"logs/dt=2024-01-01/f.tsv": "a\n",
		"logs/dt=2024-01-02/f.tsv": "b\nc\n",
		"old/2023/f.tsv":           "z\n",
	} {
		if _, err := w.store.Put("fairlead-sandbox-data", key, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		sql  string
		want [][]string
	}{
		{"create external table l (word string) partitioned by (dt date) row format delimited fields terminated by '\\t' location 's3://fairlead-sandbox-data/logs/'", nil},
		{"select word from l", [][]string{{"word"}}}, // nothing is read before it is loaded
		{"alter table l add partition (dt = '2024-01-02')", nil},
		{"select * from l order by 1", [][]string{{"word", "dt"}, {"b", "2024-01-02"}, {"c", "2024-01-02"}}},
		{"alter table l add if not exists partition (dt = '2024-01-02') partition (dt = '2023-12-31') location 's3://fairlead-sandbox-data/old/2023/'", nil},
		{"select * from l where dt < date '2024-01-01'", [][]string{{"word", "dt"}, {"z", "2023-12-31"}}},
		{"msck repair table l", [][]string{{"Partitions not in metastore:\tl:dt=2024-01-01"}, {"Repair: Added partition to metastore l:dt=2024-01-01"}}},
		{"show partitions l", [][]string{{"dt=2023-12-31"}, {"dt=2024-01-01"}, {"dt=2024-01-02"}}},
		{`select * from "l$partitions" order by 1`, [][]string{{"dt"}, {"2023-12-31"}, {"2024-01-01"}, {"2024-01-02"}}},
		{"alter table l drop partition (dt = '2023-12-31'), partition (dt = '2024-01-01')", nil},
		{"select count(*) from l", [][]string{{"_col0"}, {"2"}}},
		{"alter table l set tblproperties ('owner' = 'me')", nil},
		{"alter table l add columns (extra int comment 'new')", nil},
		{"select word, extra from l where word = 'b'", [][]string{{"word", "extra"}, {"b", "<NULL>"}}},
		{"insert into l values ('n', 7, date '2025-05-05')", nil},
		{"select * from l where extra is not null", [][]string{{"word", "extra", "dt"}, {"n", "7", "2025-05-05"}}},
		{"create table p with (external_location = 's3://fairlead-sandbox-data/p/') as select 1 as a", nil},
		{"alter table p add columns (b varchar(10))", nil},
		{"insert into p values (2, 'two')", nil},
		{"select * from p order by a", [][]string{{"a", "b"}, {"1", "<NULL>"}, {"2", "two"}}},
		{"alter table p replace columns (b string)", nil},
		{"select * from p order by b", [][]string{{"b"}, {"two"}, {"<NULL>"}}},
		{"alter table p change b c string", nil},
		{"describe p", [][]string{{"c                   \tstring              \t                    "}}},
		{"alter database sales set dbproperties ('a' = 'b')", nil},
	}
	for _, step := range steps {
		q := w.run(step.sql)
		if step.want == nil {
			continue
		}
		if diff := cmp.Diff(step.want, texts(w.page(*q.QueryExecutionId, nil, 0).ResultSet.Rows)); diff != "" {
			t.Errorf("%s: %s", step.sql, diff)
		}
	}
	parts, err := w.glue.GetPartitions(t.Context(), &glue.GetPartitionsInput{DatabaseName: aws.String("sales"), TableName: aws.String("l")})
	if err != nil || len(parts.Partitions) != 2 || parts.Partitions[0].Values[0] != "2024-01-02" || *parts.Partitions[0].StorageDescriptor.Location != "s3://fairlead-sandbox-data/logs/dt=2024-01-02/" {
		t.Errorf("%+v %v", parts, err)
	}
	for sql, want := range map[string]string{
		"alter table l add partition (dt = '2024-01-02')":  "AlreadyExistsException(message:Partition already exists.)",
		"alter table l drop partition (dt = '1999-01-01')": "FAILED: SemanticException [Error 10006]: Partition not found {dt=1999-01-01}",
		"alter table p add partition (x = '1')":            "table is not partitioned",
		"alter table nope set location 's3://x/'":          "FAILED: SemanticException [Error 10001]: Table not found nope",
		"alter table p add columns (c int)":                "Duplicate column name: c",
	} {
		if got := w.reason(sql); !strings.Contains(got, want) {
			t.Errorf("%s: %s\n\twant %s", sql, got, want)
		}
	}
	all, some := w.run("select * from l"), w.run("select * from l where dt = date '2025-05-05'")
	if *all.Statistics.DataScannedInBytes <= *some.Statistics.DataScannedInBytes {
		t.Errorf("a partition scans %d of %d bytes", *some.Statistics.DataScannedInBytes, *all.Statistics.DataScannedInBytes)
	}
}

func TestUnloadFormatsAndCompression(t *testing.T) {
	w := newWorld(t, athena.Options{})
	for i, with := range []string{"format = 'PARQUET'", "format = 'PARQUET', compression = 'SNAPPY'", "format = 'PARQUET', compression = 'ZSTD', compression_level = 3",
		"format = 'PARQUET', compression = 'NONE'", "format = 'JSON'", "format = 'JSON', compression = 'NONE'", "format = 'TEXTFILE', field_delimiter = ';'", "format = 'TEXTFILE', compression = 'ZSTD'"} {
		location := fmt.Sprintf("s3://fairlead-sandbox-data/u%d/", i)
		q := w.run("unload (select order_id, amount from orders where order_id < 100005) to '" + location + "' with (" + with + ")")
		out, err := w.athena.GetQueryResults(t.Context(), &sdk.GetQueryResultsInput{QueryExecutionId: q.QueryExecutionId, QueryResultType: types.QueryResultTypeDataManifest})
		if err != nil || len(out.ResultSet.Rows) == 0 || !strings.HasPrefix(*out.ResultSet.Rows[0].Data[0].VarCharValue, location) {
			t.Errorf("%s: manifest %+v %v", with, out, err)
			continue
		}
		magic := w.object(*out.ResultSet.Rows[0].Data[0].VarCharValue)[:4]
		want := "PAR1"
		switch {
		case strings.Contains(with, "PARQUET"):
		case strings.Contains(with, "NONE"):
			want = "{\"or"
		case strings.Contains(with, "ZSTD"):
			want = "\x28\xb5\x2f\xfd"
		default:
			want = "\x1f\x8b"
		}
		if !strings.HasPrefix(magic, want) {
			t.Errorf("%s: begins with %q", with, magic)
		}
		if rows := w.page(*q.QueryExecutionId, nil, 0).ResultSet.Rows; len(rows) != 0 {
			t.Errorf("%s: %d rows", with, len(rows))
		}
	}
	q := w.run("unload (select order_id from orders where order_id < 0) to 's3://fairlead-sandbox-data/none/' with (format = 'PARQUET')")
	if got := w.object(*q.Statistics.DataManifestLocation); got != "" {
		t.Errorf("manifest of no rows: %q", got)
	}
	for sql, want := range map[string]string{
		"unload (select 1 a) to 's3://fairlead-sandbox-data/e1/' with (compression = 'GZIP')":                                 "The 'format' property is required for UNLOAD",
		"unload (select timestamp '2020-01-01 00:00:00 UTC' a) to 's3://fairlead-sandbox-data/e2/' with (format = 'PARQUET')": "NOT_SUPPORTED: Unsupported Hive type: timestamp(3) with time zone",
		"unload (select 1 a) to 's3://fairlead-sandbox-data/e3/' with (format = 'PARQUET', compression = 'ROT13')":            "Unable to set catalog table property 'compression' to [ROT13]",
		"unload (select order_id from orders) to 's3://fairlead-sandbox-data/u0/' with (format = 'PARQUET')":                  "HIVE_PATH_ALREADY_EXISTS",
	} {
		if got := w.reason(sql); !strings.Contains(got, want) {
			t.Errorf("%s: %s\n\twant %s", sql, got, want)
		}
	}
	if _, err := w.athena.GetQueryResults(t.Context(), &sdk.GetQueryResultsInput{QueryExecutionId: w.run("select 1").QueryExecutionId, QueryResultType: types.QueryResultTypeDataManifest}); err == nil {
		t.Error("a SELECT has a manifest")
	}
}
