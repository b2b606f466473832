package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
	"github.com/fairleadhq/fairlead/internal/term"
)

// room is what all commands share: the streams, the environment, the app.
type room struct {
	streams    *term.Streams
	env        func(string) string
	workDir    string
	specs      []engine.Spec
	jsonErrors bool
	// consent answers "log in now?" where no person is asked; nil asks or refuses.
	consent func(context.Context, sso.LoginRequest) (bool, error)

	loginAllowed bool             // --login: an expired session is logged in to without asking
	onlyLogin    bool             // nothing waits behind the log in
	failedAt     *failedStatement // which of several statements failed

	once   sync.Once
	shared *app.App
	status statusSlot
}

// app builds the app once, when a command first needs it.
func (r *room) app() *app.App {
	r.once.Do(func() {
		r.shared = app.New(app.Options{
			Env: r.env, WorkDir: r.workDir, Specs: r.specs,
			Prompts: r.prompts(), AskMFA: r.askMFA(), AskPassphrase: r.askPassphrase(), AskSecret: r.askPassphrase(),
			ConfirmScan: r.confirmScan(),
		})
	})
	return r.shared
}

// connect opens a target and tells what is odd about the entry it came from.
func (r *room) connect(ctx context.Context, target string, over app.Overrides) (*app.Connection, error) {
	conn, err := r.app().Connect(ctx, target, over)
	if err != nil {
		return nil, err
	}
	e := conn.Target.Entry
	r.warn(e.Warnings)
	r.warn(conn.OpenFiles())
	if e.Hides != "" {
		r.say("%s", r.paint(term.Dim, fmt.Sprintf("%s is this folder's (%s:%d); it hides your own of that name", e.Name, e.File, e.Line)))
	}
	return conn, nil
}

// say writes a line for the person to stderr.
func (r *room) say(format string, args ...any) {
	r.status.clear()
	fmt.Fprintf(r.streams.Err, format+"\n", args...)
}

// paint styles text for stderr.
func (r *room) paint(style term.Style, text string) string {
	return term.Paint(r.streams.ErrColor(), style, text)
}

// report prints a failure: the message, what the service said, the cause, the remedy.
func (r *room) report(f *fault.Error) {
	r.status.clear()
	if r.jsonErrors {
		r.reportJSON(f)
		return
	}
	w := r.streams.Err
	if at := r.failedAt; at != nil {
		fmt.Fprintln(w, r.paint(term.Dim, fmt.Sprintf("statement %d of %d, at line %d:", at.Number, at.Of, at.Line)))
	}
	if f.Code == fault.Interrupted && f.Remedy == "" {
		fmt.Fprintln(w, r.paint(term.Warn, f.Message))
		return
	}
	fmt.Fprintf(w, "%s %s\n", r.paint(term.Bad, "error:"), r.paint(term.Bold, f.Message))
	if s := f.Service; s != nil {
		fmt.Fprintf(w, "  %s\n", serviceLine(s))
	}
	if cause := causeText(f); cause != "" {
		fmt.Fprintf(w, "  %s\n", indent(cause))
	}
	if f.Remedy != "" {
		for _, line := range strings.Split(f.Remedy, "\n") {
			fmt.Fprintf(w, "  %s %s\n", r.paint(term.Accent, "→"), line)
		}
	}
}

// causeText is the cause, unless the service's own words say the same.
func causeText(f *fault.Error) string {
	if f.Cause == nil {
		return ""
	}
	text := f.Cause.Error()
	if f.Service != nil && f.Service.Message != "" && strings.Contains(text, f.Service.Message) {
		return ""
	}
	return text
}

// serviceLine is the service's own words: code, message, position, request id.
func serviceLine(s *fault.Service) string {
	var b strings.Builder
	b.WriteString(s.Name + " said")
	if s.Code != "" && !strings.HasPrefix(s.Message, s.Code) {
		b.WriteString(" " + s.Code)
	}
	b.WriteString(": " + indent(s.Message))
	if s.Line > 0 {
		fmt.Fprintf(&b, "\n  at line %d, column %d", s.Line, s.Column)
	}
	if s.RequestID != "" {
		fmt.Fprintf(&b, "\n  request id %s", s.RequestID)
	}
	return b.String()
}

func indent(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") }

type faultJSON struct {
	Error struct {
		Code    fault.Code     `json:"code"`
		Message string         `json:"message"`
		Cause   string         `json:"cause,omitempty"`
		Remedy  string         `json:"remedy,omitempty"`
		Service *fault.Service `json:"service,omitempty"`
		Exit    int            `json:"exit"`
		// Statement is told when one of several failed.
		Statement *failedStatement `json:"statement,omitempty"`
	} `json:"error"`
}

// failedStatement says which of several statements failed.
type failedStatement struct {
	Number int `json:"number"`
	Of     int `json:"of"`
	Line   int `json:"line"` // in the whole text
}

func (r *room) reportJSON(f *fault.Error) {
	var doc faultJSON
	doc.Error.Code, doc.Error.Message, doc.Error.Remedy = f.Code, f.Message, f.Remedy
	doc.Error.Service, doc.Error.Exit = f.Service, f.Code.Exit()
	doc.Error.Statement = r.failedAt
	if f.Cause != nil {
		doc.Error.Cause = f.Cause.Error()
	}
	_ = writeJSON(r.streams.Err, doc)
}

// writeJSON writes one indented document.
func writeJSON(w io.Writer, doc any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fault.Wrap(err, fault.Output, "Cannot write the output")
	}
	return nil
}
