package creds

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
)

func resolve(t *testing.T, config string, s Source, pairs ...string) (*Chain, error) {
	t.Helper()
	home := homeWith(t, map[string]string{".aws/config": config})
	r := NewResolver(Options{Env: vars(append(pairs, "HOME", home, "USERPROFILE", home)...)})
	return r.Resolve(context.Background(), s)
}

func TestAChainCanBeExplainedWithoutTheNetwork(t *testing.T) {
	chain, err := resolve(t, `[profile r]
role_arn = arn:aws:iam::444455556666:role/R
source_profile = m
region = eu-west-1
[profile m]
role_arn = arn:aws:iam::777788889999:role/M
source_profile = s
mfa_serial = arn:aws:iam::777788889999:mfa/u
[profile s]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = RO
[sso-session corp]
sso_start_url = https://corp/start
sso_region = us-east-1
`, Source{Profile: "r", Explicit: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range chain.Hops {
		got = append(got, fmt.Sprintf("%s %s %s %s", h.Profile, h.Kind, h.Detail, h.Origin[strings.LastIndexByte(h.Origin, ':'):]))
	}
	want := []string{
		"r assume-role role arn:aws:iam::444455556666:role/R :2",
		"m assume-role role arn:aws:iam::777788889999:role/M, with a code of arn:aws:iam::777788889999:mfa/u :6",
		"s sso role RO in account 111122223333, session corp (us-east-1) :12",
	}
	if !slices.Equal(got, want) {
		t.Errorf("hops:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if chain.AccountID != "444455556666" || chain.Session == nil || chain.Session.Name != "corp" || !strings.HasSuffix(chain.RegionOrigin, "config:4") {
		t.Errorf("chain = %+v", chain)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, config string
		source       Source
		env          []string
		code         fault.Code
		says         []string
	}{
		{"loop prints its path", "[profile a]\nrole_arn=r\nsource_profile=b\nregion=x\n[profile b]\nrole_arn=r\nsource_profile=c\n[profile c]\nrole_arn=r\nsource_profile=b\n",
			Source{Profile: "a"}, nil, fault.CredsFailed, []string{`Failed to resolve AWS credentials for profile "a"`, "a -> b -> c -> b"}},
		{"both sources", "[profile a]\nrole_arn=r\nsource_profile=b\ncredential_source=Environment\nregion=x\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{"both source_profile", "credential_source"}},
		{"credential_source in another case", "[profile a]\nrole_arn=r\ncredential_source=environment\nregion=x\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{`"environment" is not known`}},
		{"typo in source_profile", "[profile a]\nrole_arn=r\nsource_profile=bsae\nregion=x\n[profile base]\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{`"bsae"`, "config:3", "did you mean base?"}},
		{"source without credentials", "[profile a]\nrole_arn=r\nsource_profile=b\nregion=x\n[profile b]\nregion=y\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{`source_profile "b"`, "no credentials"}},
		{"broken source", "[profile a]\nrole_arn=r\nsource_profile=b\nregion=x\n[profile b]\nx=1\nx=2\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{"config:7"}},
		{"typo", "[profile dev]\nregion=x\n", Source{Profile: "dve", Explicit: true}, nil, fault.ProfileMissing, []string{`There is no AWS profile "dve"`, "did you mean dev?", ".aws"}},
		{"typo in a variable", "[profile dev]\nregion=x\n", Source{}, []string{"AWS_PROFILE", "dve"}, fault.ProfileMissing, []string{"named by AWS_PROFILE"}},
		{"no profiles at all", "", Source{}, nil, fault.NoProfiles, []string{"No AWS profiles found", "config (no profile in it)", "credentials (missing)", "aws configure sso", "aws configure"}},
		{"no default", "[profile dev]\nregion=x\n", Source{}, nil, fault.ProfileMissing, []string{"no default", "dev"}},
		{"settings only", "[profile a]\nregion=x\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{"settings but no credentials", "config:1", "aws configure --profile a"}},
		{"half a pair", "[profile a]\naws_access_key_id=x\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{"without aws_secret_access_key", "config:2"}},
		{"half a pair in the environment", "", Source{}, []string{"AWS_ACCESS_KEY_ID", "x"}, fault.CredsFailed, []string{"AWS_SECRET_ACCESS_KEY"}},
		{"process inside a quote", "[profile a]\ncredential_process='x\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{"no closing quotation", "config:2"}},
		{"process calls itself", "[profile a]\ncredential_process=fairlead credentials export --profile a\n", Source{Profile: "a"}, []string{resolvingEnv, "b,a"}, fault.CredsFailed, []string{"the very profile"}},
		{"session and profile disagree", "[profile a]\nsso_session=s\nsso_account_id=1\nsso_role_name=r\nsso_region=b\n[sso-session s]\nsso_start_url=u\nsso_region=a\n", Source{Profile: "a"}, nil, fault.CredsFailed, []string{"sso_region", "config:5"}},
		{"temporary key without token", "", Source{Name: "work", Static: &Static{AccessKeyID: "ASIA1", SecretAccessKey: secret.New("s")}}, nil, fault.CredsFailed, []string{`"work"`, "needs its session token"}},
		{"long-term key with token", "", Source{Name: "work", Static: &Static{AccessKeyID: "AKIA1", SecretAccessKey: secret.New("s"), SessionToken: secret.New("t")}}, nil, fault.CredsFailed, []string{`"work"`, "long-term"}},
		{"blanks around a key", "", Source{Name: "work", Static: &Static{AccessKeyID: "AKIA1 ", SecretAccessKey: secret.New("s")}}, nil, fault.CredsFailed, []string{"blank"}},
		{"container elsewhere", "", Source{}, []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example/x"}, fault.CredsFailed, []string{"evil.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := resolve(t, c.config, c.source, c.env...)
			f := fault.As(err)
			if f == nil || f.Code != c.code {
				t.Fatalf("error = %v, want %s", err, c.code)
			}
			shown := f.Error() + "\n" + f.Remedy
			for _, want := range c.says {
				if !strings.Contains(shown, want) {
					t.Errorf("%q is missing in:\n%s", want, shown)
				}
			}
			if f.Remedy == "" {
				t.Error("no remedy")
			}
		})
	}
}

func TestRegionAndItsOrigin(t *testing.T) {
	const config = "[profile a]\naws_access_key_id=x\naws_secret_access_key=y\nregion=profile-1\n"
	for _, c := range []struct {
		source         Source
		env            []string
		region, origin string
	}{
		{Source{Profile: "a"}, nil, "profile-1", "config:4"},
		{Source{Profile: "a"}, []string{"AWS_DEFAULT_REGION", "default-1"}, "default-1", "AWS_DEFAULT_REGION"},
		{Source{Profile: "a", Explicit: true}, []string{"AWS_DEFAULT_REGION", "default-1", "AWS_REGION", "env-1"}, "env-1", "AWS_REGION"},
		{Source{Profile: "a", Region: "given-1", RegionOrigin: "--region"}, []string{"AWS_REGION", "env-1"}, "given-1", "--region"},
	} {
		chain, err := resolve(t, config, c.source, c.env...)
		if err != nil {
			t.Fatal(err)
		}
		if chain.Region != c.region || !strings.HasSuffix(chain.RegionOrigin, c.origin) {
			t.Errorf("region = %s from %s, want %s from %s", chain.Region, chain.RegionOrigin, c.region, c.origin)
		}
	}
}

// Fifty hops are unusual, and no more than that.
func TestALongChain(t *testing.T) {
	var b strings.Builder
	const hops = 50
	for i := range hops {
		fmt.Fprintf(&b, "[profile p%d]\nrole_arn=arn:aws:iam::1:role/R%d\nsource_profile=p%d\nregion=us-west-2\n", i, i, i+1)
	}
	fmt.Fprintf(&b, "[profile p%d]\naws_access_key_id=AKB\naws_secret_access_key=s\n", hops)
	s := newStandIn(t)
	home := homeWith(t, map[string]string{".aws/config": b.String()})
	r := NewResolver(Options{Env: vars("HOME", home, "USERPROFILE", home, "AWS_ENDPOINT_URL_STS", s.url)})
	chain, err := r.Resolve(t.Context(), Source{Profile: "p0", Explicit: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := chain.Provider().Retrieve(t.Context())
	if err != nil || !strings.HasPrefix(got.AccessKeyID, "R0-by-R1-by-R2-") || len(s.calls) != hops {
		t.Errorf("key = %.20s…, %v, %d calls", got.AccessKeyID, err, len(s.calls))
	}
}

// What STS answers is shown with the hop; what is no matter of credentials
// keeps its own code.
func TestWhatSTSAnswers(t *testing.T) {
	for code, want := range map[string]fault.Code{"AccessDenied": fault.CredsFailed, "InvalidClientTokenId": fault.CredsFailed, "Throttling": fault.Throttled, "InternalFailure": fault.Unavailable} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status := 403
			if code == "InternalFailure" {
				status = 500
			}
			w.WriteHeader(status)
			fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>said so</Message></Error><RequestId>req-9</RequestId></ErrorResponse>`, code)
		}))
		defer srv.Close()
		home := homeWith(t, map[string]string{".aws/config": "[profile a]\nrole_arn=arn:aws:iam::1:role/R\nsource_profile=b\nregion=us-west-2\nmax_attempts=1\n[profile b]\naws_access_key_id=AKB\naws_secret_access_key=SECRETSECRET\n"})
		r := NewResolver(Options{Env: vars("HOME", home, "USERPROFILE", home, "AWS_ENDPOINT_URL_STS", srv.URL)})
		chain, err := r.Resolve(t.Context(), Source{Profile: "a", Explicit: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = chain.Provider().Retrieve(t.Context())
		f := fault.As(err)
		if f == nil || f.Code != want || f.Service == nil || f.Service.Code != code || f.Service.RequestID != "req-9" || f.Service.Message != "said so" {
			t.Errorf("%s = %v (%+v), want %s", code, err, f, want)
			continue
		}
		if want == fault.CredsFailed && !strings.Contains(f.Error(), `assume-role arn:aws:iam::1:role/R of profile "a", signed with the credentials of profile "b" (static)`) {
			t.Errorf("the hop is not named: %v", f)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", f, f), "SECRETSECRET") {
			t.Errorf("a secret is shown: %v", f)
		}
	}
}

func TestInstanceAndContainerOnlyWhenChosen(t *testing.T) {
	expires := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
			fmt.Fprint(w, "tok")
		case r.URL.Path == instanceRoles && r.Header.Get("X-Aws-Ec2-Metadata-Token") == "tok":
			fmt.Fprint(w, "my-role")
		case r.URL.Path == instanceRoles+"my-role":
			fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":"IMDS","SecretAccessKey":"s","Token":"t","Expiration":%q}`, expires)
		case r.URL.Path == "/container" && r.Header.Get("Authorization") == "auth":
			fmt.Fprintf(w, `{"AccessKeyId":"ECS","SecretAccessKey":"s","Token":"t","Expiration":%q,"AccountId":"5"}`, expires)
		default:
			http.Error(w, "no", http.StatusForbidden)
		}
	}))
	defer srv.Close()
	s := newStandIn(t)
	home := homeWith(t, map[string]string{".aws/config": "[profile a]\nrole_arn=arn:aws:iam::1:role/R\ncredential_source=Ec2InstanceMetadata\nregion=us-west-2\n[profile c]\nrole_arn=arn:aws:iam::1:role/C\ncredential_source=EcsContainer\nregion=us-west-2\n[profile none]\nregion=x\n"})
	env := []string{"HOME", home, "USERPROFILE", home, "AWS_ENDPOINT_URL_STS", s.url, "AWS_EC2_METADATA_SERVICE_ENDPOINT", srv.URL,
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "auth"}
	get := func(profile string, extra ...string) (string, error) {
		r := NewResolver(Options{Env: vars(append(extra, env...)...)})
		chain, err := r.Resolve(t.Context(), Source{Profile: profile, Explicit: true})
		if err != nil {
			return "", err
		}
		got, err := chain.Provider().Retrieve(t.Context())
		return got.AccessKeyID, err
	}
	if k, err := get("a"); err != nil || k != "R-by-IMDS@us-west-2" {
		t.Errorf("instance = %s, %v", k, err)
	}
	if k, err := get("c", "AWS_CONTAINER_CREDENTIALS_FULL_URI", srv.URL+"/container"); err != nil || k != "C-by-ECS@us-west-2" {
		t.Errorf("container = %s, %v", k, err)
	}
	if _, err := get("none"); fault.CodeOf(err) != fault.CredsFailed {
		t.Errorf("a profile without credentials = %v", err)
	}
	if _, err := get("a", "AWS_EC2_METADATA_DISABLED", "true"); fault.CodeOf(err) != fault.CredsFailed {
		t.Errorf("disabled metadata = %v", err)
	}
}

func TestContextEndsAResolve(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewResolver(Options{Env: vars()}).Resolve(ctx, Source{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}
