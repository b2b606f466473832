package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// ModernizeProfiles plans the change of SSO profiles with a start URL of their
// own, which cannot refresh, to the sso-session form, which can. Without
// names, all of them.
func (a *App) ModernizeProfiles(names []string) (ConfigChange, error) {
	files, err := a.files()
	if err != nil {
		return ConfigChange{}, err
	}
	for _, name := range names {
		p, ok := files.Profile(name)
		if !ok {
			return ConfigChange{}, creds.ProfileMissing(files, name, "")
		}
		if p.Kind() != awsfile.KindSSOLegacy {
			return ConfigChange{}, fault.Newf(fault.Usage, "Profile %q has no start URL of its own: it is of the kind %s", name, p.Kind())
		}
	}
	change, err := openChange(files)
	if err != nil {
		return change, err
	}
	sessions := newSessions(files)
	for _, p := range files.Profiles() {
		if p.Kind() != awsfile.KindSSOLegacy || len(names) > 0 && !slices.Contains(names, p.Name) {
			continue
		}
		if why := change.modernize(p, sessions); why != "" {
			change.Skipped = append(change.Skipped, fmt.Sprintf("profile %q: %s", p.Name, why))
			continue
		}
		change.Profiles = append(change.Profiles, p.Name)
	}
	for _, s := range sessions.added {
		if err := change.edit.Append("sso-session "+s.Name, "sso_start_url = "+s.StartURL, "sso_region = "+s.Region,
			"sso_registration_scopes = "+sso.DefaultScope); err != nil {
			return change, fault.Wrap(err, fault.Config, "Cannot write the sso-session")
		}
	}
	return change.checked(files)
}

// modernize puts sso_session in the place of the two older keys. What it says
// is why the profile stays as it is.
func (c *ConfigChange) modernize(p *awsfile.Profile, sessions *sessionSet) (why string) {
	section := p.InConfig()
	url, hasURL := p.Get("sso_start_url")
	region, hasRegion := p.Get("sso_region")
	if !hasURL || !hasRegion {
		return "sso_start_url or sso_region is missing"
	}
	for _, v := range []awsfile.Value{url, region} {
		if section == nil || v.File != c.Path || v.Line <= section.Line || c.edit.HeaderBetween(section.Line, v.Line) {
			return fmt.Sprintf("its sso keys stand elsewhere (%s:%d)", v.File, v.Line)
		}
	}
	if strings.ContainsAny(url.Text+region.Text, "\n") {
		return "a value has several lines"
	}
	s := sessions.of(url.Text, region.Text)
	if err := c.edit.Replace(url.Line, "sso_session = "+s); err != nil {
		return err.Error()
	}
	if err := c.edit.Replace(region.Line, ""); err != nil {
		return err.Error()
	}
	return ""
}

// sessionSet finds or makes one sso-session for each start URL and region.
type sessionSet struct {
	files *awsfile.Files
	added []sso.Session
}

func newSessions(files *awsfile.Files) *sessionSet { return &sessionSet{files: files} }

func (x *sessionSet) of(url, region string) string {
	for _, section := range x.files.Sessions() {
		u, _ := section.Get("sso_start_url")
		r, _ := section.Get("sso_region")
		if sameURL(u.Text, url) && r.Text == region && len(section.Defects()) == 0 {
			return section.Name
		}
	}
	for _, s := range x.added {
		if sameURL(s.StartURL, url) && s.Region == region {
			return s.Name
		}
	}
	name := freeName(sessionName(url), func(name string) bool {
		_, ok := x.files.Session(name)
		return ok || slices.ContainsFunc(x.added, func(s sso.Session) bool { return s.Name == name })
	})
	x.added = append(x.added, sso.Session{Name: name, StartURL: url, Region: region})
	return name
}

// OlderForm names the profiles that hold this start URL themselves, in file order.
func (a *App) OlderForm(startURL string) ([]string, error) {
	files, err := a.files()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range files.Profiles() {
		if p.Kind() == awsfile.KindSSOLegacy && p.Text("sso_start_url") == startURL {
			names = append(names, p.Name)
		}
	}
	return names, nil
}
