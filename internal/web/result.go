package web

import (
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/spool"
)

// runResult is one statement of a run and its rows.
type runResult struct {
	index        int
	text         string // as written, for the page
	bound        string // as sent, with the service's placeholders
	args         []engine.Arg
	line, column int // in the tab, 1-based

	mu       sync.Mutex
	state    string
	err      *errorDoc
	rows     *spool.Spool // nil before the schema is known, and after it was let go
	stats    *statsDoc
	progress *progressDoc
	journal  string // id in the history
	kept     bool   // the rows stay in the history after the run is closed
	opened   bool   // the rows are the history's own
	closed   bool
	views    map[string]*spool.View
}

type progressDoc struct {
	State        string `json:"state"`
	Rows         int64  `json:"rows"`
	BytesScanned int64  `json:"bytes_scanned"`
	RemoteID     string `json:"remote_id,omitempty"`
}

type statsDoc struct {
	Rows          int64    `json:"rows"`
	RowsAffected  *int64   `json:"rows_affected,omitempty"`
	BytesScanned  *int64   `json:"bytes_scanned,omitempty"`
	CapacityUnits *float64 `json:"capacity_units,omitempty"`
	Queued        int64    `json:"queued_ms"`
	Ran           int64    `json:"ran_ms"`
	Elapsed       int64    `json:"elapsed_ms"`
	RemoteID      string   `json:"remote_id"`
	CostUSD       *float64 `json:"cost_usd,omitempty"`
	Truncated     bool     `json:"truncated"`
	Path          string   `json:"path"`
	Notes         []string `json:"notes"`
}

func toStatsDoc(s result.Stats) *statsDoc {
	return &statsDoc{s.Rows, s.RowsAffected, s.BytesScanned, s.CapacityUnits, int64(s.Queued / time.Millisecond), int64(s.Ran / time.Millisecond),
		int64(s.Elapsed / time.Millisecond), s.RemoteID, s.CostUSD, s.Truncated, s.Path, nonNil(s.Notes)}
}

type columnDoc struct {
	Name string `json:"name"`
	Type string `json:"type"` // the engine's own name
	Kind string `json:"kind"` // number, text, boolean, time, json, binary
}

type resultDoc struct {
	Index    int          `json:"index"`
	Text     string       `json:"text"`
	Line     int          `json:"line"`
	State    string       `json:"state"`
	Rows     int64        `json:"rows"`
	Columns  []columnDoc  `json:"columns"` // null before they are known
	Stats    *statsDoc    `json:"stats,omitempty"`
	Progress *progressDoc `json:"progress,omitempty"`
	Error    *errorDoc    `json:"error,omitempty"`
	Kept     bool         `json:"kept"`
	Journal  string       `json:"journal_id,omitempty"`
}

func (r *runResult) doc() resultDoc {
	r.mu.Lock()
	defer r.mu.Unlock()
	doc := resultDoc{Index: r.index, Text: r.text, Line: r.line, State: r.state, Stats: r.stats, Progress: r.progress, Error: r.err,
		Kept: r.kept, Journal: r.journal}
	if r.rows != nil {
		doc.Rows = r.rows.Rows()
		doc.Columns = columnsOf(r.rows.Schema())
	}
	return doc
}

func columnsOf(schema *arrow.Schema) []columnDoc {
	docs := make([]columnDoc, schema.NumFields())
	for i, f := range schema.Fields() {
		docs[i] = columnDoc{f.Name, result.TypeName(f), kindOf(f)}
	}
	return docs
}

// kindOf tells the page how to show a column.
func kindOf(f arrow.Field) string {
	switch result.Carries(f) {
	case result.TextJSON:
		return "json"
	case result.TextNumber:
		return "number"
	}
	switch id := f.Type.ID(); {
	case arrow.IsInteger(id), arrow.IsFloating(id), arrow.IsDecimal(id):
		return "number"
	case id == arrow.BOOL:
		return "boolean"
	case arrow.IsNested(id):
		return "json"
	case id == arrow.DATE32, id == arrow.DATE64, id == arrow.TIMESTAMP, id == arrow.TIME32, id == arrow.TIME64:
		return "time"
	case id == arrow.BINARY, id == arrow.LARGE_BINARY, id == arrow.FIXED_SIZE_BINARY:
		return "binary"
	}
	return "text"
}

// spooled returns the rows, or says why there are none.
func (r *runResult) spooled() (*spool.Spool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, fault.New(fault.NotFound, "The rows are no longer open").WithRemedy("open the run from the history")
	case r.rows == nil:
		return nil, fault.New(fault.NotFound, "There are no rows yet")
	}
	return r.rows, nil
}

// setRows makes the rows visible to the page while they still come.
func (r *runResult) setRows(rows *spool.Spool) {
	r.mu.Lock()
	r.rows = rows
	r.state = stateFetching
	r.mu.Unlock()
}

func (r *runResult) setProgress(p progressDoc) {
	r.mu.Lock()
	r.progress = &p
	r.mu.Unlock()
}

func (r *runResult) setState(state string) {
	r.mu.Lock()
	r.state = state
	r.mu.Unlock()
}

func (r *runResult) setJournal(id string) {
	r.mu.Lock()
	r.journal = id
	r.mu.Unlock()
}

func (r *runResult) journalID() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.journal
}

func (r *runResult) setKept(kept bool) {
	r.mu.Lock()
	r.kept = kept
	r.mu.Unlock()
}

// end notes how the statement ended.
func (r *runResult) end(state string, stats *result.Stats, err *errorDoc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state, r.err, r.progress = state, err, nil
	if stats != nil {
		r.stats = toStatsDoc(*stats)
	}
}

// mostViews bounds the sorted and filtered views that one result keeps.
const mostViews = 8

// addView keeps a view under a new id; the oldest give way.
func (r *runResult) addView(v *spool.View) string {
	id := random()[:12]
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.views == nil {
		r.views = map[string]*spool.View{}
	}
	for old, view := range r.views {
		if len(r.views) < mostViews {
			break
		}
		delete(r.views, old)
		_ = view.Close()
	}
	r.views[id] = v
	return id
}

func (r *runResult) view(id string) (*spool.View, error) {
	if id == "" {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.views[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "This view has ended").WithRemedy("sort or filter again")
	}
	return v, nil
}

// close lets go of the rows. Those that the history keeps stay on the disk.
func (r *runResult) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	for _, v := range r.views {
		_ = v.Close()
	}
	r.views = nil
	if r.rows == nil {
		return
	}
	if r.opened {
		_ = r.rows.Close() // they are the history's
	} else {
		_ = r.rows.Remove()
	}
	r.rows = nil
}
