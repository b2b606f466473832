package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// mostRuns is how many ended runs are kept open for the page; the oldest give
// way. Their results stay in the history as long as that keeps them.
const mostRuns = 200

// runs are the runs of this process.
type runs struct {
	server *Server
	mu     sync.Mutex
	byID   map[string]*run
	order  []string
	going  sync.WaitGroup
}

func newRuns(s *Server) *runs { return &runs{server: s, byID: map[string]*run{}} }

// runRequest is what the page sends to run a text.
type runRequest struct {
	Connection string            `json:"connection"`
	Text       string            `json:"text"`
	OffsetLine int               `json:"offset_line"` // lines before the text in its tab
	Params     []runParam        `json:"params"`
	Limit      int64             `json:"limit"`
	AllowScan  bool              `json:"allow_scan"`
	Confirmed  bool              `json:"confirmed"` // a write on a production connection was confirmed
	Settings   map[string]string `json:"settings"`  // engine parameters for this run
	Budget     struct {
		ScanBytes     int64   `json:"scan_bytes"`
		CapacityUnits float64 `json:"capacity_units"`
		UnitRate      float64 `json:"unit_rate"`
	} `json:"budget"`
}

type runParam struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Value  string `json:"value"`
	Secret bool   `json:"secret"`
}

func (in runRequest) parameters() []app.Parameter {
	var params []app.Parameter
	for _, p := range in.Params {
		if p.Type == "" {
			p.Type = "text"
		}
		params = append(params, app.Parameter{Name: p.Name, Arg: engine.Arg{Value: p.Value, Type: p.Type, Secret: p.Secret}})
	}
	return params
}

func (s *Server) postRun(w http.ResponseWriter, r *http.Request) error {
	var in runRequest
	if err := readJSON(r, &in); err != nil {
		return err
	}
	one, err := s.runs.start(in)
	if err != nil {
		return s.onConnection(in.Connection, err)
	}
	return writeJSON(w, one.doc())
}

// getSample runs a small sample of a table.
func (s *Server) getSample(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	target, err := s.app.Target(q.Get("connection"), app.Overrides{})
	if err != nil {
		return err
	}
	text, limit, err := app.SampleStatement(target, q["path"])
	if err != nil {
		return err
	}
	one, err := s.runs.start(runRequest{Connection: q.Get("connection"), Text: text, Limit: limit, AllowScan: true})
	if err != nil {
		return s.onConnection(q.Get("connection"), err)
	}
	return writeJSON(w, one.doc())
}

// add registers a run and makes room for it.
func (l *runs) add(one *run) {
	l.mu.Lock()
	l.byID[one.id] = one
	l.order = append(l.order, one.id)
	var old []*run
	for i := 0; i < len(l.order) && len(l.order)-len(old) > mostRuns; i++ {
		if candidate := l.byID[l.order[i]]; candidate.over() {
			old = append(old, candidate)
		}
	}
	for _, o := range old {
		l.take(o.id)
	}
	l.mu.Unlock()
	for _, o := range old {
		o.closeResults()
	}
}

// take removes a run from the list; the lock is held.
func (l *runs) take(id string) {
	delete(l.byID, id)
	l.order = slices.DeleteFunc(l.order, func(o string) bool { return o == id })
}

func (l *runs) find(id string) (*run, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.byID[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "This run is no longer open").WithRemedy("look for it in the history")
	}
	return one, nil
}

func (l *runs) list() []*run {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*run, len(l.order))
	for i, id := range l.order {
		all[i] = l.byID[id]
	}
	return all
}

// loginChanged tells the pages of the runs that wait for a log in, or no longer do.
func (l *runs) loginChanged() {
	for _, one := range l.list() {
		if !one.over() {
			one.tell()
		}
	}
}

// close stops what runs, waits for it and lets go of all results.
func (l *runs) close() {
	for _, one := range l.list() {
		one.stop()
	}
	l.going.Wait()
	for _, one := range l.list() {
		one.closeResults()
	}
}

func (s *Server) getRuns(w http.ResponseWriter, _ *http.Request) error {
	all := s.runs.list()
	docs := make([]runDoc, len(all))
	for i, one := range all {
		docs[i] = one.doc()
	}
	slices.SortStableFunc(docs, func(a, b runDoc) int { return b.Started.Compare(a.Started) })
	return writeJSON(w, docs)
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request) error {
	one, err := s.runs.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	return writeJSON(w, one.doc())
}

func (s *Server) postRunCancel(w http.ResponseWriter, r *http.Request) error {
	one, err := s.runs.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	one.stop()
	return writeJSON(w, one.doc())
}

// deleteRun closes a run: what still runs is stopped, and its results are let
// go of. What the history keeps, it keeps.
func (s *Server) deleteRun(w http.ResponseWriter, r *http.Request) error {
	one, err := s.runs.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	one.stop()
	<-one.ended
	s.runs.mu.Lock()
	s.runs.take(one.id)
	s.runs.mu.Unlock()
	one.closeResults()
	return done(w)
}

