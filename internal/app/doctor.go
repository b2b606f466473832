package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// Hop is one step of the way from a name to an answer.
type Hop string

// The hops, in the order in which they are walked. Each needs those before it.
const (
	HopDisk        Hop = "disk"        // our own folders
	HopConfig      Hop = "config"      // what the name stands for
	HopRegion      Hop = "region"      // where the calls go
	HopNetwork     Hop = "network"     // whether anything answers there
	HopClock       Hop = "clock"       // whether a signature would be taken
	HopToken       Hop = "token"       // the SSO session
	HopCredentials Hop = "credentials" // the keys, the roles, and what AWS says of them
	HopAccount     Hop = "account"     // the pin
	HopService     Hop = "service"     // the engine's service lets this connection in
)

// The states of a check.
const (
	CheckOK      = "ok"
	CheckWarning = "warning"
	CheckFailed  = "failed"
	CheckSkipped = "skipped" // a hop before it failed, or it does not apply
)

// Check is what was found at one hop.
type Check struct {
	Hop    Hop
	State  string
	Detail string       // one sentence
	Fault  *fault.Error // why it failed, with the mend
}

// Diagnosis is a walk along all hops.
type Diagnosis struct {
	Name    string
	Checks  []Check
	Exposed []Exposure
}

// Failed returns the first hop that failed, nil when none did.
func (d Diagnosis) Failed() *Check {
	for i := range d.Checks {
		if d.Checks[i].State == CheckFailed {
			return &d.Checks[i]
		}
	}
	return nil
}

// hopTimeout bounds each hop: a doctor that hangs tells nothing.
const hopTimeout = 15 * time.Second

// Doctor walks the way of a saved connection, an address, an AWS profile or an
// auth profile, and says at which hop it ends. It asks nobody to log in and
// runs nothing that is billed.
func (a *App) Doctor(ctx context.Context, name string) Diagnosis {
	w := &walk{app: a, name: name}
	w.step(ctx, HopDisk, w.disk)
	w.step(ctx, HopConfig, w.config)
	w.step(ctx, HopRegion, w.region)
	w.step(ctx, HopNetwork, w.network)
	w.step(ctx, HopClock, w.clock)
	w.step(ctx, HopToken, w.token)
	w.step(ctx, HopCredentials, w.credentials)
	w.step(ctx, HopAccount, w.account)
	w.step(ctx, HopService, w.service)
	return Diagnosis{Name: name, Checks: w.checks, Exposed: a.Exposures()}
}

// walk carries what one hop learns to the next.
type walk struct {
	app    *App
	name   string
	checks []Check
	ended  bool

	target   *Target // nil for a profile
	source   creds.Source
	wanted   string // region that the connection asks for
	chain    *creds.Chain
	session  *session.Session
	identity session.Identity
	offset   time.Duration // of the clock, as an endpoint told; valid when told
	told     bool
}

// step walks one hop, unless one before it failed. A hop answers with a
// sentence and, when it failed, the fault; "" skips it.
func (w *walk) step(ctx context.Context, hop Hop, look func(context.Context) (string, error)) {
	if w.ended {
		w.checks = append(w.checks, Check{Hop: hop, State: CheckSkipped})
		return
	}
	limited, cancel := context.WithTimeout(ctx, hopTimeout)
	defer cancel()
	detail, err := look(limited)
	var warned *warning
	switch {
	case errors.As(err, &warned):
		w.checks = append(w.checks, Check{Hop: hop, State: CheckWarning, Detail: warned.text, Fault: warned.fault()})
	case err != nil:
		w.ended = true
		w.checks = append(w.checks, Check{Hop: hop, State: CheckFailed, Detail: detail, Fault: fault.As(err)})
	case detail == "":
		w.checks = append(w.checks, Check{Hop: hop, State: CheckSkipped})
	default:
		w.checks = append(w.checks, Check{Hop: hop, State: CheckOK, Detail: detail})
	}
}

// warning is a finding that keeps nothing from working.
type warning struct{ text, remedy string }

func (w *warning) Error() string { return w.text }

func (w *warning) fault() *fault.Error {
	return fault.New(fault.Findings, w.text).WithRemedy(w.remedy)
}

// leastSpace is what results and exports need at least.
const leastSpace = 200 << 20

// disk looks whether our own folders can be written, and have room.
func (w *walk) disk(context.Context) (string, error) {
	dirs, err := w.app.dirs()
	if err != nil {
		return "", fault.Wrap(err, fault.Config, "There is no folder for Fairlead's files").WithRemedy("set HOME, or FAIRLEAD_HOME to a folder")
	}
	for _, dir := range []string{dirs.Config, dirs.State, dirs.Cache} {
		existing := nearestFolder(dir)
		probe, err := os.CreateTemp(existing, ".fairlead-doctor-*")
		if err != nil {
			return "", fault.Wrapf(err, fault.Output, "%s cannot be written", existing).
				WithRemedyf("make it writable, or choose another folder: export %s=FOLDER", home.Env)
		}
		_ = probe.Close()
		if err := os.Remove(probe.Name()); err != nil {
			return "", fault.Wrapf(err, fault.Output, "%s cannot be cleaned up", existing)
		}
		if free, ok := home.FreeSpace(existing); ok && free < leastSpace {
			return "", fault.Newf(fault.Output, "Only %d MB are left on the disk of %s", free>>20, existing).
				WithRemedyf("make room; results that are kept lie in %s", filepath.Join(dirs.Cache, "results"))
		}
	}
	return "own files in " + dirs.Config, nil
}

// nearestFolder is the folder itself, or the first above it that exists.
func nearestFolder(dir string) string {
	for {
		info, err := os.Stat(dir)
		if err == nil && info.IsDir() || !errors.Is(err, fs.ErrNotExist) {
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			return dir
		}
		dir = above
	}
}

