//go:build unix

package faults

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// sessionState is how the SSO session stands before a cell.
type sessionState int

const (
	good  sessionState = iota
	ended              // there is no token
	stale              // the access token has ended and can be refreshed
)

// verb is something that a person does with the program.
type verb struct {
	name    string
	session sessionState
	key     string // the call that faults are put on, as roads name it
	after   int    // how many calls of that name a fault lets through
	service string // the same call as the sandbox names it, when that differs
	cut     int64  // how many bytes of a wire connection pass before it is cut within
	network string // the call that faults of the network are put on, when another
	action  string // the permission that is taken away; "" where none is asked
	run     func(context.Context, *cell) (tally, error)
	args    []string // the same as a command line; OUT is the file, "" where there is none
	// drive works with a command line that serves a page at that link.
	drive   func(ctx context.Context, c *cell, link string) (tally, error)
	want    func(c *cell) tally
	fails   map[string]fault.Code // outcomes that differ from the fault's own
	patient bool                  // asks again for minutes before it gives up; such cells are left to `make faults`
	limit   time.Duration         // for faults that last, where that is given to it; 0 for none
	na      map[string]string     // faults that cannot meet this verb, and why
}

func (v verb) operation() string {
	if v.service != "" {
		return v.service
	}
	return v.key
}

func (v verb) onNetwork() string {
	if v.network != "" {
		return v.network
	}
	return v.key
}

// tally is what came: how many rows, and the sum of their hashes, which does
// not depend on their order.
type tally struct {
	rows int64
	sum  uint64
}

func (t tally) String() string { return fmt.Sprintf("%d rows, %016x", t.rows, t.sum) }

func (t *tally) add(cells []string) { t.rows++; t.sum += enginetest.Hash(cells) }

// said is the tally of an answer that has no rows.
func said(format string, args ...any) tally {
	h := fnv.New64a()
	fmt.Fprintf(h, format, args...)
	return tally{1, h.Sum64()}
}

const manyRows, fewRows = 6000, 7

// athenaRows makes n rows from nothing, and redshiftRows the same ones.
func athenaRows(n int) string {
	return fmt.Sprintf(`select x * 1000 + y as n, 'row ' || cast(x * 1000 + y as varchar) as s
		from unnest(sequence(0, %d)) as a(x) cross join unnest(sequence(0, 999)) as b(y) where x * 1000 + y < %d`, n/1000, n)
}

func redshiftRows(n int) string {
	return fmt.Sprintf("select i as n, 'row ' || i as s from generate_series(0, %d) as t(i)", n-1)
}

// counted is what n such rows must add up to, worked out here.
func counted(n int) func(*cell) tally {
	return func(*cell) tally {
		var t tally
		for i := range n {
			t.add([]string{strconv.Itoa(i), "row " + strconv.Itoa(i)})
		}
		return t
	}
}

// tallyOf pulls a stream to its end.
func tallyOf(ctx context.Context, s result.Stream) (tally, error) {
	var t tally
	for {
		batch, err := s.Next(ctx)
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return t, err
		}
		cells := make([]string, batch.NumCols())
		for r := range int(batch.NumRows()) {
			for c := range cells {
				cells[c] = "" // also for NULL, as in an export
				if column := batch.Column(c); column.IsValid(r) {
					cells[c] = column.ValueStr(r)
				}
			}
			t.add(cells)
		}
		batch.Release()
	}
}

// query runs a statement as a room does: remembered, and its rows kept.
func query(target, text string, params map[string]string) func(context.Context, *cell) (tally, error) {
	return func(ctx context.Context, c *cell) (tally, error) {
		conn, err := c.app.Connect(ctx, target, app.Overrides{Params: params})
		if err != nil {
			return tally{}, err
		}
		defer conn.Close()
		stream, err := conn.Run(ctx, engine.Statement{Text: text}, app.RunOptions{Journal: true, Keep: true, AllowScan: true})
		if err != nil {
			return tally{}, err
		}
		defer stream.Close()
		t, err := tallyOf(ctx, stream)
		if err != nil {
			return t, err
		}
		return t, stream.Close()
	}
}

// queryArgs is query as a command line.
func queryArgs(target, text string, flags ...string) []string {
	return append([]string{"query", target, text, "--format", "csv", "-o", "OUT"}, flags...)
}

// export writes a result into a file that appears when it is whole.
func export(ctx context.Context, c *cell) (t tally, err error) {
	conn, err := c.app.Connect(ctx, "sales", app.Overrides{Params: map[string]string{"fetch": "s3"}})
	if err != nil {
		return tally{}, err
	}
	defer conn.Close()
	stream, err := conn.Run(ctx, engine.Statement{Text: athenaRows(manyRows)}, app.RunOptions{Journal: true})
	if err != nil {
		return tally{}, err
	}
	defer stream.Close()
	c.names++
	name := filepath.Join(c.out, "export-"+strconv.Itoa(c.names)+".csv")
	file, err := app.CreateOutput(name)
	if err != nil {
		return tally{}, err
	}
	defer file.Discard()
	w, err := sink.New("csv", file, stream.Schema(), sink.Options{})
	if err != nil {
		return tally{}, err
	}
	if _, err := sink.Copy(ctx, w, stream, nil); err != nil {
		return tally{}, err
	}
	if err := file.Commit(); err != nil {
		return tally{}, err
	}
	return tallyOfFile(name)
}

