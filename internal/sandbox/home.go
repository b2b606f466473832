package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/signin"
)

// marker opens every file the sandbox writes for people, and is what tells its
// own files from a person's.
const marker = "# Written by fairlead sandbox at each start."

// sessionName is the sso-session of the profiles "dev" and "prod".
const sessionName = "fairlead"

// awsHome writes an AWS home: the shared AWS files, token caches and a
// fairlead configuration that point at this sandbox.
type awsHome struct {
	server   *Server
	endpoint string
	dir      string
}

func newHome(s *Server, endpoint string) *awsHome {
	return &awsHome{server: s, endpoint: endpoint}
}

func (h *awsHome) path(parts ...string) string {
	return filepath.Join(append([]string{h.dir}, parts...)...)
}

// prepare makes the folder, and refuses one that holds somebody's real files.
func (h *awsHome) prepare() error {
	h.dir = h.server.opts.Home
	if h.dir == "" {
		h.dir = filepath.Join(h.server.work, "home")
	}
	var err error
	if h.dir, err = filepath.Abs(h.dir); err != nil {
		return fmt.Errorf("home folder of the sandbox: %w", err)
	}
	for _, file := range []string{h.path(".aws", "config"), h.path(".aws", "credentials"), h.path(".fairlead", "connections.toml")} {
		data, err := os.ReadFile(file)
		if err == nil && !strings.HasPrefix(string(data), marker) {
			return fmt.Errorf("%s was not written by a sandbox and is left alone; choose another home folder for the sandbox", file)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("home folder of the sandbox: %w", err)
		}
	}
	for _, dir := range []string{h.dir, h.path(".aws"), h.path(".aws", "sso"), h.path(".aws", "sso", "cache"), h.path(".fairlead")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("home folder of the sandbox: %w", err)
		}
	}
	return nil
}

// put writes a private file.
func (h *awsHome) put(data []byte, parts ...string) error {
	file := h.path(parts...)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return fmt.Errorf("home folder of the sandbox: %w", err)
	}
	// An older file keeps its mode otherwise.
	return os.Chmod(file, 0o600)
}

func (h *awsHome) writeCA(pem []byte) error { return h.put(pem, "sandbox-ca.pem") }

