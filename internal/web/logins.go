package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// The states of a log in dialog.
const (
	loginAsking    = "asking"
	loginRunning   = "running"
	loginDone      = "done"
	loginFailed    = "failed" // the person may try again, or give up
	loginCancelled = "cancelled"
)

// lookElsewhere is how often an open dialog looks for a log in done by another
// program.
const lookElsewhere = time.Second

// outputLines bounds what a dialog keeps of the AWS CLI's output.
const outputLines = 40

// logins are the log in dialogs of the page: one for each SSO session that
// needs one, however many runs and tabs wait for it.
type logins struct {
	mu     sync.Mutex
	byID   map[string]*dialog
	ctx    context.Context
	app    *app.App
	browse func(context.Context, string) error // opens a browser; may be nil
	report func(loginDoc)
}

func newLogins() *logins { return &logins{byID: map[string]*dialog{}} }

// attach gives the dialogs the app that logs in, and whom to tell of changes.
func (l *logins) attach(ctx context.Context, a *app.App, browse func(context.Context, string) error, report func(loginDoc)) {
	l.ctx, l.app, l.browse, l.report = ctx, a, browse, report
}

// loginDoc is a dialog as the page gets it.
type loginDoc struct {
	ID       string    `json:"id"`
	Profile  string    `json:"profile"`
	Profiles []string  `json:"profiles"` // all that the session serves
	Session  string    `json:"session"`
	StartURL string    `json:"start_url"`
	Reason   *errorDoc `json:"reason,omitempty"`
	State    string    `json:"state"`
	Method   string    `json:"method,omitempty"`
	Why      string    `json:"why,omitempty"`
	Code     string    `json:"code,omitempty"`
	URL      string    `json:"url,omitempty"`
	FullURL  string    `json:"full_url,omitempty"`
	Left     *int      `json:"seconds_left,omitempty"`
	MoreTime bool      `json:"more_time,omitempty"` // Wait longer can be answered now
	Output   []string  `json:"output"`
	Error    *errorDoc `json:"error,omitempty"`
	Waiting  int       `json:"waiting"`
}

// attempt is what logs in; it shows what happens through the options' prompts.
type attempt func(context.Context, sso.LoginOptions) error

// dialog is one session's log in.
type dialog struct {
	logins  *logins
	attempt attempt
	telling sync.Mutex

	mu     sync.Mutex
	doc    loginDoc
	stop   context.CancelFunc // of the running attempt
	more   chan bool          // answers "wait longer?"; nil when not asked
	ended  chan struct{}      // closed when done or cancelled
	result bool
}

// dialog returns the open dialog of the request's session, or a new one.
func (l *logins) dialog(r sso.LoginRequest, try attempt) *dialog {
	sum := sha256.Sum256([]byte(r.Session + "\x00" + r.StartURL))
	id := hex.EncodeToString(sum[:8])
	l.mu.Lock()
	d, ok := l.byID[id]
	if ok {
		l.mu.Unlock()
		return d
	}
	d = &dialog{logins: l, attempt: try, ended: make(chan struct{}), doc: loginDoc{
		ID: id, Profile: r.Profile, Session: r.Session, StartURL: r.StartURL,
		Reason: toErrorDoc(r.Reason), State: loginAsking, Output: []string{}, Profiles: []string{r.Profile},
	}}
	l.byID[id] = d
	l.mu.Unlock()
	if state, err := l.app.SSOState(l.ctx, r.Profile); err == nil && len(state.Profiles) > 0 {
		d.change(func(doc *loginDoc) { doc.Profiles = state.Profiles })
	} else {
		d.tell()
	}
	go d.watchElsewhere(l.ctx)
	return d
}

// open lists the dialogs that wait for a person.
func (l *logins) open() []loginDoc {
	l.mu.Lock()
	all := make([]*dialog, 0, len(l.byID))
	for _, d := range l.byID {
		all = append(all, d)
	}
	l.mu.Unlock()
	docs := make([]loginDoc, len(all))
	for i, d := range all {
		docs[i] = d.snapshot()
	}
	return docs
}

// forProfile returns the id of the open dialog that a profile waits for, or "".
func (l *logins) forProfile(profile string) string {
	for _, d := range l.open() {
		if slices.Contains(d.Profiles, profile) {
			return d.ID
		}
	}
	return ""
}

func (l *logins) find(id string) (*dialog, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d, ok := l.byID[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "This log in has ended")
	}
	return d, nil
}

