package creds

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// wireTap answers every AWS host and writes down who was asked for what.
type wireTap struct {
	mu    sync.Mutex
	calls []string
}

// Do implements aws.HTTPClient.
func (w *wireTap) Do(req *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	form, _ := url.ParseQuery(string(body))
	_, scope, _ := strings.Cut(req.Header.Get("Authorization"), "Credential=")
	signer, _, _ := strings.Cut(scope, "/")
	parts := []string{req.URL.Scheme + "://" + req.URL.Host, form.Get("Action"), signer}
	for _, key := range []string{"RoleArn", "ExternalId", "DurationSeconds", "WebIdentityToken"} {
		if v := form.Get(key); v != "" {
			parts = append(parts, key+"="+v)
		}
	}
	if name := form.Get("RoleSessionName"); name != "" && !strings.HasPrefix(name, "fairlead-") {
		parts = append(parts, "RoleSessionName="+name)
	}
	w.calls = append(w.calls, strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " "))
	answer, kind := fmt.Sprintf(`{"roleCredentials": {"accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t", "expiration": %d}}`, time.Now().Add(time.Hour).UnixMilli()), "application/json"
	switch action := form.Get("Action"); {
	case action != "":
		kind = "text/xml"
		answer = fmt.Sprintf(`<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials><AccessKeyId>ASIASTS</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>`+
			`<Expiration>%[2]s</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::777777777777:assumed-role/R/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser></%[1]sResult></%[1]sResponse>`,
			action, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	case req.URL.Path == "/token":
		answer = `{"accessToken": "NEW", "expiresIn": 3600}`
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(bytes.NewReader([]byte(answer))), Request: req}, nil
}

const rulesConfig = `[profile role]
role_arn = arn:aws:iam::1:role/R
source_profile = keys
region = eu-west-1
[profile keys]
aws_access_key_id = AKIAK
aws_secret_access_key = s
aws_account_id = 999999999999
region = ap-south-1
[profile legacykeys]
aws_access_key_id = ASIAL
aws_secret_access_key = s
aws_security_token = legacy
[profile fips]
role_arn = arn:aws:iam::1:role/R
source_profile = keys
region = us-west-2
use_fips_endpoint = true
[profile dual]
role_arn = arn:aws:iam::1:role/R
source_profile = keys
region = us-west-2
use_dualstack_endpoint = TRUE
[profile china]
role_arn = arn:aws-cn:iam::1:role/R
source_profile = keys
region = cn-north-1
[profile full]
role_arn = arn:aws:iam::1:role/R
source_profile = keys
region = eu-west-1
external_id = ext
role_session_name = me
duration_seconds = 7200
[profile oddduration]
role_arn = arn:aws:iam::1:role/R
source_profile = keys
region = eu-west-1
duration_seconds = 1h
[profile service]
role_arn = arn:aws:iam::1:role/R
source_profile = keys
region = eu-west-1
services = local
endpoint_url = http://profile.local
[services local]
sts =
  endpoint_url = http://sts.local
[profile plainurl]
role_arn = arn:aws:iam::1:role/R
source_profile = keys
region = eu-west-1
endpoint_url = http://profile.local
[profile envsource]
role_arn = arn:aws:iam::1:role/R
credential_source = Environment
region = eu-west-1
[profile web]
role_arn = arn:aws:iam::1:role/W
web_identity_token_file = {HOME}/token
role_session_name = me
region = eu-west-1
[profile viaweb]
role_arn = arn:aws:iam::1:role/R
source_profile = web
region = eu-central-1
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = RO
region = eu-west-1
[sso-session corp]
sso_start_url = https://corp/start
sso_region = us-east-2
[profile ssofips]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = RO
use_fips_endpoint = true
region = eu-west-1
[profile ssodual]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = RO
use_dualstack_endpoint = true
region = eu-west-1
[profile noregion]
role_arn = arn:aws:iam::1:role/R
source_profile = keys
`

