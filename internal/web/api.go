package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// endpoint is a handler that returns its failure.
type endpoint func(w http.ResponseWriter, r *http.Request) error

// handler is everything the server answers.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, e := range s.routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := e(w, r); err != nil {
				s.fail(w, r, err)
			}
		})
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		writeFault(w, http.StatusNotFound, fault.Newf(fault.NotFound, "There is no %s %s", r.Method, r.URL.Path))
	})
	mux.Handle("/", s.page())
	return s.guard(mux)
}

func (s *Server) routes() map[string]endpoint {
	return map[string]endpoint{
		"POST /api/session": s.postSession,
		"POST /api/ticket":  s.postTicket,
		"GET /api/info":     s.getInfo,
		"GET /api/events":   s.getEvents,

		"POST /api/logins/{id}/start":  s.postLoginStart,
		"POST /api/logins/{id}/cancel": s.postLoginCancel,
		"POST /api/logins/{id}/more":   s.postLoginMore,
		"POST /api/sso/login":          s.postLogin,
		"POST /api/sso/logout":         s.postLogout,
		"GET /api/sso/sessions":        s.getSessions,
		"GET /api/profiles":            s.getProfiles,

		"POST /api/sso/setup":              s.postSetup,
		"GET /api/sso/setup/{id}":          s.getSetup,
		"POST /api/sso/setup/{id}/preview": s.postSetupPreview,
		"POST /api/sso/setup/{id}/write":   s.postSetupWrite,

		"POST /api/unlock":         s.postUnlock,
		"POST /api/mfa/{id}":       s.postCode,
		"GET /api/auths":           s.getAuths,
		"POST /api/auths/check":    s.postAuthCheck,
		"PUT /api/auths/{name}":    s.putAuth,
		"DELETE /api/auths/{name}": s.deleteAuth,

		"GET /api/connections":           s.getConnections,
		"POST /api/connections/test":     s.postConnectionTest,
		"POST /api/connections/parse":    s.postConnectionParse,
		"PUT /api/connections/{name}":    s.putConnection,
		"DELETE /api/connections/{name}": s.deleteConnection,

		"GET /api/tree":   s.getTree,
		"GET /api/names":  s.getNames,
		"GET /api/sample": s.getSample,
		"POST /api/plan":  s.postPlan,

		"GET /api/runs":                           s.getRuns,
		"POST /api/runs":                          s.postRun,
		"GET /api/runs/{id}":                      s.getRun,
		"DELETE /api/runs/{id}":                   s.deleteRun,
		"POST /api/runs/{id}/cancel":              s.postRunCancel,
		"GET /api/runs/{id}/results/{n}/rows":     s.getRows,
		"GET /api/runs/{id}/results/{n}/cell":     s.getCell,
		"GET /api/runs/{id}/results/{n}/find":     s.getFind,
		"POST /api/runs/{id}/results/{n}/view":    s.postView,
		"POST /api/runs/{id}/results/{n}/copy":    s.postCopy,
		"GET /api/runs/{id}/results/{n}/download": s.getDownload,
		"GET /api/runs/{id}/results/{n}/chart":    s.getChart,

		"POST /api/items/get": s.postItemGet,
		"PUT /api/items":      s.putItem,
		"DELETE /api/items":   s.deleteItem,

		"GET /api/history":              s.getHistory,
		"POST /api/history/{id}/open":   s.postHistoryOpen,
		"POST /api/history/{id}/attach": s.postHistoryAttach,
		"DELETE /api/history/{id}":      s.deleteHistory,
		"GET /api/saved":                s.getSaved,
		"PUT /api/saved/{name}":         s.putSaved,
		"DELETE /api/saved/{name}":      s.deleteSaved,

		"GET /api/workspace": s.getWorkspace,
		"PUT /api/workspace": s.putWorkspace,
		"GET /api/settings":  s.getSettings,
		"PUT /api/settings":  s.putSettings,
	}
}

