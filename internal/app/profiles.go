package app

import (
	"context"
	"strings"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/creds"
)

// ProfileInfo is what can be told of an AWS profile without a call.
type ProfileInfo struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // static, sso, sso-legacy, assume-role, process, web-identity, login, none
	Region   string `json:"region,omitempty"`
	Account  string `json:"account,omitempty"`
	Role     string `json:"role,omitempty"`
	Source   string `json:"source,omitempty"`  // source_profile or credential_source
	Session  string `json:"session,omitempty"` // sso-session name, or the start URL of the legacy form
	State    string `json:"state,omitempty"`   // of the SSO session
	File     string `json:"file"`
	Line     int    `json:"line"`
	Problems int    `json:"problems,omitempty"` // defects that keep it from being used
}

// Profiles lists the AWS profiles, and the problems of the files they come from.
func (a *App) Profiles(ctx context.Context) ([]ProfileInfo, []awsfile.Problem, error) {
	files, err := a.files()
	if err != nil {
		return nil, nil, err
	}
	all := files.Profiles()
	if len(all) == 0 {
		return nil, files.Problems(), creds.NoProfiles(files)
	}
	infos := make([]ProfileInfo, len(all))
	for i, p := range all {
		infos[i] = a.profileInfo(ctx, files, p)
	}
	return infos, files.Problems(), nil
}

func (a *App) profileInfo(ctx context.Context, files *awsfile.Files, p *awsfile.Profile) ProfileInfo {
	where := p.Where()
	info := ProfileInfo{Name: p.Name, Kind: string(p.Kind()), Region: p.Text("region"), File: where.File, Line: where.Line,
		Problems: len(p.Defects())}
	switch p.Kind() {
	case awsfile.KindSSO, awsfile.KindSSOLegacy:
		info.Account, info.Role = p.Text("sso_account_id"), p.Text("sso_role_name")
		info.Session = p.Text("sso_session")
		if info.Session == "" {
			info.Session = p.Text("sso_start_url")
		}
		if state, ok := a.sso().ProfileState(ctx, files, p); ok {
			info.State = string(state.Status)
		}
	case awsfile.KindAssumeRole, awsfile.KindWebIdentity:
		info.Account, info.Role = arnParts(p.Text("role_arn"))
		if info.Source = p.Text("source_profile"); info.Source == "" {
			info.Source = p.Text("credential_source")
		}
	}
	if account := p.Text("aws_account_id"); info.Account == "" {
		info.Account = account
	}
	return info
}

// arnParts takes account and role name from arn:aws:iam::ACCOUNT:role/PATH/NAME.
func arnParts(arn string) (account, role string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return "", ""
	}
	return parts[4], parts[5][strings.LastIndex(parts[5], "/")+1:]
}

// ProfileDetail is one profile with each value's origin.
//
// Region is here the one that counts, which a variable may cover.
type ProfileDetail struct {
	ProfileInfo
	RegionOrigin string         `json:"region_origin,omitempty"` // file:line or variable
	Values       []ProfileValue `json:"values"`
	Problems     []string       `json:"problem_texts,omitempty"`
}

// ProfileValue is one setting and where it stands. A secret's text is hidden.
type ProfileValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// secretKeys are the keys of the shared files whose values are secrets.
func isSecretKey(key string) bool {
	switch key {
	case "aws_secret_access_key", "aws_session_token", "aws_security_token":
		return true
	}
	return false
}

// Profile returns one profile, or a fault that names the nearest ones and the
// files searched.
func (a *App) Profile(ctx context.Context, name string) (ProfileDetail, error) {
	files, err := a.files()
	if err != nil {
		return ProfileDetail{}, err
	}
	p, ok := files.Profile(name)
	if !ok {
		return ProfileDetail{}, creds.ProfileMissing(files, name, "")
	}
	detail := ProfileDetail{ProfileInfo: a.profileInfo(ctx, files, p)}
	if detail.Region, detail.RegionOrigin, err = a.opener().Resolver().Region(creds.Source{Profile: name, Explicit: true}); err != nil {
		return ProfileDetail{}, err
	}
	detail.Values = values(p.Entries())
	if session, ok := files.Session(p.Text("sso_session")); ok {
		for _, v := range values(session.Entries()) {
			v.Key = "sso-session." + v.Key
			detail.Values = append(detail.Values, v)
		}
	}
	for _, d := range p.Defects() {
		detail.Problems = append(detail.Problems, d.String())
	}
	return detail, nil
}

func values(entries []awsfile.Entry) []ProfileValue {
	out := make([]ProfileValue, 0, len(entries))
	for _, e := range entries {
		v := ProfileValue{Key: e.Key, Value: e.Text, File: e.File, Line: e.Line}
		if isSecretKey(e.Key) && e.Text != "" {
			v.Value = "[hidden]"
		}
		out = append(out, v)
	}
	return out
}