// config finds out what the name stands for and resolves its chain.
func (w *walk) config(ctx context.Context) (string, error) {
	a := w.app
	files, err := a.files()
	if err != nil {
		return "", err
	}
	_, isProfile := files.Profile(w.name)
	what := fmt.Sprintf("AWS profile %q", w.name)
	switch {
	case isProfile || w.name == "":
		w.source = creds.Source{Profile: w.name, Explicit: w.name != "", Name: w.name}
		if w.name == "" {
			what = "what the AWS CLI would use"
		}
	case a.isAuthOnly(w.name):
		if w.source, w.wanted, err = a.AuthSource(ctx, w.name); err != nil {
			return "", err
		}
		what = fmt.Sprintf("auth profile %q", w.name)
	default:
		target, err := a.Target(w.name, Overrides{})
		if err != nil {
			return "", doctorMissing(err, w.name)
		}
		if err := checkValues(target.Entry, target.Spec); err != nil {
			return "", err
		}
		w.target = &target
		if w.source, w.wanted, err = a.source(ctx, target.Entry); err != nil {
			return "", err
		}
		what = fmt.Sprintf("connection %q to %s", target.Entry.Name, target.Spec.Title)
		if target.Entry.Profile != "" {
			what += fmt.Sprintf(" as AWS profile %q", target.Entry.Profile)
		}
	}
	source := w.source
	source.Region = w.wanted
	if w.chain, err = a.opener().Resolver().Resolve(ctx, source); err != nil && fault.CodeOf(err) != fault.RegionMissing {
		return "", err
	}
	return what, nil
}

// doctorMissing says of a name that is no connection that it is no profile either.
func doctorMissing(err error, name string) error {
	f := fault.As(err)
	if f.Code != fault.ConnectionMissing {
		return err
	}
	return fault.Newf(f.Code, "Neither a connection nor an AWS profile is called %q", name).
		WithRemedy(f.Remedy + "\nor see the profiles: fairlead profiles list")
}

func (w *walk) region(ctx context.Context) (string, error) {
	req := session.Request{Name: w.name, Source: w.source, Region: w.wanted}
	if w.wanted != "" {
		req.RegionOrigin = "connection " + w.name
	}
	s, err := w.app.opener().Open(ctx, req)
	if err != nil {
		return "", err
	}
	w.session = s
	return s.Region + " (from " + s.RegionOrigin + ")", nil
}

// token looks at the SSO session at the ground of the chain, and asks the
// portal whether it still accepts it.
func (w *walk) token(ctx context.Context) (string, error) {
	state, ok := w.session.Chain.SessionState(ctx, w.app.opener().Resolver())
	if !ok {
		return "", nil
	}
	name := state.Session.Name
	if name == "" && len(state.Profiles) > 0 {
		name = state.Profiles[0]
	}
	if name == "" {
		name = w.session.Profile
	}
	if probed, err := w.app.sso().Probe(ctx, name); err == nil {
		state = probed
	} else if f := fault.As(err); f.Code == fault.Unavailable || f.Code == fault.Throttled || f.Code == fault.Timeout {
		return "", err
	}
	left := ""
	if state.Left > 0 {
		left = ", " + strings.TrimSuffix(state.Left.Round(time.Minute).String(), "0s") + " left"
	}
	detail := fmt.Sprintf("SSO session %s is %s%s", state.Session.Key(), state.Status, left)
	switch state.Status {
	case sso.Valid, sso.Expiring, sso.Refreshable:
		return detail, nil
	case sso.ClockSkewed:
		return detail, state.ClockFault(name)
	}
	_, err := w.session.Config.Credentials.Retrieve(ctx)
	if err == nil { // a role's credentials still hold
		return "", &warning{detail, "log in before they end: fairlead login " + w.session.Profile}
	}
	return detail, err
}

// credentials walks the chain to keys and asks AWS whose they are.
func (w *walk) credentials(ctx context.Context) (string, error) {
	keys, err := w.session.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	if w.identity, err = w.session.Identity(ctx); err != nil {
		return "", err
	}
	until := ""
	if keys.CanExpire {
		until = ", until " + keys.Expires.Local().Format("15:04")
	}
	return w.identity.ARN + until, nil
}

func (w *walk) account(context.Context) (string, error) {
	if w.target == nil || w.target.Entry.Account == "" {
		return "", nil
	}
	if pinned := w.target.Entry.Account; pinned != w.identity.Account {
		return "", wrongAccount(w.target.Entry, w.session.Profile, w.identity)
	}
	return w.identity.Account + ", as the connection is pinned to", nil
}

// service asks the engine's service with its cheapest call.
func (w *walk) service(ctx context.Context) (string, error) {
	if w.target == nil {
		return "", nil
	}
	conn, err := w.app.ConnectTo(ctx, *w.target)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return conn.Probe(ctx)
}

func wrongAccount(e connection.Entry, profile string, id session.Identity) error {
	f := fault.Newf(fault.Guarded, "Connection %q is pinned to account %s, but its credentials belong to account %s", e.Name, e.Account, id.Account)
	f.Cause = fmt.Errorf("profile %q answers as %s", profile, id.ARN)
	return f.WithRemedyf("see where they come from: fairlead credentials explain %[1]s\nif this account is meant: fairlead connections edit %[1]s --account %[2]s", e.Name, id.Account)
}

// hostOf is the host of an endpoint, for messages.
func hostOf(endpoint string) string {
	_, rest, found := strings.Cut(endpoint, "://")
	if !found {
		rest = endpoint
	}
	host, _, _ := strings.Cut(rest, "/")
	return host
}