// tallyOfFile reads an export back and takes it away.
func tallyOfFile(name string) (tally, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return tally{}, err
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(records) == 0 {
		return tally{}, fmt.Errorf("%s holds no header: %w", name, err)
	}
	var t tally
	for _, cells := range records[1:] {
		t.add(cells)
	}
	return t, os.Remove(name)
}

func connect(target string) func(context.Context, *cell) (tally, error) {
	return func(ctx context.Context, c *cell) (tally, error) {
		report, err := c.app.TestConnection(ctx, target)
		if err != nil {
			return tally{}, err
		}
		return said("%s %s", report.Identity.Account, report.Answer), nil
	}
}

func browse(target string, path ...string) func(context.Context, *cell) (tally, error) {
	return func(ctx context.Context, c *cell) (tally, error) {
		conn, err := c.app.Connect(ctx, target, app.Overrides{})
		if err != nil {
			return tally{}, err
		}
		defer conn.Close()
		list, err := conn.Browse(ctx, path)
		if err != nil {
			return tally{}, err
		}
		var t tally
		for _, o := range list {
			t.add([]string{o.Name, o.Kind, o.Type})
		}
		return t, nil
	}
}

func login(ctx context.Context, c *cell) (tally, error) {
	// Whatever a cell before has left: a log in, and none that was there already.
	got, err := c.app.Login(ctx, sso.LoginOptions{Name: "dev", Method: sso.MethodDevice, Timeout: 12 * time.Second}, true)
	if err != nil {
		return tally{}, err
	}
	return said("%v", got.State.Status), nil
}

// refresh gets role credentials with a session whose access token has ended.
func refresh(ctx context.Context, c *cell) (tally, error) {
	if err := endTokens(c.home()); err != nil {
		return tally{}, err
	}
	c.newApp() // which reads the cache anew
	conn, err := c.app.Connect(ctx, "shop", app.Overrides{})
	if err != nil {
		return tally{}, err
	}
	defer conn.Close()
	id, err := conn.Session.Identity(ctx)
	if err != nil {
		return tally{}, err
	}
	return said("%s", id.Account), nil
}

// clean is what the verb brings without a fault, for what cannot be worked out
// here; whoever uses it has another verb that reads the same another way.
func clean(c *cell) tally { return tally{rows: -1} }

const (
	events    = `select device, "at", event_id from events`
	oneDevice = events + ` where device = 'device-001'`
)

