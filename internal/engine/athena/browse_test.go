package athena

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

func browse(t *testing.T, d *double, path ...string) []engine.Object {
	t.Helper()
	list, err := engine.Listing(openDouble(t, d, nil).(engine.Browser).Browse(t.Context(), path))
	if err != nil {
		t.Fatal(err)
	}
	if d.count("StartQueryExecution") != 0 {
		t.Error("a query was started")
	}
	return list
}

func names(list []engine.Object) (all []string) {
	for _, o := range list {
		all = append(all, o.Name)
	}
	return all
}

func TestCatalogsOfAllKinds(t *testing.T) {
	d := &double{answer: map[string]func(map[string]any) any{
		"ListDataCatalogs": func(map[string]any) any {
			return map[string]any{"DataCatalogsSummary": []any{
				map[string]any{"CatalogName": "AwsDataCatalog", "Type": "GLUE"},
				map[string]any{"CatalogName": "mysql", "Type": "FEDERATED", "Status": "CREATE_FAILED", "Error": "no connector"},
				map[string]any{"CatalogName": "hive", "Type": "LAMBDA", "Status": "CREATE_COMPLETE"},
			}}
		},
		"GetCatalogs": func(in map[string]any) any {
			if in["NextToken"] == nil {
				return map[string]any{"CatalogList": []any{map[string]any{"CatalogId": "111122223333:s3tablescatalog"}}, "NextToken": "2"}
			}
			return map[string]any{"CatalogList": []any{map[string]any{"CatalogId": "111122223333:s3tablescatalog/lake"}}}
		},
	}}
	list := browse(t, d)
	if diff := cmp.Diff([]string{"AwsDataCatalog", "mysql", "hive", "s3tablescatalog/lake"}, names(list)); diff != "" {
		t.Error(diff)
	}
	if list[1].Broken != "no connector" || list[1].Type != "federated" || list[0].Broken+list[2].Broken != "" {
		t.Errorf("%+v", list)
	}
}

func TestSmallDatabasesAreListedWithTheirDetails(t *testing.T) {
	orders := map[string]any{
		"Name": "orders", "TableType": "EXTERNAL_TABLE", "Description": "all orders", "CreateTime": 1.7e9, "UpdateTime": 1.7e9 + 60.5,
		"Parameters": map[string]any{"classification": "parquet", "recordCount": "1234", "sizeKey": "5678", "it's": "x"},
		"StorageDescriptor": map[string]any{"Location": "s3://b/orders/", "InputFormat": "in", "OutputFormat": "out",
			"Columns":   []any{map[string]any{"Name": "id", "Type": "bigint"}, map[string]any{"Name": "note", "Type": "string"}},
			"SerdeInfo": map[string]any{"SerializationLibrary": "serde", "Parameters": map[string]any{"a": "1"}}},
		"PartitionKeys": []any{map[string]any{"Name": "day", "Type": "date"}},
	}
	view := map[string]any{"Name": "v", "TableType": "VIRTUAL_VIEW",
		"ViewOriginalText": "/* Presto View: eyJvcmlnaW5hbFNxbCI6InNlbGVjdCAxIn0= */"}
	d := &double{answer: map[string]func(map[string]any) any{"GetTables": func(in map[string]any) any {
		if in["DatabaseName"] != "sales" {
			return refusal{400, "EntityNotFoundException", "Database not found"}
		}
		return map[string]any{"TableList": []any{orders, map[string]any{"Name": "wreck", "TableType": "EXTERNAL_TABLE"}, view}}
	}}}
	list := browse(t, d, "AwsDataCatalog", "sales")
	want := engine.Object{Name: "orders", Kind: "table", Comment: "all orders", AsOf: time.UnixMilli(1_700_000_060_500),
		Rows: pointer(1234), Bytes: pointer(5678), Details: []engine.Detail{
			{Name: "location", Value: "s3://b/orders/"}, {Name: "format", Value: "parquet"}, {Name: "partitioned by", Value: "`day` date"},
			{Name: "created", Value: "2023-11-14 22:13:20"}, {Name: "updated", Value: "2023-11-14 22:14:20"},
			{Name: "ddl", Value: "CREATE EXTERNAL TABLE `orders`(\n  `id` bigint,\n  `note` string)\nPARTITIONED BY (\n  `day` date)\nROW FORMAT SERDE\n  'serde'\n" +
				"WITH SERDEPROPERTIES (\n  'a'='1')\nSTORED AS INPUTFORMAT\n  'in'\nOUTPUTFORMAT\n  'out'\nLOCATION\n  's3://b/orders/'\n" +
				"TBLPROPERTIES (\n  'classification'='parquet',\n  'it''s'='x',\n  'recordCount'='1234',\n  'sizeKey'='5678')"},
		}}
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Error(diff)
	}
	if list[1].Broken == "" || list[0].Broken+list[2].Broken != "" {
		t.Errorf("broken: %+v", list)
	}
	if v := list[2]; v.Kind != "view" || len(v.Details) != 1 || v.Details[0] != (engine.Detail{Name: "definition", Value: "select 1"}) {
		t.Errorf("%+v", v)
	}
}