func (h *awsHome) write() error {
	steps := []func() error{h.writeConfig, h.writeCredentials, h.writeProcess, h.writeConnections, h.writeTokens}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (h *awsHome) writeConfig() error {
	region, startURL := h.server.opts.Region, h.server.signin.StartURL()
	var b strings.Builder
	b.WriteString(marker + "\n")
	section := func(name string, lines ...string) {
		b.WriteString("\n[" + name + "]\n")
		for _, l := range lines {
			b.WriteString(l + "\n")
		}
	}
	// What names no profile works by the environment alone.
	section("default", "region = "+region)
	section("sso-session "+sessionName,
		"sso_start_url = "+startURL,
		"sso_region = "+region,
		"sso_registration_scopes = "+signin.AccountScope)
	section("profile dev",
		"sso_session = "+sessionName, "sso_account_id = "+DevAccount, "sso_role_name = Analyst", "region = "+region)
	section("profile prod",
		"sso_session = "+sessionName, "sso_account_id = "+ProdAccount, "sso_role_name = ReadOnly", "region = "+region)
	section("profile legacy",
		"sso_start_url = "+startURL, "sso_region = "+region,
		"sso_account_id = "+DevAccount, "sso_role_name = Analyst", "region = "+region)
	section("profile static", "region = "+region)
	section("profile assumed",
		"role_arn = "+AssumedRole, "source_profile = static", "region = "+region)
	section("profile process",
		"credential_process = "+h.processCommand(), "region = "+region)
	return h.put([]byte(b.String()), ".aws", "config")
}

func (h *awsHome) writeCredentials() error {
	k := h.server.cast.static
	keys := "aws_access_key_id = " + k.ID + "\naws_secret_access_key = " + k.Secret + "\n"
	text := marker + "\n\n[default]\n" + keys + "\n[static]\n" + keys
	return h.put([]byte(text), ".aws", "credentials")
}

// processCommand prints the file of profile "process". A path with a blank is
// quoted, which every reader of credential_process understands.
func (h *awsHome) processCommand() string {
	file := h.path(".aws", "process.json")
	if strings.ContainsAny(file, " \t") {
		file = `"` + file + `"`
	}
	if runtime.GOOS == "windows" {
		return "cmd /c type " + file
	}
	return "/bin/cat " + file
}

func (h *awsHome) writeProcess() error {
	k := h.server.cast.process
	// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
	data, err := json.Marshal(struct {
		Version         int
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
	}{1, k.ID, k.Secret})
	if err != nil {
		return err
	}
	return h.put(append(data, '\n'), ".aws", "process.json")
}

func (h *awsHome) writeConnections() error {
	text := marker + `

[connection.sales]
engine = "athena"
profile = "dev"
catalog = "AwsDataCatalog"
database = "sales"
workgroup = "primary"

[connection.warehouse]
engine = "redshift"
profile = "dev"
workgroup = "analytics"
database = "dev"

[connection.shop]
engine = "dynamodb"
profile = "dev"
`
	return h.put([]byte(text), ".fairlead", "connections.toml")
}

// writeTokens writes the SSO token caches: none, expired or valid ones. Caches
// of an earlier sandbox in the same folder would name tokens nobody knows.
func (h *awsHome) writeTokens() error {
	startURL, region := h.server.signin.StartURL(), h.server.opts.Region
	session := tokenCache{StartURL: startURL, Region: region}
	legacy := session
	for _, name := range []string{cacheName(sessionName), cacheName(startURL)} {
		if err := os.Remove(h.path(".aws", "sso", "cache", name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("home folder of the sandbox: %w", err)
		}
	}
	// The same holds for the role credentials that the AWS CLI caches.
	if err := os.RemoveAll(h.path(".aws", "cli", "cache")); err != nil {
		return fmt.Errorf("home folder of the sandbox: %w", err)
	}
	switch {
	case h.server.opts.SignedIn:
		scopes := []string{signin.AccountScope}
		session.fill(h.server.signin.Issue("botocore-client-"+sessionName, scopes))
		legacy.fill(h.server.signin.Issue("botocore-client-legacy", nil))
		if err := h.putRegistration(session, scopes, sessionName); err != nil {
			return err
		}
		if err := h.putRegistration(legacy, nil, ""); err != nil {
			return err
		}
	case h.server.opts.Expired:
		// Past its end, and with nothing to refresh it by.
		past := h.server.clock.Now().Add(-9 * time.Hour)
		session.AccessToken, session.ExpiresAt = "expired-before-this-sandbox-started", stamp(past)
		legacy.AccessToken, legacy.ExpiresAt = session.AccessToken, session.ExpiresAt
	default:
		return nil
	}
	if err := h.putCache(session.python(), cacheName(sessionName)); err != nil {
		return err
	}
	return h.putCache(legacy.python(), cacheName(startURL))
}

func (h *awsHome) putCache(text, name string) error {
	return h.put([]byte(text), ".aws", "sso", "cache", name)
}

func (h *awsHome) putRegistration(t tokenCache, scopes []string, session string) error {
	return h.putCache(t.registration(scopes), registrationName(t.StartURL, t.Region, scopes, session))
}

// ready fills in all of Ready but Admin.
func (h *awsHome) ready() Ready {
	k := h.server.cast.static
	r := Ready{
		Endpoint:        h.endpoint,
		Postgres:        h.server.postgres.Addr().String(),
		Home:            h.dir,
		Region:          h.server.opts.Region,
		AccessKeyID:     k.ID,
		SecretAccessKey: k.Secret,
		CAFile:          h.path("sandbox-ca.pem"),
	}
	r.Env = map[string]string{
		"HOME":                        h.dir,
		"AWS_CONFIG_FILE":             h.path(".aws", "config"),
		"AWS_SHARED_CREDENTIALS_FILE": h.path(".aws", "credentials"),
		"AWS_ENDPOINT_URL":            h.endpoint,
		"AWS_CA_BUNDLE":               r.CAFile,
		"AWS_EC2_METADATA_DISABLED":   "true",
		"FAIRLEAD_HOME":               h.path(".fairlead"),
	}
	if runtime.GOOS == "windows" {
		r.Env["USERPROFILE"] = h.dir
	}
	return r
}
