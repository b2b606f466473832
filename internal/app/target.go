package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
)

// Overrides are what a command line may change about a target for one run.
type Overrides struct {
	Profile  string // another AWS profile
	Region   string
	ReadOnly bool
	// Params are engine parameters for this run, e.g. fetch=s3.
	Params map[string]string
}

// Target is a name or address made definite: which engine, reached as whom.
type Target struct {
	Entry connection.Entry // with overrides applied; Name is the address for unsaved targets
	Spec  engine.Spec
	// AskedReadOnly: the caller made it read-only for this run, the entry does not.
	AskedReadOnly bool
	Asked         Overrides // what the caller changed for this run
	// secrets are secret parameters given for this once; others are in the store.
	secrets map[string]secret.String
}

// Target resolves a saved name or an address such as
// athena://PROFILE@REGION/CATALOG/DATABASE?workgroup=W.
func (a *App) Target(name string, over Overrides) (Target, error) {
	entry, err := a.entry(name)
	if err != nil {
		return Target{}, err
	}
	return a.targetOf(entry, over)
}

// ParseTarget reads an address, or what else of a place a person may paste,
// into an entry that is not saved. A name that is none is a fault with code usage.
func (a *App) ParseTarget(text string) (connection.Entry, error) {
	if pasted, ok := a.Parse(text); ok {
		return pasted, nil
	}
	if _, isAddress, err := connection.ParseAddress(text); err != nil || !isAddress {
		if err != nil {
			return connection.Entry{}, err
		}
		return connection.Entry{}, fault.Newf(fault.Usage, "%q is no address", text).
			WithRemedy("paste athena://PROFILE@REGION/CATALOG/DATABASE, redshift://PROFILE@REGION/NAME/DATABASE or dynamodb://PROFILE@REGION")
	}
	return a.entry(text)
}

// IsProduction reports whether a connection's label says that real work hangs
// on it, so that a room marks it and asks before it writes.
func IsProduction(e connection.Entry) bool {
	label := strings.ToLower(strings.TrimSpace(e.Label))
	return label == "production" || label == "prod" || label == "live"
}

func (a *App) targetOf(entry connection.Entry, over Overrides) (Target, error) {
	if over.Profile != "" {
		entry.Profile, entry.Auth = over.Profile, ""
	}
	if over.Region != "" {
		entry.Region = over.Region
	}
	asked := over.ReadOnly && !entry.ReadOnly
	entry.ReadOnly = entry.ReadOnly || over.ReadOnly
	spec, err := a.Spec(entry.Engine)
	if err != nil && entry.File != "" {
		f := fault.As(err)
		return Target{}, fault.Newf(fault.Config, "Connection %q (%s:%d) names the engine %q, and there is none", entry.Name, entry.File, entry.Line, entry.Engine).
			WithRemedyf("%s\nthen: fairlead connections edit %s --engine KIND", f.Remedy, entry.Name)
	}
	if err != nil {
		return Target{}, err
	}
	if err := a.checkOverrides(over.Params, spec); err != nil {
		return Target{}, err
	}
	if len(over.Params) > 0 {
		entry.Params = maps.Clone(entry.Params)
		if entry.Params == nil {
			entry.Params = map[string]string{}
		}
		maps.Copy(entry.Params, over.Params)
	}
	if entry.Params, err = checkParams(entry, spec); err != nil {
		return Target{}, err
	}
	return Target{Entry: entry, Spec: spec, AskedReadOnly: asked, Asked: over}, nil
}

// checkOverrides refuses a parameter given for this run that the engine does
// not have, and says which engine does.
func (a *App) checkOverrides(params map[string]string, spec engine.Spec) error {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		p, ok := spec.Param(name)
		if ok && len(p.Choices) > 0 && !slices.Contains(p.Choices, params[name]) {
			return fault.Newf(fault.Usage, "--%s cannot be %q", flagName(name), params[name]).
				WithRemedy("one of: " + strings.Join(p.Choices, ", "))
		}
		if ok {
			continue
		}
		var have []string
		for _, other := range a.o.Specs {
			if _, ok := other.Param(name); ok {
				have = append(have, other.Title)
			}
		}
		f := fault.Newf(fault.Usage, "%s has no --%s", spec.Title, flagName(name))
		if len(have) > 0 {
			f.WithRemedyf("it is for %s", strings.Join(have, " and "))
		}
		return f
	}
	return nil
}

func (a *App) entry(name string) (connection.Entry, error) {
	address, isAddress, err := connection.ParseAddress(name)
	if err != nil {
		if pasted, ok := a.Parse(name); ok {
			return pasted, nil
		}
		return connection.Entry{}, err
	}
	if !isAddress {
		book, err := a.book()
		if err != nil {
			return connection.Entry{}, err
		}
		saved, err := book.Connection(name)
		if fault.CodeOf(err) == fault.ConnectionMissing {
			if pasted, ok := a.Parse(name); ok {
				return pasted, nil
			}
		}
		return saved, err
	}
	if _, err := a.Spec(address.Kind); err != nil {
		if pasted, ok := a.Parse(name); ok {
			return pasted, nil
		}
	}
	spec, err := a.Spec(address.Kind)
	if err != nil {
		return connection.Entry{}, err
	}
	params := maps.Clone(address.Query)
	if params == nil {
		params = map[string]string{}
	}
	if len(address.Path) > len(spec.Path) {
		return connection.Entry{}, tooLong(name, address.Path, spec)
	}
	for i, segment := range address.Path {
		if segment == "" {
			continue
		}
		// An endpoint may stand where the name belongs.
		if more, region, ok := parsed(spec, segment); ok && i == 0 {
			maps.Copy(params, more)
			if address.Region == "" {
				address.Region = region
			}
			continue
		}
		params[spec.Path[i]] = segment
	}
	return connection.Entry{Name: name, Engine: address.Kind, Profile: address.Profile, Region: address.Region, Params: params}, nil
}

