package cli

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/term"
	"github.com/fairleadhq/fairlead/internal/web"
	"github.com/fairleadhq/fairlead/internal/web/ui"
)

type uiOptions struct {
	port      int
	noOpen    bool
	readyFile string
	page      string
	demo      bool
}

func newUI(r *room) *cobra.Command {
	var o uiOptions
	cmd := &cobra.Command{
		Use:   "ui",
		Short: "Open the page: connect, log in with one click, query, look",
		Long: `Serve the page on loopback and open it in the browser. It has connections, schema
browsing, an editor, results and charts for all three engines, and asks you to
log in with one click when an SSO session has expired.

Only this machine reaches it, and only with the link that is printed: its
fragment holds a token that is new at every start. Ctrl-C ends it and stops what
still runs in AWS.`,
		Example: `  fairlead ui
  fairlead ui --no-open --port 0 --ready-file ready.json`,
		GroupID: groupWork,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return r.ui(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.IntVar(&o.port, "port", 0, "port to listen on; 0 for a free one")
	f.BoolVar(&o.noOpen, "no-open", false, "print the link and open no browser")
	f.StringVar(&o.readyFile, "ready-file", "", "write url, origin and pid as JSON to this file (private to you) once the page answers")
	f.StringVar(&o.page, "page", "", "serve the built page from this folder instead of the one inside the program (for working on it)")
	_ = f.MarkHidden("page")
	return cmd
}

// uiReady is what the ready file tells.
type uiReady struct {
	URL    string `json:"url"` // holds the token
	Origin string `json:"origin"`
	PID    int    `json:"pid"`
}

func (r *room) ui(ctx context.Context, o uiOptions) error {
	person := web.NewPerson()
	a := app.New(app.Options{Env: r.env, WorkDir: r.workDir, Specs: r.specs,
		Prompts: person.Prompts(), AskMFA: person.AskMFA, AskPassphrase: person.AskPassphrase})
	opts := web.Options{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)), Person: person, Page: ui.Page(),
		Version: currentVersion().Version, Demo: o.demo}
	if o.page != "" {
		opts.Page = os.DirFS(o.page)
	}
	if canOpenBrowser(r.env) {
		opts.OpenBrowser = openBrowser
	}
	srv, err := web.Listen(a, opts)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	if err := r.tellUI(srv, o); err != nil {
		return err
	}
	return <-served
}

// tellUI shows the link and opens it.
func (r *room) tellUI(srv *web.Server, o uiOptions) error {
	if o.readyFile != "" {
		doc, err := json.MarshalIndent(uiReady{srv.URL(), srv.Origin(), os.Getpid()}, "", "  ")
		if err != nil {
			return err
		}
		if err := home.WriteFile(o.readyFile, append(doc, '\n')); err != nil {
			return fault.Wrapf(err, fault.Output, "Cannot write the ready file %s", o.readyFile)
		}
	}
	opened := false
	if !o.noOpen && canOpenBrowser(r.env) {
		opened = openBrowser(context.Background(), srv.OnceURL()) == nil
	}
	if opened {
		r.say("The page has been opened in your browser. If it does not show, open:")
	} else {
		r.say("Open the page:")
	}
	r.say("  %s", r.paint(term.Accent, srv.URL()))
	r.say("Only this machine reaches it, and only with this link. Ctrl-C ends it.")
	return nil
}
