package web

import (
	"context"
	"net/http"
	"sync"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// Person is whoever sits at the page, and what the app asks them: to log in, a
// code of an MFA device, the passphrase of the secret file. It is made before
// the app, which is given its answers, and begins to ask when Listen was called.
type Person struct {
	logins *logins

	mu         sync.Mutex
	passphrase secret.String
	codes      map[string]*codeQuestion
	tell       func(codeDoc)
}

// NewPerson returns a person who was asked nothing yet.
func NewPerson() *Person {
	return &Person{logins: newLogins(), codes: map[string]*codeQuestion{}, tell: func(codeDoc) {}}
}

// Prompts answers the SSO broker: a session that needs a log in opens a dialog
// on the page and waits for its end.
func (p *Person) Prompts() sso.Prompts {
	return sso.Prompts{ConfirmLogin: func(ctx context.Context, r sso.LoginRequest) (bool, error) {
		return p.logins.dialog(r, p.logins.app.LoginWith).wait(ctx)
	}}
}

// AskPassphrase answers with the passphrase that the page was told. Until then
// the call that needs it fails with a fault that the page answers by asking.
func (p *Person) AskPassphrase(_ context.Context, why string) (secret.String, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.passphrase.IsZero() {
		f := fault.New(fault.SecretStore, "The encrypted secret file is locked")
		f.Cause = lockedError(why)
		return secret.String{}, f.WithRemedy("unlock it with its passphrase")
	}
	return p.passphrase, nil
}

// lockedError says for what the passphrase is needed.
type lockedError string

func (e lockedError) Error() string { return string(e) }

func (p *Person) setPassphrase(value secret.String) {
	p.mu.Lock()
	p.passphrase = value
	p.mu.Unlock()
}

// codeDoc is a question for an MFA code as the page gets it; Open is false once
// it was answered or given up.
type codeDoc struct {
	ID      string `json:"id"`
	Profile string `json:"profile"`
	Serial  string `json:"serial"`
	Role    string `json:"role_arn,omitempty"`
	Why     string `json:"why,omitempty"`
	Open    bool   `json:"open"`
}

type codeQuestion struct {
	doc    codeDoc
	answer chan secret.String // an empty one gives up
}

// AskMFA asks on the page for the code that an MFA device shows.
func (p *Person) AskMFA(ctx context.Context, r creds.MFARequest) (secret.String, error) {
	q := &codeQuestion{answer: make(chan secret.String, 1),
		doc: codeDoc{ID: random()[:16], Profile: r.Profile, Serial: r.Serial, Role: r.RoleARN, Why: r.Why, Open: true}}
	p.mu.Lock()
	p.codes[q.doc.ID] = q
	p.mu.Unlock()
	p.tell(q.doc)
	defer func() {
		p.mu.Lock()
		delete(p.codes, q.doc.ID)
		p.mu.Unlock()
		ended := q.doc
		ended.Open = false
		p.tell(ended)
	}()
	select {
	case code := <-q.answer:
		return code, nil
	case <-ctx.Done():
		return secret.String{}, ctx.Err()
	}
}

// openCodes lists the questions that wait.
func (p *Person) openCodes() []codeDoc {
	p.mu.Lock()
	defer p.mu.Unlock()
	docs := make([]codeDoc, 0, len(p.codes))
	for _, q := range p.codes {
		docs = append(docs, q.doc)
	}
	return docs
}

// postCode answers a question for an MFA code; an empty code gives up.
func (s *Server) postCode(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Code secret.String `json:"code"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	s.person.mu.Lock()
	q, ok := s.person.codes[r.PathValue("id")]
	s.person.mu.Unlock()
	if !ok {
		return fault.New(fault.NotFound, "This question has ended")
	}
	select {
	case q.answer <- in.Code:
	default: // another page was first
	}
	return done(w)
}

// postUnlock takes the passphrase for the rest of the process, when it is the right one.
func (s *Server) postUnlock(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Passphrase secret.String `json:"passphrase"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if err := s.app.CheckPassphrase(r.Context(), in.Passphrase); err != nil {
		return err
	}
	s.person.setPassphrase(in.Passphrase)
	return done(w)
}