// Parse reads what a person pasted in place of a name: an endpoint, an ARN, a
// JDBC URL, as the engines know them. Nothing is looked up. The entry's name is
// the text, without the password that it may hold.
func (a *App) Parse(text string) (connection.Entry, bool) {
	for _, spec := range a.o.Specs {
		if params, region, ok := parsed(spec, text); ok {
			return connection.Entry{Name: withoutPassword(strings.TrimSpace(text)), Engine: spec.Kind, Region: region, Params: params}, true
		}
	}
	return connection.Entry{}, false
}

func parsed(spec engine.Spec, text string) (params map[string]string, region string, ok bool) {
	if spec.Parse == nil {
		return nil, "", false
	}
	return spec.Parse(text)
}

// withoutPassword takes the password out of SCHEME://USER:PASSWORD@HOST, and
// out of options, so that no message can show it.
func withoutPassword(text string) string {
	if end := strings.IndexAny(text, "?;"); end >= 0 {
		text = text[:end]
	}
	scheme, rest, ok := strings.Cut(text, "://")
	at := strings.LastIndexByte(rest, '@')
	if !ok || at < 0 {
		return text
	}
	user, _, _ := strings.Cut(rest[:at], ":")
	return scheme + "://" + user + rest[at:]
}

// tooLong says what an address's path may hold.
func tooLong(name string, path []string, spec engine.Spec) *fault.Error {
	has := fmt.Sprintf("The address %s has %d path segments", name, len(path))
	if len(path) == 1 {
		has = fmt.Sprintf("The address %s has the path %s", name, path[0])
	}
	if len(spec.Path) == 0 {
		return fault.Newf(fault.Usage, "%s; %s takes none", has, spec.Title).
			WithRemedyf("write it as %s://PROFILE@REGION", spec.Kind)
	}
	return fault.Newf(fault.Usage, "%s; %s takes at most %d", has, spec.Title, len(spec.Path)).
		WithRemedyf("write it as %s://PROFILE@REGION/%s", spec.Kind, strings.ToUpper(strings.Join(spec.Path, "/")))
}

// Spec returns the engine of that kind, or a fault that lists the kinds.
func (a *App) Spec(kind string) (engine.Spec, error) {
	spec, err := engine.Find(a.o.Specs, kind)
	if err != nil {
		f := fault.As(err)
		f.Code = fault.Usage // the kind came from whoever called, not from a file
		return engine.Spec{}, f
	}
	return spec, nil
}

// checkParams fills in defaults and refuses what the spec refuses, in words that
// name the connection.
func checkParams(entry connection.Entry, spec engine.Spec) (map[string]string, error) {
	params := maps.Clone(entry.Params)
	if entry.File != "" {
		// A saved entry may carry keys of a newer version: reported as a
		// warning by the book, not sent to the engine.
		maps.DeleteFunc(params, func(name, _ string) bool {
			_, declared := spec.Param(name)
			return !declared
		})
	}
	full, bad := spec.Fit(params)
	if bad == nil {
		return full, nil
	}
	switch p := bad.Param; bad.Why {
	case engine.Missing:
		return nil, fault.Newf(fault.Config, "Connection %q needs %s: %s", entry.Name, p.Name, p.Help).
			WithRemedyf("fairlead connections edit %s --%s VALUE", entry.Name, flagName(p.Name))
	case engine.NoChoice:
		return nil, fault.Newf(fault.Config, "Connection %q has %s = %q", entry.Name, p.Name, bad.Value).
			WithRemedy("one of: " + strings.Join(p.Choices, ", "))
	}
	f := bad.Fault(spec)
	f.Code = fault.Usage // the name came from whoever called, not from a file
	return nil, f
}

func flagName(param string) string { return strings.ReplaceAll(param, "_", "-") }

// source says whose credentials an entry uses: its auth profile, its AWS
// profile, or what AWS_PROFILE and the environment say when it names none.
func (a *App) source(ctx context.Context, entry connection.Entry) (creds.Source, string, error) {
	if entry.Auth == "" {
		return creds.Source{Profile: entry.Profile, Explicit: entry.Profile != "", Name: entry.Name}, entry.Region, nil
	}
	src, region, err := a.AuthSource(ctx, entry.Auth)
	if err != nil {
		return creds.Source{}, "", err
	}
	if entry.Region != "" {
		region = entry.Region
	}
	return src, region, nil
}

// AuthSource turns a saved auth profile into a credential source and its region.
func (a *App) AuthSource(ctx context.Context, name string) (creds.Source, string, error) {
	book, err := a.book()
	if err != nil {
		return creds.Source{}, "", err
	}
	auth, err := book.Auth(name)
	if err != nil {
		return creds.Source{}, "", err
	}
	if auth.Source == connection.SourceProfile {
		return creds.Source{Profile: auth.Profile, Explicit: true, Name: auth.Name}, auth.Region, nil
	}
	static, err := a.loadStatic(ctx, auth)
	if err != nil {
		return creds.Source{}, "", err
	}
	return creds.Source{Static: static, Name: auth.Name}, auth.Region, nil
}