// One row for each rule of the resolution that the recorded cases do not reach:
// what is called where, and what comes out as "key account".
func TestRules(t *testing.T) {
	const assume = " AssumeRole AKIAK RoleArn=arn:aws:iam::1:role/R"
	keysInEnv := []string{"AWS_ACCESS_KEY_ID", "AKIAE", "AWS_SECRET_ACCESS_KEY", "s"}
	soon, gone := time.Now().Add(time.Hour).UTC().Format(time.RFC3339), time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	for _, c := range []struct {
		name    string
		profile string // "" for none named
		env     []string
		calls   string // by " | "
		want    string
		code    fault.Code
		says    string
	}{
		{"the role's region counts, not its source's", "role", nil, "https://sts.eu-west-1.amazonaws.com" + assume, "ASIASTS 777777777777", "", ""},
		{"a variable beats the profile's region", "role", []string{"AWS_REGION", "us-west-2"}, "https://sts.us-west-2.amazonaws.com" + assume, "ASIASTS 777777777777", "", ""},
		{"AWS_REGION beats AWS_DEFAULT_REGION", "role", []string{"AWS_REGION", "us-west-2", "AWS_DEFAULT_REGION", "x"}, "https://sts.us-west-2.amazonaws.com" + assume, "ASIASTS 777777777777", "", ""},
		{"a role without a region", "noregion", nil, "", "", fault.RegionMissing, "aws configure set region"},
		{"FIPS for STS", "fips", nil, "https://sts-fips.us-west-2.amazonaws.com" + assume, "ASIASTS 777777777777", "", ""},
		{"FIPS by variable", "dual", []string{"AWS_USE_FIPS_ENDPOINT", "true", "AWS_USE_DUALSTACK_ENDPOINT", "false"}, "https://sts-fips.us-west-2.amazonaws.com" + assume, "ASIASTS 777777777777", "", ""},
		{"dual-stack for STS, in any case", "dual", nil, "https://sts.us-west-2.api.aws" + assume, "ASIASTS 777777777777", "", ""},
		{"another partition", "china", nil, "https://sts.cn-north-1.amazonaws.com.cn AssumeRole AKIAK RoleArn=arn:aws-cn:iam::1:role/R", "ASIASTS 777777777777", "", ""},
		{"all arguments of a role", "full", nil, "https://sts.eu-west-1.amazonaws.com" + assume + " ExternalId=ext DurationSeconds=7200 RoleSessionName=me", "ASIASTS 777777777777", "", ""},
		{"a duration that is no number is ignored", "oddduration", nil, "https://sts.eu-west-1.amazonaws.com" + assume, "ASIASTS 777777777777", "", ""},
		{"services section", "service", nil, "http://sts.local" + assume, "ASIASTS 777777777777", "", ""},
		{"services section of the profile that was named", "plainurl", nil, "http://profile.local" + assume, "ASIASTS 777777777777", "", ""},
		{"AWS_ENDPOINT_URL beats the services section", "service", []string{"AWS_ENDPOINT_URL", "http://all.local"}, "http://all.local" + assume, "ASIASTS 777777777777", "", ""},
		{"AWS_ENDPOINT_URL_STS beats AWS_ENDPOINT_URL", "service", []string{"AWS_ENDPOINT_URL", "http://all.local", "AWS_ENDPOINT_URL_STS", "http://one.local"}, "http://one.local" + assume, "ASIASTS 777777777777", "", ""},
		{"configured endpoints can be ignored", "service", []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "AWS_ENDPOINT_URL", "http://all.local"}, "https://sts.eu-west-1.amazonaws.com" + assume, "ASIASTS 777777777777", "", ""},
		{"credential_source Environment", "envsource", keysInEnv, "https://sts.eu-west-1.amazonaws.com AssumeRole AKIAE RoleArn=arn:aws:iam::1:role/R", "ASIASTS 777777777777", "", ""},
		{"credential_source Environment without keys", "envsource", nil, "", "", fault.CredsFailed, "AWS_ACCESS_KEY_ID"},
		{"web identity", "web", nil, "https://sts.eu-west-1.amazonaws.com AssumeRoleWithWebIdentity RoleArn=arn:aws:iam::1:role/W WebIdentityToken=WIT RoleSessionName=me", "ASIASTS 777777777777", "", ""},
		{"a role by web identity", "viaweb", nil, "https://sts.eu-central-1.amazonaws.com AssumeRoleWithWebIdentity RoleArn=arn:aws:iam::1:role/W WebIdentityToken=WIT RoleSessionName=me | https://sts.eu-central-1.amazonaws.com AssumeRole ASIASTS RoleArn=arn:aws:iam::1:role/R", "ASIASTS 777777777777", "", ""},
		{"web identity by variables", "", []string{"AWS_ROLE_ARN", "arn:aws:iam::1:role/V", "AWS_WEB_IDENTITY_TOKEN_FILE", "{HOME}/token", "AWS_ROLE_SESSION_NAME", "v", "AWS_REGION", "eu-west-1"},
			"https://sts.eu-west-1.amazonaws.com AssumeRoleWithWebIdentity RoleArn=arn:aws:iam::1:role/V WebIdentityToken=WIT RoleSessionName=v", "ASIASTS 777777777777", "", ""},
		{"the profile's role beats web identity of variables", "", []string{"AWS_PROFILE", "role", "AWS_ROLE_ARN", "arn:aws:iam::1:role/V", "AWS_WEB_IDENTITY_TOKEN_FILE", "{HOME}/token"}, "https://sts.eu-west-1.amazonaws.com" + assume, "ASIASTS 777777777777", "", ""},
		{"web identity without a role", "", []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "{HOME}/token", "AWS_REGION", "x"}, "", "", fault.CredsFailed, "AWS_ROLE_ARN"},
		{"the SSO session's region counts at the portal", "sso", nil, "https://portal.sso.us-east-2.amazonaws.com", "ASIASSO 111122223333", "", ""},
		{"FIPS for the portal", "ssofips", nil, "https://portal.sso-fips.us-east-2.amazonaws.com", "ASIASSO 111122223333", "", ""},
		{"dual-stack for the portal", "ssodual", nil, "https://portal.sso.us-east-2.api.aws", "ASIASSO 111122223333", "", ""},
		{"AWS_ENDPOINT_URL_SSO", "sso", []string{"AWS_ENDPOINT_URL_SSO", "http://sso.local"}, "http://sso.local", "ASIASSO 111122223333", "", ""},
		{"account of static keys", "keys", nil, "", "AKIAK 999999999999", "", ""},
		{"the older name of the token", "legacykeys", nil, "", "ASIAL ", "", ""},
		{"keys of the environment", "", keysInEnv, "", "AKIAE ", "", ""},
		{"keys of the environment beat AWS_PROFILE", "", append([]string{"AWS_PROFILE", "keys"}, keysInEnv...), "", "AKIAE ", "", ""},
		{"a named profile beats the environment's keys", "keys", keysInEnv, "", "AKIAK 999999999999", "", ""},
		{"AWS_PROFILE before AWS_DEFAULT_PROFILE", "", []string{"AWS_PROFILE", "keys", "AWS_DEFAULT_PROFILE", "gone"}, "", "AKIAK 999999999999", "", ""},
		{"AWS_ACCOUNT_ID", "", append([]string{"AWS_ACCOUNT_ID", "5"}, keysInEnv...), "", "AKIAE 5", "", ""},
		{"keys of the environment that are still good", "", append([]string{"AWS_CREDENTIAL_EXPIRATION", soon}, keysInEnv...), "", "AKIAE ", "", ""},
		{"keys of the environment that have ended", "", append([]string{"AWS_CREDENTIAL_EXPIRATION", gone}, keysInEnv...), "", "", fault.CredsFailed, "AWS_CREDENTIAL_EXPIRATION"},
		{"an end that is no time", "", append([]string{"AWS_CREDENTIAL_EXPIRATION", "soon"}, keysInEnv...), "", "", fault.CredsFailed, "AWS_CREDENTIAL_EXPIRATION"},
		{"half a pair in the environment", "", []string{"AWS_ACCESS_KEY_ID", "A", "AWS_PROFILE", "keys"}, "", "", fault.CredsFailed, "AWS_SECRET_ACCESS_KEY is not"},
		{"AWS_PROFILE that does not exist", "", []string{"AWS_PROFILE", "rol"}, "", "", fault.ProfileMissing, "did you mean role"},
		{"AWS_DEFAULT_PROFILE that does not exist", "", []string{"AWS_DEFAULT_PROFILE", "rol"}, "", "", fault.ProfileMissing, "AWS_DEFAULT_PROFILE"},
		{"files named by variables, with ~", "only", []string{"AWS_CONFIG_FILE", "~/other"}, "", "AKIAO ", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			tap := &wireTap{}
			fill := strings.NewReplacer("{HOME}", home)
			token := fmt.Sprintf(`{"startUrl": "https://corp/start", "region": "us-east-2", "accessToken": "AT", "expiresAt": %q}`, sso.FormatTime(time.Now().Add(time.Hour)))
			session := sso.Session{Name: "corp"}
			for name, text := range map[string]string{
				".aws/config": fill.Replace(rulesConfig), "token": "WIT\n", "other": "[profile only]\naws_access_key_id=AKIAO\naws_secret_access_key=s\n",
				".aws/sso/cache/" + sha1Name(session.Key()): token,
			} {
				path := filepath.Join(home, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			env := []string{"HOME", home, "USERPROFILE", home}
			for _, v := range c.env {
				env = append(env, fill.Replace(v))
			}
			r := NewResolver(Options{Env: vars(env...), HTTPClient: tap})
			key, account, err := "", "", error(nil)
			chain, err := r.Resolve(t.Context(), Source{Profile: c.profile, Explicit: c.profile != ""})
			if err == nil {
				got, retrieveErr := chain.Provider().Retrieve(t.Context())
				key, account, err = got.AccessKeyID, got.AccountID, retrieveErr
			}
			if calls := strings.Join(tap.calls, " | "); calls != c.calls {
				t.Errorf("calls:\n%s\nwant:\n%s", calls, c.calls)
			}
			if c.code != "" {
				f := fault.As(err)
				if f == nil || f.Code != c.code || !strings.Contains(f.Error()+f.Remedy, c.says) || f.Remedy == "" {
					t.Errorf("error = %v (%+v), want %s with %q", err, f, c.code, c.says)
				}
				return
			}
			if err != nil || key+" "+account != c.want {
				t.Errorf("%q, %v; want %q", key+" "+account, err, c.want)
			}
		})
	}
}

func sha1Name(key string) string {
	return filepath.Base(newRoleFile(vars(), key, "").path)
}
