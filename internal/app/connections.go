package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// Connections lists the saved connections, and what is odd about the files
// they came from.
func (a *App) Connections() ([]connection.Entry, []string, error) {
	book, err := a.book()
	if err != nil {
		return nil, nil, err
	}
	return book.Connections(), book.Warnings(), nil
}

// SavedConnection returns one saved connection.
func (a *App) SavedConnection(name string) (connection.Entry, error) {
	book, err := a.book()
	if err != nil {
		return connection.Entry{}, err
	}
	return book.Connection(name)
}

// AddConnection saves a new connection after checking it against its engine
// and its profile's existence; it connects to nothing.
func (a *App) AddConnection(e connection.Entry) error {
	book, err := a.book()
	if err != nil {
		return err
	}
	// A workspace's entry may hide the user's own of that name.
	if old, err := book.Connection(e.Name); err == nil && old.Scope == e.Scope {
		return fault.Newf(fault.Config, "There is a connection %q already (%s)", old.Name, old.File).
			WithRemedyf("change it with: fairlead connections edit %s", old.Name)
	}
	if auth, err := book.Auth(e.Auth); err == nil && e.Account == "" {
		// Verified keys bring their account: should they ever be replaced by
		// another account's, the connection says so before it sends anything.
		e.Account = auth.Account
	}
	return a.saveConnection(book, e)
}

// EditConnection saves a changed connection.
func (a *App) EditConnection(e connection.Entry) error {
	book, err := a.book()
	if err != nil {
		return err
	}
	return a.saveConnection(book, e)
}

func (a *App) saveConnection(book *connection.Book, e connection.Entry) error {
	spec, err := a.Spec(e.Engine)
	if err != nil {
		return err
	}
	if e.Auth != "" && e.Profile != "" {
		return fault.Newf(fault.Usage, "Connection %q has both an auth profile and an AWS profile", e.Name).
			WithRemedy("give either --auth or --profile")
	}
	if e.Auth != "" {
		if _, err := book.Auth(e.Auth); err != nil {
			return err
		}
	}
	// Defaults are filled in when the connection is used, not saved.
	check := e
	check.File = ""
	check.Params = maps.Clone(e.Params)
	if _, err := checkParams(check, spec); err != nil {
		return err
	}
	if err := checkValues(e, spec); err != nil {
		return err
	}
	return book.PutConnection(e)
}

// checkValues refuses what could never work, whatever AWS says.
func checkValues(e connection.Entry, spec engine.Spec) error {
	if e.Region != "" {
		if err := session.CheckRegion(e.Region, "--region"); err != nil {
			return err
		}
	}
	if spec.Check == nil {
		return nil
	}
	return spec.Check(e.Params)
}

// RemoveConnection forgets a saved connection, and its secrets.
func (a *App) RemoveConnection(ctx context.Context, name string) error {
	book, err := a.book()
	if err != nil {
		return err
	}
	e, err := book.Connection(name)
	if err != nil {
		return err
	}
	if err := book.RemoveConnection(name); err != nil {
		return err
	}
	return a.forgetSecretParams(ctx, e)
}

// TestReport says what a connection test found.
type TestReport struct {
	Name     string           `json:"name"`
	Engine   string           `json:"engine"`
	Region   string           `json:"region"`
	Origin   string           `json:"region_origin"`
	Identity session.Identity `json:"identity"`
	Answer   string           `json:"answer"` // what the service said of itself
	Elapsed  time.Duration    `json:"elapsed_ns"`
	Warnings []string         `json:"warnings,omitempty"` // what is odd about the entry
}

// TestConnection walks the whole way once: credentials, identity, service.
func (a *App) TestConnection(ctx context.Context, name string) (TestReport, error) {
	target, err := a.Target(name, Overrides{})
	if err != nil {
		return TestReport{}, err
	}
	return a.test(ctx, target)
}

// TestEntry is TestConnection for an entry that need not be saved.
func (a *App) TestEntry(ctx context.Context, e connection.Entry) (TestReport, error) {
	e, secrets := a.SplitSecrets(e)
	target, err := a.targetOf(e, Overrides{})
	if err != nil {
		return TestReport{}, err
	}
	target.secrets = secrets
	if err := checkValues(e, target.Spec); err != nil {
		return TestReport{}, err
	}
	return a.test(ctx, target)
}

func (a *App) test(ctx context.Context, target Target) (TestReport, error) {
	from := time.Now()
	conn, err := a.ConnectTo(ctx, target)
	if err != nil {
		return TestReport{}, err
	}
	defer conn.Close()
	report := TestReport{Name: target.Entry.Name, Engine: conn.Target.Spec.Title, Region: conn.Session.Region, Origin: conn.Session.RegionOrigin,
		Warnings: conn.Target.Entry.Warnings}
	if conn.Session.Chain != nil { // one without AWS has no identity there
		if report.Identity, err = conn.Session.Identity(ctx); err != nil {
			return report, err
		}
	}
	if report.Answer, err = conn.Probe(ctx); err != nil {
		return report, err
	}
	report.Elapsed = time.Since(from)
	return report, nil
}

// ConnectionsOf lists the names of the connections that use an auth profile.
func (a *App) ConnectionsOf(auth string) ([]string, error) {
	book, err := a.book()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range book.Connections() {
		if e.Auth == auth {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}
