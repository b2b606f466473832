package web

import (
	"context"
	"net/http"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/journal"
)

// mostHistory is how many runs one answer lists.
const mostHistory = 500

type historyDoc struct {
	ID         string     `json:"id"`
	Connection string     `json:"connection"`
	Engine     string     `json:"engine"`
	Text       string     `json:"text"`
	Started    time.Time  `json:"started"`
	Ended      *time.Time `json:"ended,omitempty"`
	State      string     `json:"state"`
	Kept       bool       `json:"kept"`
	RemoteID   string     `json:"remote_id,omitempty"`
	Attachable bool       `json:"attachable"` // the service may still have its rows
	statsDoc
	Error *journal.Fault `json:"error,omitempty"`
}

func toHistoryDoc(r journal.Run) historyDoc {
	doc := historyDoc{ID: r.ID, Connection: r.Connection, Engine: r.Engine, Text: r.Text, Started: r.Started, State: r.State,
		Kept: r.Kept != "", RemoteID: r.RemoteID, Error: r.Fault, statsDoc: *toStatsDoc(r.Stats)}
	doc.Attachable = app.Attachable(r) && r.Engine != "dynamodb"
	doc.statsDoc.RemoteID = r.RemoteID
	if !r.Ended.IsZero() {
		doc.Ended = &r.Ended
	}
	return doc
}

func (s *Server) getHistory(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := journal.Filter{Search: q.Get("search"), Connection: q.Get("connection"), State: q.Get("state"), Limit: mostHistory}
	if text := q.Get("before"); text != "" {
		before, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return fault.Newf(fault.Usage, "before cannot be %q", text)
		}
		f.Before = before
	}
	runs, err := s.app.History(f)
	if err != nil {
		return err
	}
	docs := make([]historyDoc, len(runs))
	for i, one := range runs {
		docs[i] = toHistoryDoc(one)
	}
	return writeJSON(w, docs)
}

// ofHistory makes a run of one in the history, not yet begun.
func (s *Server) ofHistory(past journal.Run) *run {
	return &run{id: random()[:16], server: s, connection: past.Connection, kind: past.Engine, text: past.Text,
		profile: s.app.ProfileOf(past.Connection), started: past.Started, ended: make(chan struct{}), state: stateRunning,
		results: []*runResult{{index: 0, text: past.Text, line: 1, column: 1, state: stateRunning, journal: past.ID}}}
}

// postHistoryOpen shows the rows that were kept. Nothing is sent, or paid, again.
func (s *Server) postHistoryOpen(w http.ResponseWriter, r *http.Request) error {
	past, err := s.app.HistoryRun(r.PathValue("id"))
	if err != nil {
		return err
	}
	rows, err := s.app.Kept(past.ID)
	if err != nil {
		return err
	}
	one := s.ofHistory(past)
	res := one.results[0]
	res.setRows(rows)
	res.opened, res.kept = true, true
	stats := past.Stats
	stats.RemoteID = past.RemoteID
	res.end(stateDone, &stats, nil)
	s.runs.add(one)
	one.end(stateDone)
	return writeJSON(w, one.doc())
}

// postHistoryAttach brings the rows of a statement that the service may still run.
func (s *Server) postHistoryAttach(w http.ResponseWriter, r *http.Request) error {
	past, err := s.app.HistoryRun(r.PathValue("id"))
	if err != nil {
		return err
	}
	one := s.ofHistory(past)
	ctx, cancel := context.WithCancel(s.ctx)
	one.cancel = cancel
	s.runs.add(one)
	one.tell()
	s.runs.going.Go(func() {
		defer cancel()
		one.end(one.attach(ctx, past))
	})
	return writeJSON(w, one.doc())
}

func (o *run) attach(ctx context.Context, past journal.Run) string {
	res := o.results[0]
	attached, err := o.server.app.Attach(ctx, past.ID, app.AttachOptions{Run: app.RunOptions{Journal: true}, Progress: func(p engine.Progress) {
		res.setProgress(progressDoc{p.State, p.Rows, p.BytesScanned, p.RemoteID})
		o.tell()
	}})
	if err != nil {
		return o.failure(ctx, res, nil, err)
	}
	defer attached.Close()
	return o.read(ctx, res, attached.Stream)
}

func (s *Server) deleteHistory(w http.ResponseWriter, r *http.Request) error {
	if err := s.app.RemoveHistory(r.PathValue("id")); err != nil {
		return err
	}
	return done(w)
}

func (s *Server) getSaved(w http.ResponseWriter, _ *http.Request) error {
	saved, err := s.app.SavedQueries()
	if err != nil {
		return err
	}
	return writeJSON(w, nonNil(saved))
}

func (s *Server) putSaved(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Connection string `json:"connection"`
		Text       string `json:"text"`
		Tags       string `json:"tags"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if err := s.app.SaveQuery(journal.SavedQuery{Name: r.PathValue("name"), Connection: in.Connection, Text: in.Text, Tags: in.Tags}); err != nil {
		return err
	}
	return done(w)
}

func (s *Server) deleteSaved(w http.ResponseWriter, r *http.Request) error {
	if err := s.app.RemoveSavedQuery(r.PathValue("name")); err != nil {
		return err
	}
	return done(w)
}