// result finds the result that a request's path names.
func (s *Server) result(r *http.Request) (*runResult, error) {
	one, err := s.runs.find(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(one.results) {
		return nil, fault.Newf(fault.NotFound, "The run has no result %q", r.PathValue("n"))
	}
	return one.results[n], nil
}

func (s *Server) postPlan(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Connection string     `json:"connection"`
		Text       string     `json:"text"`
		Params     []runParam `json:"params"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	conn, release, err := s.pool.open(r.Context(), in.Connection)
	if err != nil {
		return s.onConnection(in.Connection, err)
	}
	defer release()
	class := conn.Class(in.Text)
	doc := map[string]any{"plan": nil, "class": class, "production": app.IsProduction(conn.Target.Entry)}
	if err := conn.Guard(in.Text); err != nil {
		doc["guarded"] = fault.As(err).Message
	}
	if s.needsLogin(r.Context(), in.Connection) {
		return writeJSON(w, doc) // a plan must not open a dialog while somebody types
	}
	plan, err := conn.Plan(r.Context(), engine.Statement{Text: in.Text})
	switch {
	case err == nil:
		doc["plan"] = toPlanDoc(plan)
	case fault.CodeOf(err) == fault.Unsupported: // this engine has none
	case err != nil && r.Context().Err() != nil:
		return err
	case err != nil:
		doc["error"] = toErrorDoc(err) // a plan is a help, never a hindrance
	}
	return writeJSON(w, doc)
}

type planDoc struct {
	Access        string   `json:"access,omitempty"`
	Object        string   `json:"object,omitempty"`
	Index         string   `json:"index,omitempty"`
	Full          bool     `json:"full"`
	Rows          *int64   `json:"rows,omitempty"`
	Bytes         *int64   `json:"bytes,omitempty"`
	CapacityUnits *float64 `json:"capacity_units,omitempty"`
	CostUSD       *float64 `json:"cost_usd,omitempty"`
	Basis         string   `json:"basis,omitempty"`
	Better        string   `json:"better,omitempty"`
	Notes         []string `json:"notes"`
}

func toPlanDoc(p engine.Plan) planDoc {
	return planDoc{p.Access, p.Object, p.Index, p.Full, p.Rows, p.Bytes, p.CapacityUnits, p.CostUSD, p.Basis, p.Better, nonNil(p.Notes)}
}

// The states of a run and of its results.
const (
	stateQueued    = "queued"
	stateWaiting   = "waiting-login"
	stateRunning   = "running"
	stateFetching  = "fetching"
	stateDone      = "done"
	stateFailed    = "failed"
	stateCancelled = "cancelled"
	stateSkipped   = "skipped" // a statement before it failed
)

// run is one text that was sent to run, statement by statement.
type run struct {
	id         string
	server     *Server
	connection string
	kind       string // engine
	text       string
	profile    string
	started    time.Time
	results    []*runResult
	ended      chan struct{}
	telling    sync.Mutex

	mu       sync.Mutex
	cancel   context.CancelFunc
	stopped  bool // by the person
	state    string
	endedAt  time.Time
	lastTold time.Time
	pending  bool // a told change waits for its time
}

// runDoc is a run as the page gets it.
type runDoc struct {
	ID         string      `json:"id"`
	Connection string      `json:"connection"`
	Engine     string      `json:"engine"`
	Text       string      `json:"text"`
	Started    time.Time   `json:"started"`
	Ended      *time.Time  `json:"ended,omitempty"`
	State      string      `json:"state"`
	Login      string      `json:"login,omitempty"`
	Results    []resultDoc `json:"results"`
}

func (o *run) doc() runDoc {
	o.mu.Lock()
	doc := runDoc{ID: o.id, Connection: o.connection, Engine: o.kind, Text: o.text, Started: o.started, State: o.state}
	if !o.endedAt.IsZero() {
		doc.Ended = &o.endedAt
	}
	o.mu.Unlock()
	if doc.Ended == nil && o.profile != "" {
		if login := o.server.person.logins.forProfile(o.profile); login != "" {
			doc.State, doc.Login = stateWaiting, login
		}
	}
	doc.Results = make([]resultDoc, len(o.results))
	for i, res := range o.results {
		doc.Results[i] = res.doc()
	}
	return doc
}

func (o *run) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.endedAt.IsZero()
}

// stop cancels what runs, here and in AWS.
func (o *run) stop() {
	o.mu.Lock()
	o.stopped = true
	cancel := o.cancel
	o.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// tellPause bounds how often a run's progress is told.
const tellPause = 100 * time.Millisecond

// tell tells the pages of the run, now or, when it was told a moment ago, soon.
func (o *run) tell() {
	o.mu.Lock()
	if o.pending {
		o.mu.Unlock()
		return
	}
	wait := tellPause - time.Since(o.lastTold)
	if wait > 0 {
		o.pending = true
		o.mu.Unlock()
		time.AfterFunc(wait, func() {
			o.mu.Lock()
			o.pending, o.lastTold = false, time.Now()
			o.mu.Unlock()
			o.tellNow()
		})
		return
	}
	o.lastTold = time.Now()
	o.mu.Unlock()
	o.tellNow()
}

// tellAtOnce tells the pages of what they wait for: the first rows, the end.
func (o *run) tellAtOnce() {
	o.mu.Lock()
	o.lastTold = time.Now()
	o.mu.Unlock()
	o.tellNow()
	o.server.events.hurry()
}

// tellNow sends the run as it is now. One at a time, so that no older state is
// told after a newer one.
func (o *run) tellNow() {
	o.telling.Lock()
	defer o.telling.Unlock()
	o.server.events.send("run", o.id, map[string]any{"run": o.doc()})
}

func (o *run) setState(state string) {
	o.mu.Lock()
	o.state = state
	o.mu.Unlock()
	o.tell()
}

// end notes the run's end.
func (o *run) end(state string) {
	o.mu.Lock()
	o.state = state
	o.endedAt = time.Now()
	o.mu.Unlock()
	close(o.ended)
	o.tellAtOnce()
}

func (o *run) wasStopped() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stopped
}

func (o *run) closeResults() {
	for _, res := range o.results {
		res.close()
	}
}

// worst orders states so that a run shows the gravest of its results.
func worst(a, b string) string {
	rank := map[string]int{stateDone: 0, stateSkipped: 1, stateCancelled: 2, stateFailed: 3}
	if cmp.Compare(rank[a], rank[b]) < 0 {
		return b
	}
	return a
}
