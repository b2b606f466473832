package web

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// What a hundred runs and fifty tabs took is given back: goroutines, files,
// memory and the rows on disk.
func TestNothingIsLeftOfClosedRuns(t *testing.T) {
	v := atHeld(t, &held{fixed: 3000})
	v.lookAndClose()
	before := v.holding()
	tabs := make([]io.ReadCloser, 50)
	for i := range tabs {
		tabs[i] = v.begin("/api/events")
	}
	for range 100 {
		v.lookAndClose()
	}
	during := v.holding()
	for _, tab := range tabs {
		go func() { _, _ = io.Copy(io.Discard, tab) }()
		_ = tab.Close()
	}
	deadline := time.Now().Add(20 * time.Second)
	var after holding
	for {
		if after = v.holding(); after.goroutines <= before.goroutines && after.files <= before.files {
			break
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<18)
			t.Fatalf("before %+v, with tabs %+v, after %+v\n%s", before, during, after, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
	if during.goroutines < before.goroutines+50 {
		t.Errorf("the tabs were not open: before %+v, with tabs %+v", before, during)
	}
	// Were the rows of the runs held, they alone would be 7 MB.
	if after.heap > before.heap+2<<20 {
		t.Errorf("the heap is %d kB, and was %d kB", after.heap>>10, before.heap>>10)
	}
	if after.live != before.live {
		t.Errorf("%d files of rows are left, and were %d", after.live, before.live)
	}
	if runs := v.server.runs.list(); len(runs) != 0 {
		t.Errorf("%d runs are left", len(runs))
	}
	v.server.events.mu.Lock()
	defer v.server.events.mu.Unlock()
	if told := len(v.server.events.open); told != 0 {
		t.Errorf("%d tabs are still told", told)
	}
}

// lookAndClose does with a run what a person does: looks at rows, sorts,
// filters, finds, downloads, and closes it.
func (v *visitor) lookAndClose() {
	v.t.Helper()
	var run runDoc
	if status := v.call("POST", "/api/runs", map[string]any{"connection": "held", "text": "select"}, &run); status != 200 {
		v.t.Fatal(status)
	}
	one, err := v.server.runs.find(run.ID)
	if err != nil {
		v.t.Fatal(err)
	}
	<-one.ended
	at := "/api/runs/" + run.ID + "/results/0"
	var rows rowsDoc
	if v.call("GET", at+"/rows?from=2900", nil, &rows); len(rows.Rows) != 100 {
		v.t.Fatalf("%d rows", len(rows.Rows))
	}
	var view struct{ View string }
	v.call("POST", at+"/view", map[string]any{"sort": []any{map[string]any{"column": 0, "descending": true}}, "filter": []any{}}, &view)
	for _, path := range []string{"/rows?view=" + view.View, "/find?text=row+2000&view=" + view.View, "/download?format=parquet&view=" + view.View, "/chart?kind=histogram&x=0"} {
		if status := v.call("GET", at+path, nil, nil); status != 200 {
			v.t.Fatal(path, status)
		}
	}
	if status := v.call("DELETE", "/api/runs/"+run.ID, nil, nil); status != 204 {
		v.t.Fatal(status)
	}
}

// holding is what the process has of the system.
type holding struct {
	goroutines, files, live int
	heap                    uint64
}

func (v *visitor) holding() (h holding) {
	v.client.CloseIdleConnections()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.goroutines, h.heap = runtime.NumGoroutine(), m.HeapAlloc
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.files = len(open)
	}
	dir, err := v.server.live.path(v.server.ctx, v.server.app)
	if err != nil {
		v.t.Fatal(err)
	}
	_ = filepath.WalkDir(dir, func(string, fs.DirEntry, error) error { h.live++; return nil })
	return h
}
