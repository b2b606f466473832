package session

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// homeWith makes a home folder with a config file, and its environment.
func homeWith(t *testing.T, config string, pairs ...string) func(string) string {
	t.Helper()
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	m := map[string]string{"HOME": home, "USERPROFILE": home}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

const identityXML = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
	`<Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`

// expiring is an STS whose role credentials are refused as expired, as many
// times as it says.
type expiring struct {
	mu       sync.Mutex
	refusals int
	code     string // of the refusals; "" for ExpiredToken
	assumed  int
	signers  []string
	bodies   []string
}

func (e *expiring) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(string(body), "Action=AssumeRole") {
		e.assumed++
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA%d</AccessKeyId>`+
			`<SecretAccessKey>s</SecretAccessKey><SessionToken>t%[1]d</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			e.assumed, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		return
	}
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	signer, _, _ := strings.Cut(scope, "/")
	e.signers, e.bodies = append(e.signers, signer), append(e.bodies, string(body))
	if e.refusals > 0 {
		e.refusals--
		w.WriteHeader(http.StatusForbidden)
		code := e.code
		if code == "" {
			code = "ExpiredToken"
		}
		fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Code>%s</Code><Message>The security token included in the request is expired</Message></Error><RequestId>r</RequestId></ErrorResponse>`, code)
		return
	}
	fmt.Fprint(w, identityXML)
}

const roleConfig = "[profile r]\nrole_arn=arn:aws:iam::111122223333:role/R\nsource_profile=b\nregion=eu-west-1\n[profile b]\naws_access_key_id=AKIAB\naws_secret_access_key=s\n"

func TestACallWithExpiredCredentialsIsSentAgain(t *testing.T) {
	for _, c := range []struct {
		profile  string
		refusals int
		code     string
		signers  string
		want     fault.Code
	}{
		{"r", 0, "", "ASIA1", ""},
		{"r", 1, "", "ASIA1 ASIA2", ""},
		{"r", 2, "", "ASIA1 ASIA2 ASIA3", ""}, // withdrawn while others were fetched
		{"r", 9, "", "ASIA1 ASIA2 ASIA3", fault.CredsRejected},
		{"b", 9, "", "AKIAB", fault.CredsRejected},                     // the same keys again would not help
		{"r", 1, "InvalidClientTokenId", "ASIA1 ASIA2", ""},            // withdrawn
		{"b", 9, "InvalidClientTokenId", "AKIAB", fault.CredsRejected}, // wrong for good
		{"r", 9, "AccessDenied", "ASIA1", fault.Denied},
	} {
		e := &expiring{refusals: c.refusals, code: c.code}
		o := NewOpener(Options{Env: homeWith(t, roleConfig, "AWS_ENDPOINT_URL_STS", serve(t, e.ServeHTTP))})
		s, err := o.Open(t.Context(), Request{Source: creds.Source{Profile: c.profile, Explicit: true}, Region: "eu-west-1"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Identity(t.Context())
		if fault.CodeOf(err) != c.want {
			t.Errorf("%s, %d refusals: %v, want %q", c.profile, c.refusals, err, c.want)
		}
		if got := strings.Join(e.signers, " "); got != c.signers {
			t.Errorf("%s, %d refusals: signed by %s, want %s", c.profile, c.refusals, got, c.signers)
		}
		if e.bodies[0] == "" || e.bodies[len(e.bodies)-1] != e.bodies[0] {
			t.Errorf("bodies differ: %q", e.bodies)
		}
	}
}

// Five calls are refused at the same moment: the role is assumed once more, and
// none of the five drops what another has just fetched.
func TestManyCallsOneRenewal(t *testing.T) {
	e := &expiring{refusals: 5}
	var first sync.WaitGroup
	first.Add(5)
	o := NewOpener(Options{Env: homeWith(t, roleConfig, "AWS_ENDPOINT_URL_STS", serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "Credential=ASIA1/") {
			first.Done()
			first.Wait()
		}
		e.ServeHTTP(w, r)
	}))})
	s, err := o.Open(t.Context(), Request{Source: creds.Source{Profile: "r", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Config.Credentials.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if _, err := s.Identity(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if e.assumed != 2 || len(e.signers) != 10 {
		t.Errorf("%d roles assumed in %d calls, want 2 in 10", e.assumed, len(e.signers))
	}
}

func TestOpen(t *testing.T) {
	env := homeWith(t, roleConfig+"[profile bare]\naws_access_key_id=A\naws_secret_access_key=s\n[profile lost]\naws_access_key_id=A\naws_secret_access_key=s\nregion=x\nservices=nowhere\n[profile ep]\naws_access_key_id=A\naws_secret_access_key=s\nregion=x\nendpoint_url=http://e\n")
	o := NewOpener(Options{Env: env})
	s, err := o.Open(t.Context(), Request{Name: "sales", Source: creds.Source{Profile: "r", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "sales" || s.Profile != "r" || s.Region != "eu-west-1" || s.Config.Region != "eu-west-1" || !strings.HasSuffix(s.RegionOrigin, "config:4") || len(s.Chain.Hops) != 2 {
		t.Errorf("session = %+v", s)
	}
	if s, err := o.Open(t.Context(), Request{Source: creds.Source{Profile: "ep", Explicit: true}}); err != nil {
		t.Error(err)
	} else if url, origin := s.Endpoint("S3"); url != "http://e" || !strings.HasSuffix(origin, "config:20") {
		t.Errorf("endpoint = %s from %s", url, origin)
	}
	for profile, want := range map[string]fault.Code{"bare": fault.RegionMissing, "lost": fault.Config, "nope": fault.ProfileMissing} {
		if _, err := o.Open(t.Context(), Request{Source: creds.Source{Profile: profile, Explicit: true}}); fault.CodeOf(err) != want {
			t.Errorf("%s = %v, want %s", profile, err, want)
		}
	}
}

func TestStaticKeys(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, identityXML) })
	o := NewOpener(Options{Env: homeWith(t, "", "AWS_ENDPOINT_URL", url)})
	s, err := o.Open(t.Context(), Request{Name: "c", Source: creds.Source{
		Name: "work", Static: &creds.Static{AccessKeyID: "AKIA1", SecretAccessKey: secret.New("s"), Region: "eu-west-1"}}})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Identity(t.Context())
	if err != nil || id != (Identity{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/u", UserID: "AIDA"}) {
		t.Errorf("identity = %+v, %v", id, err)
	}
	if s.Region != "eu-west-1" || s.RegionOrigin != "auth work" || s.Profile != "work" {
		t.Errorf("session = %+v", s)
	}
}

func TestRootCAs(t *testing.T) {
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	o := NewOpener(Options{Env: homeWith(t, roleConfig, "AWS_CA_BUNDLE", bundle)})
	s, err := o.Open(t.Context(), Request{Source: creds.Source{Profile: "r", Explicit: true}})
	if err != nil {
		t.Fatal(err) // opening reads no bundle
	}
	if _, err := s.RootCAs(); fault.CodeOf(err) != fault.Config {
		t.Errorf("a missing bundle = %v", err)
	}
	var none *x509.CertPool
	plain, err := NewOpener(Options{Env: homeWith(t, roleConfig)}).Open(t.Context(), Request{Source: creds.Source{Profile: "r", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	if roots, err := plain.RootCAs(); roots != none || err != nil {
		t.Errorf("without a bundle: %v, %v", roots, err)
	}
}

// A session whose SSO session has expired asks, logs in, and the call that was
// waiting goes on.
func TestExpiryMetOnTheWay(t *testing.T) {
	var mu sync.Mutex
	var calls []string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, r.URL.Path)
		say := func(v any) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(v)
		}
		switch r.URL.Path {
		case "/client/register":
			say(map[string]any{"clientId": "c", "clientSecret": "s", "clientSecretExpiresAt": time.Now().Add(24 * time.Hour).Unix()})
		case "/device_authorization":
			say(map[string]any{"deviceCode": "d", "userCode": "U", "verificationUri": "https://v", "expiresIn": 600, "interval": 1})
		case "/token":
			say(map[string]any{"accessToken": "AT", "expiresIn": 3600})
		case "/federation/credentials":
			say(map[string]any{"roleCredentials": map[string]any{"accessKeyId": "ASIA", "secretAccessKey": "s", "sessionToken": "t", "expiration": time.Now().Add(time.Hour).UnixMilli()}})
		default:
			fmt.Fprint(w, identityXML)
		}
	})
	options := Options{Env: homeWith(t, "[profile dev]\nsso_session=corp\nsso_account_id=1\nsso_role_name=R\nregion=eu-west-1\n[sso-session corp]\nsso_start_url=https://corp/start\nsso_region=us-east-1\n", "AWS_ENDPOINT_URL", url)}
	s, err := NewOpener(options).Open(t.Context(), Request{Source: creds.Source{Profile: "dev", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Identity(t.Context())
	if f := fault.As(err); f == nil || f.Code != fault.SSOAbsent || !strings.Contains(f.Remedy, "fairlead login dev") {
		t.Errorf("without prompts: %v", err)
	}
	options.Prompts = promptsThatAgree()
	s, err = NewOpener(options).Open(t.Context(), Request{Source: creds.Source{Profile: "dev", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := s.Identity(t.Context()); err != nil || id.Account != "111122223333" {
		t.Errorf("with prompts: %+v, %v", id, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(calls, " "); got != "/client/register /device_authorization /token /federation/credentials /" {
		t.Errorf("calls = %s", got)
	}
}