func pointer(n int64) *int64 { return &n }

// bigGlue lists tables 100 a page.
func bigGlue(tables int) func(map[string]any) any {
	return func(in map[string]any) any {
		if fmt.Sprint(in["AttributesToGet"]) != "[NAME TABLE_TYPE]" {
			return refusal{400, "OperationTimeoutException", "one of them is broken"}
		}
		from := 0
		if token, ok := in["NextToken"].(string); ok {
			from, _ = strconv.Atoi(token)
		}
		var list []any
		for i := from; i < min(from+100, tables); i++ {
			list = append(list, map[string]any{"Name": fmt.Sprintf("t%05d", i), "TableType": "EXTERNAL_TABLE"})
		}
		out := map[string]any{"TableList": list}
		if from+100 < tables {
			out["NextToken"] = strconv.Itoa(from + 100)
		}
		return out
	}
}

func TestLargeDatabasesAreListedByName(t *testing.T) {
	d := &double{answer: map[string]func(map[string]any) any{"GetTables": bigGlue(20_000)}}
	list := browse(t, d, "AwsDataCatalog", "big")
	if len(list) != 20_000 || list[0].Name != "t00000" || list[19_999].Name != "t19999" || d.count("GetTables") != 200 {
		t.Errorf("%d tables in %d calls", len(list), d.count("GetTables"))
	}
}

// One table that the catalog cannot tell about leaves the names of all.
func TestABrokenTableHarmsOnlyItself(t *testing.T) {
	d := &double{answer: map[string]func(map[string]any) any{
		"GetTables": bigGlue(3),
		"GetTableMetadata": func(map[string]any) any {
			return refusal{400, "MetadataException", "Table t00001 is missing storage descriptor"}
		},
	}}
	if list := browse(t, d, "AwsDataCatalog", "big"); len(list) != 3 {
		t.Errorf("%+v", list)
	}
	_, err := engine.Listing(openDouble(t, d, nil).(engine.Browser).Browse(t.Context(), []string{"AwsDataCatalog", "big", "t00001"}))
	if f := fault.As(err); f.Code != fault.Statement || f.Message != "Athena cannot describe table t00001" {
		t.Errorf("%v", err)
	}
}