// fail answers with the fault in err. A body that has begun cannot be taken
// back: its connection is cut, so that no half is taken for the whole.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errBegun) {
		panic(http.ErrAbortHandler)
	}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody listens any more
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		writeFault(w, http.StatusRequestEntityTooLarge, fault.Newf(fault.Usage, "The request is larger than %d bytes", tooLarge.Limit))
		return
	}
	writeError(w, fault.As(err).Code.HTTP(), errorOf(err))
}

// errorOf is the document of an error, with what can be done about it on the
// connection it came from.
func errorOf(err error) *errorDoc {
	doc := toErrorDoc(fault.As(err))
	var on *connectionError
	if errors.As(err, &on) {
		doc = doc.forConnection(on.name, on.profile)
	}
	return doc
}

// errBegun says that an answer broke off after its first bytes were sent.
var errBegun = errors.New("the answer had begun")

// errorDoc is a fault as the page gets it.
type errorDoc struct {
	Code    fault.Code     `json:"code"`
	Message string         `json:"message"`
	Cause   string         `json:"cause,omitempty"`
	Remedy  string         `json:"remedy,omitempty"`
	Service *fault.Service `json:"service,omitempty"`
	Actions []action       `json:"actions,omitempty"`
}

// action is a remedy that the page can offer as a button.
type action struct {
	Kind       string `json:"kind"` // login, edit-connection, add-profile, unlock, auths, allow-scan, retry
	Profile    string `json:"profile,omitempty"`
	Connection string `json:"connection,omitempty"`
}

func toErrorDoc(err error) *errorDoc {
	f := fault.As(err)
	if f == nil {
		return nil
	}
	doc := &errorDoc{Code: f.Code, Message: f.Message, Remedy: f.Remedy, Service: f.Service}
	if f.Cause != nil {
		doc.Cause = f.Cause.Error()
	}
	switch f.Code {
	case fault.SecretStore:
		kind := "auths" // a secret is missing, or its store refuses
		if locked := lockedError(""); errors.As(err, &locked) {
			kind = "unlock"
		}
		doc.Actions = append(doc.Actions, action{Kind: kind})
	case fault.NoProfiles:
		doc.Actions = append(doc.Actions, action{Kind: "add-profile"})
	case fault.Throttled, fault.Unavailable, fault.Timeout:
		doc.Actions = append(doc.Actions, action{Kind: "retry"})
	}
	return doc
}

// forConnection adds the actions that need to know the connection's profile.
func (d *errorDoc) forConnection(name, profile string) *errorDoc {
	if d == nil {
		return nil
	}
	failedLogin := d.Code == fault.LoginTimeout || d.Code == fault.LoginDenied || d.Code == fault.LoginFailed
	if profile != "" && (d.Code.MendedByLogin() || failedLogin) {
		d.Actions = append([]action{{Kind: "login", Profile: profile}}, d.Actions...)
	}
	switch d.Code {
	case fault.Config, fault.ConnectionMissing, fault.RegionMissing, fault.CredsFailed, fault.CredsRejected, fault.ProfileMissing:
		if name != "" {
			d.Actions = append(d.Actions, action{Kind: "edit-connection", Connection: name})
		}
	}
	return d
}

func writeFault(w http.ResponseWriter, status int, f *fault.Error) {
	writeError(w, status, toErrorDoc(f))
}

func writeError(w http.ResponseWriter, status int, doc *errorDoc) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": doc})
}

func writeJSON(w http.ResponseWriter, doc any) error {
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // a reader that has gone needs no answer
	return nil
}

// done answers a call that has nothing to say.
func done(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readJSON reads a body of one JSON object with known fields only.
func readJSON(r *http.Request, to any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return fault.Wrap(err, fault.Usage, "The request cannot be read")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Usage, "The request holds more than one JSON object")
	}
	return nil
}

// canonicalQuery sorts and escapes a query, so that two writings of it compare.
func canonicalQuery(raw string) (string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "", fault.Wrap(err, fault.Usage, "The query cannot be read")
	}
	values.Del("ticket")
	return values.Encode(), nil
}
