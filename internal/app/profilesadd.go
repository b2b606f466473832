package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/configedit"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// DefaultTemplate names new profiles.
const DefaultTemplate = "{account_name}-{role}"

// NewSession says which SSO session profiles are added for. Empty parts are
// found out: the name from the start URL, the region by asking AWS.
type NewSession struct {
	StartURL, Region, Name string
}

// Choice is one account and role that could become a profile.
type Choice struct {
	Account, AccountName, Role string
	// Profile is the profile that has them already; "" when there is none.
	Profile string
}

// ConfigChange is a change of the config file that was not made yet.
type ConfigChange struct {
	Path     string
	Diff     string
	Profiles []string // those that are new or changed
	Skipped  []string // what stays as it is, and why
	edit     *configedit.Edit
}

// Empty reports whether there is nothing to write.
func (c ConfigChange) Empty() bool { return c.edit == nil || !c.edit.Changed() }

// SettleSession fills in what is missing of a new session from the config file
// and, for the region, from AWS. A region that cannot be found stays empty.
func (a *App) SettleSession(ctx context.Context, n NewSession) (sso.Session, error) {
	files, err := a.files()
	if err != nil {
		return sso.Session{}, err
	}
	if n.StartURL == "" && n.Name != "" {
		if _, ok := files.Session(n.Name); ok {
			return a.sso().Find(n.Name)
		}
	}
	s := sso.Session{Name: n.Name, Region: n.Region, Scopes: []string{sso.DefaultScope}}
	if s.StartURL, err = sso.StartURL(n.StartURL); err != nil {
		return s, err
	}
	for _, section := range files.Sessions() { // the same portal keeps its session
		url, _ := section.Get("sso_start_url")
		if !sameURL(url.Text, s.StartURL) || n.Name != "" && n.Name != section.Name {
			continue
		}
		known, err := a.sso().Find(section.Name)
		if err == nil && (n.Region == "" || n.Region == known.Region) {
			return known, nil
		}
	}
	if s.Name == "" {
		s.Name = freeName(sessionName(s.StartURL), func(name string) bool { _, ok := files.Session(name); return ok })
	} else if _, taken := files.Session(s.Name); taken {
		return s, fault.Newf(fault.Usage, "There is an sso-session %q already, for another start URL or region", s.Name).
			WithRemedy("choose another name with --session")
	}
	if s.Name != slug(s.Name) {
		return s, fault.Newf(fault.Usage, "%q cannot name an sso-session", s.Name).WithRemedyf("try --session %s", slug(s.Name))
	}
	if s.Region == "" {
		s.Region = a.sso().FindRegion(ctx, s)
	}
	return s, nil
}

// Choices logs in to the session where that is needed and lists what the
// person may use there.
func (a *App) Choices(ctx context.Context, s sso.Session, o sso.LoginOptions) ([]Choice, error) {
	o.Prompts = a.o.Prompts
	return a.ChoicesWith(ctx, s, o)
}

// ChoicesWith is Choices with the options' own prompts.
func (a *App) ChoicesWith(ctx context.Context, s sso.Session, o sso.LoginOptions) ([]Choice, error) {
	if err := a.sso().LoginSession(ctx, s, o, false); err != nil {
		return nil, err
	}
	accounts, err := a.sso().Assignments(ctx, s)
	if err != nil {
		return nil, err
	}
	files, err := a.files()
	if err != nil {
		return nil, err
	}
	var choices []Choice
	for _, account := range accounts {
		for _, role := range account.Roles {
			c := Choice{Account: account.ID, AccountName: account.Name, Role: role}
			c.Profile = profileFor(files, s, c)
			choices = append(choices, c)
		}
	}
	if len(choices) == 0 {
		return nil, fault.Newf(fault.SSONoAssignment, "No account and role is assigned to you at %s", s.StartURL).
			WithRemedy("ask whoever manages IAM Identity Center for an assignment")
	}
	return choices, nil
}

func profileFor(files *awsfile.Files, s sso.Session, c Choice) string {
	for _, p := range files.Profiles() {
		if p.Text("sso_session") == s.Name && p.Text("sso_account_id") == c.Account && p.Text("sso_role_name") == c.Role {
			return p.Name
		}
	}
	return ""
}