func TestTablesWithoutGlue(t *testing.T) {
	listed := func(in map[string]any) any {
		next, n := "", 2
		if in["NextToken"] == nil {
			next, n = "2", 1
		}
		out := map[string]any{"TableMetadataList": []any{map[string]any{"Name": fmt.Sprint("t", n), "TableType": "EXTERNAL_TABLE",
			"Parameters": map[string]any{"location": "s3://b/t", "comment": "c"}}}}
		if next != "" {
			out["NextToken"] = next
		}
		return out
	}
	for name, c := range map[string]struct {
		catalog string
		glue    refusal
		asked   bool
	}{
		"denied":    {"AwsDataCatalog", refusal{400, "AccessDeniedException", "not authorized"}, true},
		"federated": {"mysql", refusal{400, "AccessDeniedException", "not authorized"}, false},
	} {
		d := &double{answer: map[string]func(map[string]any) any{
			"GetTables": func(map[string]any) any { return c.glue }, "ListTableMetadata": listed,
		}}
		list := browse(t, d, c.catalog, "db")
		if diff := cmp.Diff([]string{"t1", "t2"}, names(list)); diff != "" {
			t.Error(name, diff)
		}
		if list[0].Comment != "c" || list[0].Details[0].Value != "s3://b/t" || (d.count("GetTables") > 0) != c.asked {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// A listing must not lose tables to a passing failure, nor end as if whole, nor
// tell a table twice where Athena goes on for Glue.
func TestGlueFailuresOnTheWay(t *testing.T) {
	for _, c := range []struct {
		refusals int
		athena   any // its answer, when it is asked in place of Glue
		tables   int
		code     fault.Code
	}{
		{2, nil, 250, ""},
		{99, refusal{400, "AccessDeniedException", "not authorized"}, 200, fault.Throttled},
		{99, map[string]any{"TableMetadataList": []any{map[string]any{"Name": "t00000"}, map[string]any{"Name": "t00249"}}}, 201, ""},
	} {
		d := &double{}
		list, left := bigGlue(250), c.refusals
		d.answer = map[string]func(map[string]any) any{
			"GetTables": func(in map[string]any) any {
				if in["NextToken"] == "200" && left > 0 {
					left--
					return refusal{400, "ThrottlingException", "slow down"}
				}
				return list(in)
			},
			"ListTableMetadata": func(map[string]any) any { return c.athena },
		}
		got, err := engine.Listing(openDouble(t, d, nil).(engine.Browser).Browse(t.Context(), []string{"AwsDataCatalog", "big"}))
		if len(got) != c.tables || fault.CodeOf(err) != c.code {
			t.Errorf("%+v: %d tables, %v", c, len(got), err)
		}
	}
}

// Whoever may not list still reaches what the connection names, and what Glue tells.
func TestDeniedListings(t *testing.T) {
	denied := func(map[string]any) any { return refusal{400, "AccessDeniedException", "not authorized"} }
	d := &double{t: t, answer: map[string]func(map[string]any) any{"ListDatabases": denied, "GetTableMetadata": denied,
		"GetTable": func(map[string]any) any {
			return map[string]any{"Table": map[string]any{"Name": "t", "StorageDescriptor": map[string]any{
				"Columns": []any{map[string]any{"Name": "id", "Type": "bigint"}}}}}
		}}}
	b := openDouble(t, d, map[string]string{"database": "sales"}).(engine.Browser)
	for _, c := range []struct {
		path []string
		want string // the names, or the code
	}{
		{[]string{"AwsDataCatalog"}, "sales"}, {[]string{"other"}, "denied"},
		{[]string{"AwsDataCatalog", "sales", "t"}, "id"}, {[]string{"other", "sales", "t"}, "denied"},
	} {
		list, err := engine.Listing(b.Browse(t.Context(), c.path))
		if got := strings.Join(names(list), " ") + string(fault.CodeOf(err)); got != c.want {
			t.Errorf("%q: %q, %v", c.path, got, err)
		}
	}
}

// A missing catalog is told as that, however deep the path goes.
func TestAnUnknownCatalogIsNamed(t *testing.T) {
	no := func(map[string]any) any {
		return refusal{400, "InvalidRequestException", "Data catalog sales was not found"}
	}
	d := &double{t: t, answer: map[string]func(map[string]any) any{"ListDatabases": no, "ListTableMetadata": no, "GetTableMetadata": no}}
	b := openDouble(t, d, nil).(engine.Browser)
	for _, path := range [][]string{{"sales"}, {"sales", "orders"}, {"sales", "orders", "x"}} {
		if _, err := engine.Listing(b.Browse(t.Context(), path)); fault.CodeOf(err) != fault.NotFound || !strings.Contains(err.Error(), "no catalog sales") {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// The first names are there after one call, and nobody who has gone costs more.
func TestTablesComeInPages(t *testing.T) {
	d := &double{}
	d.answer = map[string]func(map[string]any) any{"GetTables": bigGlue(450)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := openDouble(t, d, nil).(engine.Browser)
	path := []string{"AwsDataCatalog", "big"}
	pages := 0
	for part, err := range b.Browse(t.Context(), path) {
		if pages++; err != nil || d.count("GetTables") != pages || len(part) == 0 {
			t.Errorf("page %d: %d names after %d calls, %v", pages, len(part), d.count("GetTables"), err)
		}
	}
	if pages != 5 {
		t.Errorf("%d pages", pages)
	}
	for range b.Browse(t.Context(), path) {
		break
	}
	if n := d.count("GetTables"); n != 6 {
		t.Errorf("%d calls, want one more", n)
	}
	var last error
	for _, err := range b.Browse(ctx, path) {
		cancel()
		last = err
	}
	if n := d.count("GetTables"); n != 7 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d calls, %v", n, last)
	}
}

func TestDescribe(t *testing.T) {
	d := &double{answer: map[string]func(map[string]any) any{"GetTableMetadata": func(in map[string]any) any {
		return map[string]any{"TableMetadata": map[string]any{"Name": in["TableName"], "TableType": "EXTERNAL_TABLE", "CreateTime": 1.7e9,
			"Columns":    []any{map[string]any{"Name": "id", "Type": "bigint"}},
			"Parameters": map[string]any{"location": "s3://b/t/", "table_type": "ICEBERG"}}}
	}}}
	o, err := openDouble(t, d, nil).(engine.Describer).Describe(t.Context(), []string{"mysql", "db", "t"})
	if err != nil || o.Name != "t" || len(o.Details) != 4 || o.Details[1].Value != "iceberg" || !strings.Contains(o.Details[3].Value, "LOCATION\n  's3://b/t/'") {
		t.Errorf("%+v, %v", o, err)
	}
}

// timesOut is a network on which Glue does not answer.
type timesOut struct{ asked int }

func (n *timesOut) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AWSGlue.") {
		n.asked++
		r.Body.Close()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Where Glue cannot be reached each call would wait for the time-out.
func TestGlueThatCannotBeReachedIsAskedOnce(t *testing.T) {
	d := &double{t: t, answer: map[string]func(map[string]any) any{"ListTableMetadata": func(map[string]any) any {
		return map[string]any{"TableMetadataList": []any{map[string]any{"Name": "t"}}}
	}}}
	server := httptest.NewServer(d)
	defer server.Close()
	network := &timesOut{}
	e := openAt(t, server.URL, network, nil)
	for range 2 {
		list, err := engine.Listing(e.(engine.Browser).Browse(t.Context(), []string{"AwsDataCatalog", "db"}))
		if err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	}
	if network.asked != 1 {
		t.Errorf("asked %d times", network.asked)
	}
}

// A clock that is off must not cost the listing: the calls are signed by the
// service's time, once it has told it.
func TestGlueWithAClockThatIsOff(t *testing.T) {
	d := &double{t: t, answer: map[string]func(map[string]any) any{"GetTables": bigGlue(250)}}
	refused := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now().Add(-20 * time.Minute)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		if signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date")); err != nil || signed.Sub(now).Abs() > 5*time.Minute {
			refused++
			w.WriteHeader(400)
			io.WriteString(w, `{"__type":"InvalidSignatureException","message":"Signature not yet current"}`)
			return
		}
		d.ServeHTTP(w, r)
	}))
	defer server.Close()
	got, err := engine.Listing(openAt(t, server.URL, nil, nil).(engine.Browser).Browse(t.Context(), []string{"AwsDataCatalog", "big"}))
	if err != nil || len(got) != 250 || refused != 1 {
		t.Errorf("%d tables, %v; %d calls refused, want 1", len(got), err, refused)
	}
}
