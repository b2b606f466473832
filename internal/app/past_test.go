package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
	"github.com/fairleadhq/fairlead/internal/result"
)

func ptr[T any](v T) *T { return &v }

// ran writes a run into the history that ended well a while ago.
func ran(t *testing.T, c *Connection, text string, before time.Duration, stats result.Stats, args ...engine.Arg) {
	t.Helper()
	j, err := c.app.diary()
	if err != nil {
		t.Fatal(err)
	}
	run := c.entryFor(engine.Statement{Text: text, Args: args}, "")
	run.Started = time.Now().Add(-before)
	id, err := j.Begin(run)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Finish(id, journal.Outcome{State: journal.Done, Stats: stats}); err != nil {
		t.Fatal(err)
	}
}

const day = 24 * time.Hour

func scannedBytes(n int64) result.Stats {
	return result.Stats{BytesScanned: &n, CostUSD: ptr(float64(n) / 1e12 * 5)}
}

func TestPlansLearnFromEarlierRuns(t *testing.T) {
	f := &fake{run: answers()}
	a, _ := newFake(t, f, Options{})
	c := connect(t, a, Overrides{})
	text := func(value string) engine.Arg { return engine.Arg{Type: "text", Value: value} }
	ran(t, c, "select a from t -- first", 40*day, scannedBytes(9e9))
	ran(t, c, "select a\n from t;", 3*day+time.Hour, scannedBytes(1.2e9))
	ran(t, c, "select a from t", day, result.Stats{BytesScanned: ptr(int64(0))}) // from an earlier result
	ran(t, c, "select b from t", time.Hour, scannedBytes(7))                     // another statement
	ran(t, c, "select a from t where d = :day", 50*day, scannedBytes(5e9), text("x"))
	for i := range 5 {
		ran(t, c, "select a from t where d = :day", time.Duration(10-i)*time.Hour, scannedBytes(int64(i+1)*1e6), text(fmt.Sprint(i)))
	}
	ran(t, c, "select * from s where pk = :k", 2*time.Minute, result.Stats{CapacityUnits: ptr(12.5)}, text("k"))
	ran(t, c, "select * from s where pk = :k", time.Minute, result.Stats{CapacityUnits: ptr(1.0), Truncated: true}, text("k"))
	statistics := engine.Plan{Bytes: ptr(int64(3e9)), CostUSD: ptr(1.0), Basis: "table statistics of 2026-01-01"}
	for name, tt := range map[string]struct {
		plan   engine.Plan
		text   string
		args   []engine.Arg
		bytes  int64
		units  float64
		basis  string
		noted  string
		params map[string]string
	}{
		"nothing was known": {engine.Plan{Basis: "no free estimate"}, "select a from t", nil, 1.2e9, 0, "your last run 3 days ago scanned 1.2 GB", "no free estimate", nil},
		"statistics are vaguer": {statistics, " select  a from t", nil, 1.2e9, 0, "your last run 3 days ago scanned 1.2 GB",
			"by table statistics of 2026-01-01: 3.0 GB", nil},
		"statistics are newer": {statistics, "select a from t where d = ?", []engine.Arg{text("x")}, 3e9, 0, "table statistics of 2026-01-01",
			"your last run 50 days ago scanned 5.0 GB", nil},
		"other values": {engine.Plan{}, "select a from t where d = ?", []engine.Arg{text("new")}, 4e6, 0,
			"the middle one of your last 6 runs with other values, the latest 6 hours ago, scanned 4.0 MB", "", nil},
		"other values beside statistics": {statistics, "select a from t where d = ?", []engine.Arg{text("new")}, 3e9, 0, "table statistics of 2026-01-01",
			"the middle one of your last 6 runs", nil},
		"a secret value is no known one": {engine.Plan{}, "select a from t where d = ?", []engine.Arg{{Type: "text", Value: "x", Secret: true}}, 4e6, 0, "the middle one", "", nil},
		"free is free":                   {engine.Plan{Bytes: ptr(int64(0)), Basis: "free"}, "select a from t", nil, 0, 0, "free", "", nil},
		"unknown":                        {engine.Plan{Basis: "b"}, "select c from t", nil, -1, 0, "b", "", nil},
		"a query of unknown length": {engine.Plan{Access: "Query", CapacityUnits: ptr(128.0), Bytes: ptr(int64(1 << 20)), Basis: "one page"}, "select * from s where pk = ?",
			[]engine.Arg{text("k")}, -1, 12.5, "your last run 2 minutes ago consumed 12.5 capacity units", "by one page: 1.0 MB", nil},
		"one item": {engine.Plan{Access: "GetItem", CapacityUnits: ptr(0.5)}, "select * from s where pk = ?", []engine.Arg{text("k")}, -1, 0.5, "", "", nil},
		"above the connection's bound": {engine.Plan{}, "select a from t", nil, 1.2e9, 0, "your last run",
			"your last run 3 days ago scanned 1.2 GB, more than the 1.0 GB it may", map[string]string{"max_scan": "1GB"}},
	} {
		t.Run(name, func(t *testing.T) {
			f.plan, c.Target.Entry.Params = tt.plan, tt.params
			p, err := c.Plan(t.Context(), engine.Statement{Text: tt.text, Args: tt.args})
			if err != nil {
				t.Fatal(err)
			}
			bytes, units := int64(-1), 0.0
			if p.Bytes != nil {
				bytes = *p.Bytes
			}
			if p.CapacityUnits != nil {
				units = *p.CapacityUnits
			}
			notes := strings.Join(p.Notes, "\n")
			if bytes != tt.bytes || units != tt.units || !strings.HasPrefix(p.Basis, tt.basis) || !strings.Contains(notes, tt.noted) || tt.noted == "" && notes != "" {
				t.Errorf("%d bytes, %g units, basis %q, notes %q", bytes, units, p.Basis, notes)
			}
		})
	}
	if f.sent != 0 {
		t.Error("something was sent")
	}
}

// What earlier runs read is a warning; the statement runs.
func TestEarlierRunsWarn(t *testing.T) {
	f := &fake{run: answers("x")}
	a, _ := newFake(t, f, Options{})
	c := connect(t, a, Overrides{})
	ran(t, c, "select a from t", time.Minute, scannedBytes(2e9))
	for most, warns := range map[int64]bool{0: false, 1e9: true, 2e9: false} {
		s := engine.Statement{Text: "select a from t", Budget: engine.Budget{ScanBytes: most}}
		if got := c.Forewarn(s); (got != "") != warns {
			t.Errorf("%d: %q", most, got)
		}
		stream, err := c.Run(t.Context(), s, RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		read(t, stream)
	}
	// Of another profile's account nothing is known.
	c.Session.Profile = "other"
	if got := c.Forewarn(engine.Statement{Text: "select a from t", Budget: engine.Budget{ScanBytes: 1}}); got != "" {
		t.Error(got)
	}
	// An engine that cannot plan says so whatever is in the history.
	c.engine = &catalog{Engine: f}
	if _, err := c.Plan(t.Context(), engine.Statement{Text: "select a from t"}); fault.CodeOf(err) != fault.Unsupported {
		t.Error(err)
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago",
		119 * time.Minute: "1 hour ago", 47 * time.Hour: "1 day ago", 400 * day: "400 days ago"} {
		if got := ago(d); got != want {
			t.Errorf("%s: %q", d, got)
		}
	}
}