// wait holds a call until the dialog ends. A dialog whose last waiter has gone
// stays open: the person may be reading it.
func (d *dialog) wait(ctx context.Context) (bool, error) {
	d.change(func(doc *loginDoc) { doc.Waiting++ })
	defer d.change(func(doc *loginDoc) { doc.Waiting-- })
	select {
	case <-d.ended:
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.result, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func (d *dialog) snapshot() loginDoc {
	d.mu.Lock()
	defer d.mu.Unlock()
	doc := d.doc
	doc.Output = slices.Clone(doc.Output)
	return doc
}

// change alters the document and tells the pages.
func (d *dialog) change(f func(*loginDoc)) {
	d.mu.Lock()
	f(&d.doc)
	d.mu.Unlock()
	d.tell()
}

// tell tells the pages of the dialog as it is now. One at a time, so that no
// older state is told after a newer one.
func (d *dialog) tell() {
	d.telling.Lock()
	defer d.telling.Unlock()
	d.logins.report(d.snapshot())
}

// start begins an attempt with the method. One that runs goes on.
func (d *dialog) start(method sso.Method) {
	d.mu.Lock()
	if d.stop != nil || d.over() {
		d.mu.Unlock()
		return
	}
	ctx, cancel := context.WithCancel(d.logins.ctx)
	d.stop = cancel
	d.doc.State, d.doc.Error, d.doc.Output = loginRunning, nil, []string{}
	d.doc.Method, d.doc.Why, d.doc.Code, d.doc.URL, d.doc.FullURL, d.doc.Left, d.doc.MoreTime = string(method), "", "", "", "", nil, false
	name := d.doc.Profile
	d.mu.Unlock()
	d.tell()
	go func() {
		defer cancel()
		err := d.attempt(ctx, sso.LoginOptions{Name: name, Method: method, Prompts: d.prompts()})
		d.attemptEnded(err)
	}()
}

func (d *dialog) attemptEnded(err error) {
	d.mu.Lock()
	d.stop, d.more, d.doc.Left, d.doc.MoreTime = nil, nil, nil, false
	over := d.over()
	d.mu.Unlock()
	switch {
	case over: // cancelled, or landed elsewhere
	case err == nil:
		d.finish(loginDone)
	default:
		d.change(func(doc *loginDoc) { doc.State, doc.Error = loginFailed, toErrorDoc(err) })
	}
}

// over reports whether the dialog has ended; the lock is held.
func (d *dialog) over() bool { return d.doc.State == loginDone || d.doc.State == loginCancelled }

// finish ends the dialog and lets all who wait go on.
func (d *dialog) finish(state string) {
	d.mu.Lock()
	if d.over() {
		d.mu.Unlock()
		return
	}
	d.doc.State, d.result = state, state == loginDone
	stop := d.stop
	d.mu.Unlock()
	d.logins.mu.Lock()
	delete(d.logins.byID, d.doc.ID)
	d.logins.mu.Unlock()
	close(d.ended)
	if stop != nil {
		stop()
	}
	d.tell()
}

// watchElsewhere ends the dialog when another program has logged in.
func (d *dialog) watchElsewhere(ctx context.Context) {
	// A token that the portal has refused may look good in its file: only
	// another one counts.
	dead, _ := d.logins.app.SSOState(ctx, d.snapshot().Profile)
	look := time.NewTicker(lookElsewhere)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			d.finish(loginCancelled)
			return
		case <-d.ended:
			return
		case <-look.C:
		}
		doc := d.snapshot()
		if doc.State == loginRunning {
			continue // the attempt itself looks
		}
		state, err := d.logins.app.SSOState(ctx, doc.Profile)
		if err == nil && (state.Status == sso.Valid || state.Status == sso.Expiring) && !state.Expires.Equal(dead.Expires) {
			d.finish(loginDone)
			return
		}
	}
}

// prompts show an attempt in the dialog.
func (d *dialog) prompts() sso.Prompts {
	return sso.Prompts{
		OpenBrowser: d.logins.browse,
		ShowCode: func(_ context.Context, c sso.DeviceCode) {
			d.change(func(doc *loginDoc) { doc.Code, doc.URL, doc.FullURL = c.Code, c.URL, c.FullURL })
		},
		ShowPage: func(_ context.Context, url string) {
			d.change(func(doc *loginDoc) { doc.URL = url })
		},
		Output: func(line string) {
			d.change(func(doc *loginDoc) {
				doc.Output = append(doc.Output, line)
				if len(doc.Output) > outputLines {
					doc.Output = slices.Clone(doc.Output[len(doc.Output)-outputLines:])
				}
			})
		},
		Method: func(m sso.Method, why string) {
			d.change(func(doc *loginDoc) { doc.Method, doc.Why = string(m), why })
		},
		Waiting: func(left time.Duration) {
			seconds := int(left.Round(time.Second) / time.Second)
			d.change(func(doc *loginDoc) { doc.Left = &seconds })
		},
		MoreTime:      d.askMoreTime,
		MoreTimeAhead: true,
	}
}

// askMoreTime offers "Wait longer": one more round for each time it is taken.
func (d *dialog) askMoreTime(ctx context.Context, _ time.Duration) (bool, error) {
	answer := make(chan bool, 1)
	d.mu.Lock()
	d.more = answer
	d.mu.Unlock()
	d.change(func(doc *loginDoc) { doc.MoreTime = true })
	defer func() {
		d.mu.Lock()
		d.more = nil
		d.mu.Unlock()
		d.change(func(doc *loginDoc) { doc.MoreTime = false })
	}()
	select {
	case yes := <-answer:
		return yes, nil
	case <-ctx.Done():
		return false, nil
	}
}

// waitLonger answers the question that askMoreTime put.
func (d *dialog) waitLonger() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.more == nil {
		return
	}
	select {
	case d.more <- true:
	default:
	}
}