// theVerbs are the rows of the matrix.
func theVerbs() []verb {
	// What has another way to fetch, or to list, takes it.
	otherWay := map[string]fault.Code{"throttled for good": "", "500 for good": "", "reset before, for good": "", "reset within, for good": "", "denied": ""}
	// Rows on a wire cannot be asked for again without running the statement again.
	wire := map[string]fault.Code{"reset within the answer, once": fault.Unavailable}
	// A log in goes on asking whether it was approved until its time is over.
	patient := map[string]fault.Code{"500 for good": fault.LoginTimeout, "reset before, for good": fault.LoginTimeout, "reset within, for good": fault.LoginTimeout, "throttled for good": fault.LoginTimeout}
	// Scan is one of two ways to read it; whoever may not scan has the other.
	scanned := map[string]fault.Code{"denied": ""}
	patient["disk fills up"] = "" // a token is small
	patient["disk full"], patient["read-only home"], patient["reset within the answer, once"] = fault.LoginFailed, fault.LoginFailed, fault.LoginFailed
	// What writes no file for the person needs no disk.
	nothingWritten := map[string]fault.Code{"disk full": "", "disk fills up": ""}
	little := map[string]fault.Code{"disk fills up": ""}
	// A token that has ended by its date cannot be told from one that was revoked too.
	byItsDate := map[string]fault.Code{"disk full": "", "disk fills up": "", "session revoked, nobody asked": fault.SSOExpired}
	otherWay["disk full"], otherWay["disk fills up"] = fault.Output, fault.Output
	browsing := maps.Clone(otherWay)
	browsing["disk full"], browsing["disk fills up"] = "", ""
	// An import asks again for minutes; whoever gives it less time is told so.
	onAndOn := map[string]fault.Code{"disk fills up": "", "throttled for good": fault.Timeout, "500 for good": fault.Timeout, "reset before, for good": fault.Timeout, "reset within, for good": fault.Timeout}
	isTheLogin := map[string]string{"session ends, log in agreed": "it is the log in itself", "session revoked, nobody asked": "it is the log in itself",
		"credentials end at every call": "a log in has no credentials"}
	fetch := func(way string) map[string]string { return map[string]string{"fetch": way} }
	over := func(way string) map[string]string { return map[string]string{"transport": way} }
	return []verb{
		{name: "connect athena", fails: nothingWritten, key: "GetWorkGroup", action: "athena:GetWorkGroup", run: connect("sales"), want: clean,
			args: []string{"connections", "test", "sales"}},
		{name: "connect redshift", cut: 900, fails: nothingWritten, key: "GetCredentials", network: wireCall, action: "redshift-serverless:GetCredentials", run: connect("warehouse"), want: clean,
			args: []string{"connections", "test", "warehouse"}},
		{name: "connect dynamodb", fails: nothingWritten, key: "ListTables", action: "dynamodb:ListTables", run: connect("shop"), want: clean,
			args: []string{"connections", "test", "shop"}},
		{name: "athena small", fails: little, key: "GetQueryResults", action: "athena:StartQueryExecution", run: query("sales", athenaRows(fewRows), nil), want: counted(fewRows),
			args: queryArgs("sales", athenaRows(fewRows))},
		{name: "athena pages", key: "GetQueryResults", after: 2, action: "athena:GetQueryResults", run: query("sales", athenaRows(manyRows), fetch("pages")), want: counted(manyRows),
			args: queryArgs("sales", athenaRows(manyRows), "--fetch", "pages")},
		{name: "athena s3", fails: otherWay, key: "s3 GET", service: "GetObject", action: "s3:GetObject", run: query("sales", athenaRows(manyRows), fetch("s3")), want: counted(manyRows),
			args: queryArgs("sales", athenaRows(manyRows), "--fetch", "s3")},
		{name: "athena unload", key: "s3 GET", service: "GetObject", action: "s3:GetObject", run: query("sales", athenaRows(manyRows), fetch("unload")), want: counted(manyRows),
			args: queryArgs("sales", athenaRows(manyRows), "--fetch", "unload")},
		{name: "redshift small", fails: little, cut: 900, key: "GetCredentials", network: wireCall, action: "redshift-serverless:GetCredentials", run: query("warehouse", redshiftRows(fewRows), over("wire")), want: counted(fewRows),
			args: queryArgs("warehouse", redshiftRows(fewRows))},
		{name: "redshift wire", fails: wire, cut: 60_000, key: "GetCredentials", network: wireCall, action: "redshift-serverless:GetCredentials", run: query("warehouse", redshiftRows(20_000), over("wire")), want: counted(20_000),
			args: queryArgs("warehouse", redshiftRows(20_000))},
		{name: "redshift data-api", key: "DescribeStatement", after: 1, network: "GetStatementResultV2", action: "redshift-data:ExecuteStatement", run: query("warehouse", redshiftRows(manyRows), over("data-api")), want: counted(manyRows),
			args: queryArgs("warehouse", redshiftRows(manyRows), "--transport", "data-api")},
		{name: "dynamodb query", fails: little, key: "ExecuteStatement", action: "dynamodb:PartiQLSelect", run: query("shop", oneDevice, nil), want: clean,
			args: queryArgs("shop", oneDevice)},
		{name: "dynamodb scan", patient: true, fails: scanned, key: "Scan", after: 1, action: "dynamodb:Scan", run: query("shop", events, nil), want: clean,
			args: queryArgs("shop", events, "--allow-scan")},
		{name: "import", patient: true, fails: onAndOn, limit: 5 * time.Second, key: "BatchWriteItem", after: 2, action: "dynamodb:BatchWriteItem", run: imports, want: imported,
			args: []string{"dynamodb", "import", "shop", "--table", "imported", "FILE", "--restart"}},
		{name: "export", fails: otherWay, key: "s3 GET", service: "GetObject", action: "s3:GetObject", run: export, want: counted(manyRows),
			args: queryArgs("sales", athenaRows(manyRows), "--fetch", "s3")},
		{name: "log in", patient: true, fails: patient, na: isTheLogin, session: ended, key: "CreateToken", run: login, want: clean,
			args: []string{"login", "dev", "--method", "device", "--force"}},
		{name: "refresh", fails: byItsDate, session: stale, key: "CreateToken", run: refresh, want: clean,
			args: []string{"credentials", "export", "--profile", "dev"}},
		{name: "browse", fails: browsing, key: "GetTables", action: "glue:GetTables", run: browse("sales", "AwsDataCatalog", "sales"), want: clean,
			args: []string{"schema", "sales", "AwsDataCatalog.sales"}},
		{name: "page session", key: "GetQueryResults", after: 1, action: "athena:GetQueryResults", run: pageSession, want: counted(manyRows),
			args: []string{"ui", "--no-open"}, drive: pageVisit},
	}
}
