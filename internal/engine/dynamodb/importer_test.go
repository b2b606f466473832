package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/session"
)

// writer opens the engine, and a client of the SDK's own beside it.
func writer(t *testing.T) (*sandbox.Server, *dynamodb.Engine, *sdk.Client) {
	t.Helper()
	server := box.Start(t)
	t.Cleanup(server.Switches().ClearFaults)
	ready := server.Ready()
	opener := session.NewOpener(session.Options{Env: func(name string) string { return ready.Env[name] }})
	s, err := opener.Open(t.Context(), session.Request{Name: "shop", Source: creds.Source{Profile: "static", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := dynamodb.Spec().Open(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return server, e.(*dynamodb.Engine), service(t, ready)
}

// emptyTable makes a table with the keys of shop.
func emptyTable(t *testing.T, e *dynamodb.Engine, client *sdk.Client, name string) string {
	t.Helper()
	if err := e.CreateLike(t.Context(), name, "shop"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = client.DeleteTable(context.WithoutCancel(t.Context()), &sdk.DeleteTableInput{TableName: aws.String(name)})
	})
	return name
}

// contents are all items of a table by "pk|sk", as the SDK reads them.
func contents(t *testing.T, client *sdk.Client, name string) map[string]map[string]types.AttributeValue {
	t.Helper()
	all := map[string]map[string]types.AttributeValue{}
	pages := sdk.NewScanPaginator(client, &sdk.ScanInput{TableName: aws.String(name)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range out.Items {
			all[it["pk"].(*types.AttributeValueMemberS).Value+"|"+it["sk"].(*types.AttributeValueMemberS).Value] = it
		}
	}
	return all
}

func numberOf(t *testing.T, it map[string]types.AttributeValue, name string) string {
	t.Helper()
	n, ok := it[name].(*types.AttributeValueMemberN)
	if !ok {
		t.Fatalf("%s of %v is no number", name, it)
	}
	return n.Value
}

// TestImportThroughFaults: every row is written or refused, of equal keys the
// last one stands, whatever the service does meanwhile.
func TestImportThroughFaults(t *testing.T) {
	server, e, client := writer(t)
	table := emptyTable(t, e, client, "faults")
	const rows = 3000
	var file strings.Builder
	want := map[string]string{}
	for i := range rows {
		switch {
		case i%500 == 77:
			file.WriteString("{\"pk\":\"broken\"\n")
		case i%500 == 78:
			fmt.Fprintf(&file, "{\"pk\":\"P%d\",\"sk\":5}\n", i)
		default:
			// Every fifth row writes a key that a row not far before it wrote.
			key := i
			if i%5 == 4 {
				key = i - i%37%13
			}
			fmt.Fprintf(&file, "{\"pk\":\"P%d\",\"sk\":\"x\",\"n\":%d}\n", key, i)
			want[fmt.Sprintf("P%d|x", key)] = strconv.Itoa(i)
		}
	}
	w := server.Switches()
	w.DynamoDB().Unprocessed(7, 20)
	w.Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", After: 10, Times: 3, Throttle: true})
	w.Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", After: 20, Times: 3, Status: 500})
	w.Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", After: 30, Times: 3, Cut: true})
	var refused []engine.RefusedRow
	var marks []int64
	report, err := e.Import(t.Context(), engine.Import{Table: table, From: strings.NewReader(file.String()), Format: engine.ImportLines,
		Refused:    func(r engine.RefusedRow) error { refused = append(refused, r); return nil },
		Checkpoint: func(n int64) error { marks = append(marks, n); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	got := contents(t, client, table)
	if len(got) != len(want) {
		t.Errorf("%d items, want %d", len(got), len(want))
	}
	for key, n := range want {
		if it := got[key]; it == nil || numberOf(t, it, "n") != n {
			t.Fatalf("%s is %v, want n = %s", key, it, n)
		}
	}
	if report.Rows != rows || report.Refused != 12 || report.Written+report.Repeated != rows-12 || report.Throttled == 0 || report.CapacityUnits == nil {
		t.Errorf("%+v", report)
	}
	if len(refused) != 12 || refused[0].Line != 78 || !strings.Contains(refused[0].Reason, "JSON") || refused[1].Line != 79 || !strings.Contains(refused[1].Reason, "key sk") {
		t.Errorf("%+v", refused)
	}
	if marks[len(marks)-1] != rows {
		t.Errorf("the marks are %v", marks)
	}
}

// TestImportRefusesOneByOne: what only DynamoDB knows to be wrong costs the other
// items of its batch nothing.
func TestImportRefusesOneByOne(t *testing.T) {
	server, e, client := writer(t)
	table := emptyTable(t, e, client, "onebyone")
	var file strings.Builder
	for i := range 60 {
		fmt.Fprintf(&file, "{\"pk\":\"P%d\",\"sk\":\"x\"}\n", i)
	}
	// The first calls are refused as a whole, as one with a bad item is, down to
	// single items, of which two are refused: 25, 12, 6, 3, 1; 2, 1.
	server.Switches().Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", Times: 7, Status: 400, Code: "ValidationException", Message: "One or more parameter values were invalid"})
	var refused []engine.RefusedRow
	report, err := e.Import(t.Context(), engine.Import{Table: table, From: strings.NewReader(file.String()), Format: engine.ImportLines, Writers: 1,
		Refused: func(r engine.RefusedRow) error { refused = append(refused, r); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if len(refused) != 2 || !strings.Contains(refused[0].Reason, "parameter values were invalid") || report.Written != 58 {
		t.Errorf("%+v %+v", report, refused)
	}
	got := contents(t, client, table)
	for i := range 60 {
		key := fmt.Sprintf("P%d", i)
		isRefused := strings.Contains(string(refused[0].Raw), `"`+key+`"`) || strings.Contains(string(refused[1].Raw), `"`+key+`"`)
		if (got[key+"|x"] == nil) != isRefused {
			t.Errorf("%s: %v, refused %v", key, got[key+"|x"], isRefused)
		}
	}
}

// TestImportStopsAndGoesOn: what a checkpoint counts is written, and going on
// behind it writes the rest.
func TestImportStopsAndGoesOn(t *testing.T) {
	server, e, client := writer(t)
	table := emptyTable(t, e, client, "goeson")
	var file strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&file, "{\"pk\":\"P%d\",\"sk\":\"x\"}\n", i)
	}
	// Batches go side by side, and on a busy machine the first may come after
	// several others: it must be among those that are allowed.
	const allowed = 30
	server.Switches().Fault(front.Fault{Service: "dynamodb", Operation: "BatchWriteItem", After: allowed, Status: 400, Code: "AccessDeniedException"})
	mark := int64(0)
	im := engine.Import{Table: table, From: strings.NewReader(file.String()), Format: engine.ImportLines, Checkpoint: func(n int64) error { mark = n; return nil }}
	_, err := e.Import(t.Context(), im)
	first := mark
	if fault.CodeOf(err) != fault.Denied || mark == 0 || mark > allowed*25 {
		t.Fatalf("%v, marked %d", err, mark)
	}
	got := contents(t, client, table)
	for i := range mark {
		if got[fmt.Sprintf("P%d|x", i)] == nil {
			t.Errorf("row %d counts as written and is not there", i)
		}
	}
	server.Switches().ClearFaults()
	im.From, im.Skip = strings.NewReader(file.String()), mark
	report, err := e.Import(t.Context(), im)
	if err != nil || report.Written != 1000-first || mark != 1000 || len(contents(t, client, table)) != 1000 {
		t.Errorf("%+v, %v; %d items", report, err, len(contents(t, client, table)))
	}
	im.From, im.Skip = strings.NewReader("{\"pk\":\"P\",\"sk\":\"x\"}"), 9
	if _, err := e.Import(t.Context(), im); fault.CodeOf(err) != fault.Usage {
		t.Errorf("a shorter file is gone on with: %v", err)
	}
}

func TestImportKeepsItsBudget(t *testing.T) {
	_, e, client := writer(t)
	table := emptyTable(t, e, client, "budget")
	var file strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&file, "{\"pk\":\"P%d\",\"sk\":\"x\"}\n", i)
	}
	report, err := e.Import(t.Context(), engine.Import{Table: table, From: strings.NewReader(file.String()), Format: engine.ImportLines, Budget: engine.Budget{CapacityUnits: 103}})
	if fault.CodeOf(err) != fault.Guarded || *report.CapacityUnits > 103 || *report.CapacityUnits < 90 || int(report.Written) != len(contents(t, client, table)) {
		t.Errorf("%+v, %v", report, err)
	}
}

// odd are attributes of every type, and names that need care.
const odd = `"size":{"N":"9.9999999999999999999999999999999999999E+125"},"name":{"N":"-1E-130"},"a.b[0]":{"S":""},"#x":{"NULL":true},":v":{"BOOL":false},` +
	`"é \"quoted\\":{"B":"3q0="},"ss":{"SS":["b","a"]},"ns":{"NS":["1","-2.5"]},"bs":{"BS":["AA==","3q0="]},"l":{"L":[{"M":{"SS":{"L":[]}}}]},"m":{"M":{"B":{"S":"AA=="}}}`

// TestItems: an item is written only while it is what was read.
func TestItems(t *testing.T) {
	server, e, client := writer(t)
	table := emptyTable(t, e, client, "items")
	ctx := t.Context()
	key, err := e.ItemKey(ctx, table, map[string]string{"pk": "P\"1", "sk": "x"})
	if err != nil {
		t.Fatal(err)
	}
	read := func() string {
		t.Helper()
		doc, cost, err := e.GetItem(ctx, table, key)
		if err != nil || cost.CapacityUnits == nil {
			t.Fatal(err, cost)
		}
		return string(doc)
	}
	put := func(item, was string) error {
		w := engine.ItemWrite{Table: table, Key: key, Item: []byte(`{"pk":{"S":"P\"1"},"sk":{"S":"x"}` + item + `}`)}
		if was != "" {
			w.Was = []byte(was)
		}
		_, err := e.PutItem(ctx, w)
		return err
	}
	isChanged := func(err error) *engine.ChangedError {
		t.Helper()
		var c *engine.ChangedError
		if !errors.As(err, &c) || fault.CodeOf(err) != fault.Statement {
			t.Fatalf("%v is no conflict", err)
		}
		return c
	}
	if read() != "" {
		t.Error("there is an item")
	}
	if err := put(","+odd, ""); err != nil {
		t.Fatal(err)
	}
	first := read()
	if c := isChanged(put(`,"a":{"S":"x"}`, "")); string(c.Now) != first {
		t.Errorf("the present item is told as %s", c.Now)
	}
	// A change of everything, a change of nothing, and one that came too late.
	if err := put(`,"other":{"N":"1"}`, first); err != nil {
		t.Fatal(err)
	}
	second := read()
	if second != `{"other":{"N":"1"},"pk":{"S":"P\"1"},"sk":{"S":"x"}}` {
		t.Error(second)
	}
	if err := put(","+odd, second); err != nil {
		t.Fatal(err)
	}
	if read() != first {
		t.Errorf("%s\nis not\n%s", read(), first)
	}
	if c := isChanged(put(`,"other":{"N":"2"}`, second)); string(c.Now) != first {
		t.Errorf("%s", c.Now)
	}
	// What somebody adds meanwhile stays.
	if _, err := client.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: aws.String(table), UpdateExpression: aws.String("SET theirs = :x"),
		Key:                       map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: `P"1`}, "sk": &types.AttributeValueMemberS{Value: "x"}},
		ExpressionAttributeValues: map[string]types.AttributeValue{":x": &types.AttributeValueMemberS{Value: "x"}}}); err != nil {
		t.Fatal(err)
	}
	if err := put(","+odd+`,"ours":{"S":"y"}`, first); err != nil {
		t.Fatal(err)
	}
	third := read()
	if !strings.Contains(third, "theirs") || !strings.Contains(third, "ours") {
		t.Error(third)
	}
	// An answer that gets lost: the item tells whether the write was done.
	server.Switches().Fault(front.Fault{Service: "dynamodb", Operation: "UpdateItem", Times: 1, Cut: true})
	if err := put(`,"fourth":{"S":"z"}`, third); err != nil {
		t.Error(err)
	}
	fourth := read()
	for _, wrong := range []string{`,"s":{"SS":[]}`, `,"n":{"N":"x"}`, `,"n":1`, `,"big":{"S":"` + strings.Repeat("x", 400<<10) + `"}`, `,"pk":{"S":"other"}`} {
		if err := put(wrong, fourth); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%.60s: %v", wrong, err)
		}
	}
	if _, err := e.DeleteItem(ctx, engine.ItemWrite{Table: table, Key: key, Was: []byte(third)}); string(isChanged(err).Now) != fourth {
		t.Error("an item that was changed is deleted")
	}
	if _, err := e.DeleteItem(ctx, engine.ItemWrite{Table: table, Key: key, Was: []byte(fourth)}); err != nil || read() != "" {
		t.Errorf("%v: %s", err, read())
	}
	if c := isChanged(put(`,"a":{"S":"x"}`, fourth)); c.Now != nil {
		t.Errorf("%s", c.Now)
	}
	for _, texts := range []map[string]string{{"pk": "x"}, {"pk": "x", "sk": ""}, {"pk": "x", "sk": "y", "z": "1"}} {
		if _, err := e.ItemKey(ctx, table, texts); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%v: %v", texts, err)
		}
	}
}
