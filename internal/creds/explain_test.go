package creds

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/fault"
)

const explained = `[profile r]
role_arn = arn:aws:iam::444455556666:role/R
source_profile = s
external_id = ext
region = eu-west-1
credential_process = /opt/creds --password hunter2
[profile s]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = RO
aws_access_key_id = AKIA1
aws_secret_access_key = TOPSECRET
[sso-session corp]
sso_start_url = https://corp/start
sso_region = us-east-1
[profile k]
aws_access_key_id = AKIA1
aws_secret_access_key = TOPSECRET
aws_session_token = TOPSECRET
`

func TestExplainingShowsWhereEachValueStands(t *testing.T) {
	chain, err := resolve(t, explained, Source{Profile: "r", Explicit: true})
	if err != nil {
		t.Fatal(err)
	}
	shown := func(all []Setting) string {
		var parts []string
		for _, s := range all {
			parts = append(parts, fmt.Sprintf("%s=%s%s", s.Key, s.Value, s.Origin[strings.LastIndexByte(s.Origin, ':'):]))
		}
		return strings.Join(parts, " ")
	}
	// The source has static keys: the CLI's order still puts SSO first.
	for i, want := range []struct{ values, unused string }{
		{"role_arn=arn:aws:iam::444455556666:role/R:2 source_profile=s:3 external_id=ext:4", "credential_process=/opt/creds … (2 arguments):6"},
		{"sso_session=corp:8 sso_account_id=111122223333:9 sso_role_name=RO:10 sso-session.sso_start_url=https://corp/start:14 sso-session.sso_region=us-east-1:15", "aws_access_key_id=AKIA1:11"},
	} {
		if h := chain.Hops[i]; shown(h.Values) != want.values || shown(h.Unused) != want.unused {
			t.Errorf("hop %d:\n%s\n%s\nwant:\n%s\n%s", i, shown(h.Values), shown(h.Unused), want.values, want.unused)
		}
	}
	keys, err := resolve(t, explained, Source{Profile: "k", Explicit: true})
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", keys.Hops); strings.Contains(text, "TOPSECRET") {
		t.Errorf("a secret is shown: %s", text)
	}
}

func TestExplainingTellsWhatIsCached(t *testing.T) {
	for want, rest := range map[KeptState]time.Duration{KeptValid: time.Hour, KeptExpiring: 10 * time.Minute, KeptExpired: -time.Minute} {
		home := homeWith(t, map[string]string{".aws/config": explained})
		r := NewResolver(Options{Env: vars("HOME", home, "USERPROFILE", home)})
		chain, err := r.Resolve(t.Context(), Source{Profile: "r", Explicit: true})
		if err != nil {
			t.Fatal(err)
		}
		if kept, ok := chain.Hops[0].Kept(t.Context()); !ok || kept.State != KeptAbsent || kept.Left != 0 {
			t.Errorf("before: %+v, %v", kept, ok)
		}
		if _, ok := chain.Hops[1].Kept(t.Context()); ok {
			t.Error("as the source of a role, the CLI keeps an SSO role in memory only")
		}
		file := chain.top.link.(*shared).file
		a := answer{Credentials: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "s", SessionToken: "t", Expires: time.Now().Add(rest)}}
		if err := file.write(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		kept, ok := chain.Hops[0].Kept(t.Context())
		if !ok || kept.State != want || kept.Path != file.path || kept.Expires == nil || (kept.Left > 0) != (rest > 0) {
			t.Errorf("%v left: %+v, %v", rest, kept, ok)
		}
		if state, ok := chain.SessionState(t.Context(), r); !ok || state.Status != "absent" {
			t.Errorf("session = %+v, %v", state, ok)
		}
	}
}

func TestNotes(t *testing.T) {
	for _, c := range []struct {
		source Source
		env    []string
		want   string
	}{
		{Source{Profile: "r", Explicit: true}, nil, ""},
		{Source{Profile: "r", Explicit: true}, []string{"AWS_REGION", "us-west-2"}, "AWS_REGION covers the profile's own region eu-west-1"},
		{Source{}, []string{"AWS_PROFILE", "r", "AWS_ACCESS_KEY_ID", "A", "AWS_SECRET_ACCESS_KEY", "s"}, "before AWS_PROFILE=r"},
		{Source{Profile: "r", Explicit: true}, []string{"AWS_ENDPOINT_URL", "http://local"}, "calls to STS go to http://local (AWS_ENDPOINT_URL)|calls to SSO go to"},
		{Source{Profile: "r", Explicit: true}, []string{"AWS_CA_BUNDLE", "/ca.pem"}, "/ca.pem alone (AWS_CA_BUNDLE)"},
	} {
		home := homeWith(t, map[string]string{".aws/config": explained})
		r := NewResolver(Options{Env: vars(append(c.env, "HOME", home, "USERPROFILE", home)...)})
		chain, err := r.Resolve(t.Context(), c.source)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(chain.Notes(r), "\n")
		for want := range strings.SplitSeq(c.want, "|") {
			if !strings.Contains(got, want) || (c.want == "") != (got == "") {
				t.Errorf("%v: notes %q, want %q", c.env, got, want)
			}
		}
	}
}

func TestForgettingAnSSOSession(t *testing.T) {
	home := homeWith(t, map[string]string{".aws/config": explained})
	r := NewResolver(Options{Env: vars("HOME", home, "USERPROFILE", home)})
	chain, err := r.Resolve(t.Context(), Source{Profile: "s", Explicit: true})
	if err != nil {
		t.Fatal(err)
	}
	file := chain.top.link.(*shared).file
	if err := file.write(t.Context(), answer{Credentials: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "s", SessionToken: "t", Expires: time.Now().Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(filepath.Dir(file.path), "other.json")
	if err := os.WriteFile(other, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to do
		if err := r.ForgetSSO([]string{"s", "r", "gone"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := file.read(t.Context()); got.AccessKeyID != "" {
		t.Error("the credentials are still there")
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("another's file: %v", err)
	}
	if _, err := retrieve(t, r, "s"); fault.CodeOf(err) != fault.SSOAbsent {
		t.Errorf("afterwards: %v", err)
	}
}