// AddProfiles plans the sections for the choices; Write makes them so.
func (a *App) AddProfiles(s sso.Session, choices []Choice, template, region string) (ConfigChange, error) {
	files, err := a.files()
	if err != nil {
		return ConfigChange{}, err
	}
	change, err := openChange(files)
	if err != nil {
		return change, err
	}
	if template == "" {
		template = DefaultTemplate
	}
	if region == "" {
		region = firstOf(a.o.Env("AWS_REGION"), a.o.Env("AWS_DEFAULT_REGION"), s.Region)
	}
	if _, known := files.Session(s.Name); !known {
		if err := change.edit.Append("sso-session "+s.Name, "sso_start_url = "+s.StartURL, "sso_region = "+s.Region,
			"sso_registration_scopes = "+strings.Join(s.Scopes, ",")); err != nil {
			return change, fault.Wrap(err, fault.Usage, "Cannot write the sso-session")
		}
	}
	taken := func(name string) bool {
		_, ok := files.Profile(name)
		return ok || slices.Contains(change.Profiles, name)
	}
	for _, c := range choices {
		if c.Profile != "" {
			change.Skipped = append(change.Skipped, fmt.Sprintf("%s in %s is profile %q already", c.Role, c.Account, c.Profile))
			continue
		}
		name, err := fillTemplate(template, s, c)
		if err != nil {
			return change, err
		}
		if taken(name) && !strings.Contains(template, "{account_id}") {
			name += "-" + c.Account
		}
		name = freeName(name, taken)
		if err := change.edit.Append("profile "+name, "sso_session = "+s.Name, "sso_account_id = "+c.Account,
			"sso_role_name = "+c.Role, "region = "+region); err != nil {
			return change, fault.Wrapf(err, fault.Usage, "Cannot write profile %q", name)
		}
		change.Profiles = append(change.Profiles, name)
	}
	return change.checked(files)
}

// WriteConfig makes a planned change and returns the backup of the old file,
// "" when there was none.
func (a *App) WriteConfig(c ConfigChange) (backup string, err error) {
	if c.Empty() {
		return "", nil
	}
	backup, err = c.edit.Write(time.Now())
	switch {
	case errors.Is(err, configedit.ErrChanged):
		return "", fault.Wrap(err, fault.Config, "Another program wrote the AWS config file meanwhile; it was left alone").WithRemedy("run the command again")
	case err != nil:
		return backup, fault.Wrap(err, fault.Config, "Cannot write the AWS config file; it is as it was").WithRemedyf("make %s writable", c.Path)
	}
	return backup, nil
}

func openChange(files *awsfile.Files) (ConfigChange, error) {
	edit, err := configedit.Open(files.ConfigPath)
	if err != nil {
		return ConfigChange{}, fault.Wrap(err, fault.Config, "Cannot change the AWS config file")
	}
	return ConfigChange{Path: files.ConfigPath, edit: edit}, nil
}

// checked reads the file as it would be and refuses a change that does not
// come out as meant.
func (c ConfigChange) checked(files *awsfile.Files) (ConfigChange, error) {
	credentials, err := os.ReadFile(files.CredentialsPath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return c, fault.Wrap(err, fault.Config, "Cannot read the AWS files")
	}
	after := awsfile.Parse(c.Path, c.edit.Bytes(), files.CredentialsPath, credentials)
	for _, name := range c.Profiles {
		p, ok := after.Profile(name)
		if !ok {
			return c, fault.Newf(fault.Config, "Profile %q could not be read back from %s as it would be", name, c.Path)
		}
		if _, err := sso.Find(after, p); err != nil {
			return c, fault.Wrapf(err, fault.Config, "Profile %q would not work", name)
		}
	}
	c.Diff = c.edit.Diff()
	return c, nil
}

// fillTemplate writes a profile's name.
func fillTemplate(template string, s sso.Session, c Choice) (string, error) {
	name := strings.NewReplacer("{account_name}", strings.ToLower(slug(c.AccountName)), "{account_id}", c.Account,
		"{role}", slug(c.Role), "{session}", s.Name).Replace(template)
	if strings.ContainsAny(name, "{}") || slug(name) != name {
		return "", fault.Newf(fault.Usage, "The name template %q does not give a profile's name (%q)", template, name).
			WithRemedy("use letters, digits, - _ . / and {account_name}, {account_id}, {role}, {session}")
	}
	return name, nil
}

// slug keeps what a section's name can hold without quotes.
func slug(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_./+@", c):
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if name := strings.Trim(b.String(), "-"); name != "" {
		return name
	}
	return "account"
}

func freeName(name string, taken func(string) bool) string {
	free := name
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}

// sessionName is the company's name in https://NAME.awsapps.com/start.
func sessionName(startURL string) string {
	_, rest, _ := strings.Cut(startURL, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	if label, _, dotted := strings.Cut(host, "."); dotted && strings.ContainsAny(label, "abcdefghijklmnopqrstuvwxyz") {
		return slug(label)
	}
	return "sso"
}

func sameURL(a, b string) bool {
	one, errA := sso.StartURL(a)
	two, errB := sso.StartURL(b)
	return errA == nil && errB == nil && strings.EqualFold(one, two)
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
