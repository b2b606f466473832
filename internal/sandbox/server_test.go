package sandbox_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/jackc/pgx/v5"

	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

func start(t *testing.T, o sandbox.Options) *sandbox.Server {
	t.Helper()
	if !duck.Available {
		t.Skip("this build has no SQL engine")
	}
	if o.Rows == 0 {
		o.Rows = 100
	}
	s, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// config is the SDK with given keys, against the sandbox's endpoint.
func config(r sandbox.Ready, id, secret, token string) aws.Config {
	return aws.Config{
		Region: r.Region, BaseEndpoint: aws.String(r.Endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
		}),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func static(r sandbox.Ready) aws.Config { return config(r, r.AccessKeyID, r.SecretAccessKey, "") }

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// TestOneEndpoint sees that each service answers at the same address.
func TestOneEndpoint(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{}).Ready()
	cfg, ctx := static(r), t.Context()
	if out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil); err != nil || *out.Arn != "arn:aws:iam::111122223333:user/reporting" {
		t.Errorf("sts: %v %v", out, err)
	}
	if out, err := athena.NewFromConfig(cfg).ListWorkGroups(ctx, nil); err != nil || len(out.WorkGroups) == 0 {
		t.Errorf("athena: %v %v", out, err)
	}
	if out, err := glue.NewFromConfig(cfg).GetDatabases(ctx, nil); err != nil || len(out.DatabaseList) == 0 {
		t.Errorf("glue: %v %v", out, err)
	}
	if out, err := dynamodb.NewFromConfig(cfg).ListTables(ctx, nil); err != nil || len(out.TableNames) == 0 {
		t.Errorf("dynamodb: %v %v", out, err)
	}
	if out, err := redshift.NewFromConfig(cfg).DescribeClusters(ctx, nil); err != nil || len(out.Clusters) == 0 {
		t.Errorf("redshift: %v %v", out, err)
	}
	if out, err := s3.NewFromConfig(cfg).ListBuckets(ctx, nil); err != nil || len(out.Buckets) == 0 {
		t.Errorf("s3: %v %v", out, err)
	}
	out, err := redshiftserverless.NewFromConfig(cfg).GetCredentials(ctx, &redshiftserverless.GetCredentialsInput{
		WorkgroupName: aws.String("analytics"), DbName: aws.String("dev"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := selectOne(t, r, *out.DbUser, *out.DbPassword); got != 1 {
		t.Errorf("select 1 is %d", got)
	}
}

// selectOne connects to the warehouse with a fully verified certificate.
func selectOne(t *testing.T, r sandbox.Ready, user, password string) int {
	t.Helper()
	ca, err := os.ReadFile(r.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatal("the CA file holds no certificate")
	}
	cfg, err := pgx.ParseConfig("postgres://" + r.Postgres + "/dev")
	if err != nil {
		t.Fatal(err)
	}
	cfg.User, cfg.Password = user, password
	cfg.TLSConfig = &tls.Config{RootCAs: roots, ServerName: "localhost"}
	cfg.Fallbacks = nil
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var one int
	if err := conn.QueryRow(t.Context(), "select 1").Scan(&one); err != nil {
		t.Fatal(err)
	}
	return one
}

// TestSSO goes from a device log in to rows of the portal, and to a denied write.
func TestSSO(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{AutoApprove: true})
	r, ctx := s.Ready(), t.Context()
	oidc := ssooidc.NewFromConfig(static(r))
	c, err := oidc.RegisterClient(ctx, &ssooidc.RegisterClientInput{
		ClientName: aws.String("t"), ClientType: aws.String("public"), Scopes: []string{"sso:account:access"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := oidc.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(r.Endpoint + "/start"),
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, DeviceCode: d.DeviceCode,
		GrantType: aws.String("urn:ietf:params:oauth:grant-type:device_code"),
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := func(account, role string) aws.Config {
		t.Helper()
		out, err := sso.NewFromConfig(static(r)).GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
			AccessToken: token.AccessToken, AccountId: aws.String(account), RoleName: aws.String(role),
		})
		if err != nil {
			t.Fatal(err)
		}
		k := out.RoleCredentials
		return config(r, *k.AccessKeyId, *k.SecretAccessKey, *k.SessionToken)
	}
	remove := func(cfg aws.Config) error {
		_, err := dynamodb.NewFromConfig(cfg).ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{
			Statement: aws.String(`delete from "shop" where pk = 'NOBODY' and sk = 'NOTHING'`),
		})
		return err
	}
	dev, prod := keys(sandbox.DevAccount, "Analyst"), keys(sandbox.ProdAccount, "ReadOnly")
	if got := code(remove(prod)); got != "AccessDeniedException" {
		t.Errorf("a ReadOnly role may delete: %s", got)
	}
	if got := code(remove(dev)); got == "AccessDeniedException" {
		t.Error("an Analyst may not delete")
	}
	s.Switches().ExpireCredentials()
	if _, err := sts.NewFromConfig(dev).GetCallerIdentity(ctx, nil); code(err) != "ExpiredToken" {
		t.Errorf("after expiry: %v", err)
	}
	if n := s.Switches().Calls("sso.GetRoleCredentials"); n != 2 {
		t.Errorf("counted %d portal calls, want 2", n)
	}
}

func TestRefusedStarts(t *testing.T) {
	t.Parallel()
	if !duck.Available {
		if _, err := sandbox.Start(t.Context(), sandbox.Options{}); !errors.Is(err, sandbox.ErrNoEngine) || !strings.Contains(err.Error(), "CGO_ENABLED=1") {
			t.Errorf("without an SQL engine: %v", err)
		}
		t.Skip("this build has no SQL engine")
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	foreign := t.TempDir()
	if err := os.MkdirAll(filepath.Join(foreign, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(foreign, ".aws", "credentials")
	if err := os.WriteFile(mine, []byte("[default]\naws_access_key_id = MINE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		o     sandbox.Options
		is    error
		words string
	}{
		"all interfaces":     {sandbox.Options{Addr: "0.0.0.0:0"}, sandbox.ErrNotLoopback, "loopback only"},
		"no host":            {sandbox.Options{Addr: ":0"}, sandbox.ErrNotLoopback, "loopback only"},
		"a name":             {sandbox.Options{PostgresAddr: "example.com:0"}, sandbox.ErrNotLoopback, "example.com"},
		"no port":            {sandbox.Options{Addr: "127.0.0.1"}, nil, "not HOST:PORT"},
		"port in use":        {sandbox.Options{Addr: taken.Addr().String()}, sandbox.ErrAddrInUse, taken.Addr().String()},
		"postgres in use":    {sandbox.Options{PostgresAddr: taken.Addr().String()}, sandbox.ErrAddrInUse, "in use"},
		"somebody's home":    {sandbox.Options{Home: foreign}, nil, mine + " was not written by a sandbox"},
		"home is a file":     {sandbox.Options{Home: file}, nil, "home folder of the sandbox"},
		"data is absent":     {sandbox.Options{DataDir: filepath.Join(foreign, "absent")}, nil, "data folder"},
		"data is not folder": {sandbox.Options{DataDir: file}, nil, "is not a folder"},
		"negative rows":      {sandbox.Options{Rows: -1}, nil, "-1 rows"},
		"too many rows":      {sandbox.Options{Rows: 100_000_001}, nil, "at most 100000000"},
		"negative tokens":    {sandbox.Options{TokenLifetime: -time.Second}, nil, "token lifetime of -1s"},
		"negative keys":      {sandbox.Options{CredentialLifetime: -time.Hour}, nil, "credential lifetime of -1h0m0s"},
		"both sessions":      {sandbox.Options{Expired: true, SignedIn: true}, nil, "either Expired or SignedIn"},
	} {
		s, err := sandbox.Start(t.Context(), tt.o)
		if err == nil {
			s.Close()
			t.Errorf("%s: started", name)
			continue
		}
		if tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b, err := os.ReadFile(mine); err != nil || !strings.Contains(string(b), "MINE") {
		t.Errorf("somebody's file was touched: %s %v", b, err)
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a home")
	read := func(parts ...string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(append([]string{dir}, parts...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	r := start(t, sandbox.Options{Home: dir, Expired: true, Region: "eu-central-1"}).Ready()
	if r.Home != dir || r.Env["HOME"] != dir || r.Env["AWS_ENDPOINT_URL"] != r.Endpoint || r.Env["FAIRLEAD_HOME"] != filepath.Join(dir, ".fairlead") || r.Env["AWS_CA_BUNDLE"] != r.CAFile {
		t.Errorf("ready: %+v", r)
	}
	text := read(".aws", "config")
	for _, want := range []string{
		"[sso-session fairlead]\nsso_start_url = " + r.Endpoint + "/start\nsso_region = eu-central-1\n",
		"\n[default]\nregion = eu-central-1\n",
		"[profile dev]\nsso_session = fairlead\nsso_account_id = 111122223333\nsso_role_name = Analyst\nregion = eu-central-1\n",
		"[profile prod]\nsso_session = fairlead\nsso_account_id = 444455556666\nsso_role_name = ReadOnly\n",
		"[profile legacy]\nsso_start_url = " + r.Endpoint + "/start\n",
		"[profile assumed]\nrole_arn = " + sandbox.AssumedRole + "\nsource_profile = static\n",
		`process.json"` + "\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("config lacks %q:\n%s", want, text)
		}
	}
	if text := read(".aws", "credentials"); !strings.Contains(text, "[static]\naws_access_key_id = "+r.AccessKeyID+"\naws_secret_access_key = "+r.SecretAccessKey+"\n") ||
		!strings.Contains(text, "[default]\naws_access_key_id = "+r.AccessKeyID+"\naws_secret_access_key = "+r.SecretAccessKey+"\n") {
		t.Errorf("credentials:\n%s", text)
	}
	if text := read(".fairlead", "connections.toml"); !strings.Contains(text, "[connection.sales]\nengine = \"athena\"\nprofile = \"dev\"") {
		t.Errorf("connections:\n%s", text)
	}
	var process struct {
		Version                      int
		AccessKeyID, SecretAccessKey string
	}
	if err := json.Unmarshal([]byte(read(".aws", "process.json")), &process); err != nil || process.Version != 1 {
		t.Errorf("process.json: %v %v", process, err)
	}
	if out, err := sts.NewFromConfig(config(r, process.AccessKeyID, process.SecretAccessKey, "")).GetCallerIdentity(t.Context(), nil); err != nil || !strings.HasSuffix(*out.Arn, ":user/nightly") {
		t.Errorf("the process's keys: %v %v", out, err)
	}
	token := readToken(t, dir, "1ea9aa53deccccb1354680c1ff73e9f4f0901cfb") // sha1("fairlead")
	if until, err := time.Parse(time.RFC3339, token["expiresAt"]); err != nil || until.After(time.Now()) || token["refreshToken"] != "" {
		t.Errorf("an expired session: %v", token)
	}
	if runtime.GOOS != "windows" {
		checkModes(t, dir)
	}
}

func readToken(t *testing.T, home, name string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(home, ".aws", "sso", "cache", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var token map[string]string
	if err := json.Unmarshal(b, &token); err != nil {
		t.Fatal(err)
	}
	return token
}

// checkModes sees that nobody else can read any of it.
func checkModes(t *testing.T, dir string) {
	t.Helper()
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSignedIn sees that the written session works, and refreshes; and that a
// second start in the same home replaces what the first wrote.
func TestSignedIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if !duck.Available {
		t.Skip("this build has no SQL engine")
	}
	first, err := sandbox.Start(t.Context(), sandbox.Options{Home: dir, Rows: 100})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".aws", "config")); err != nil {
		t.Errorf("a home that was named is kept: %v", err)
	}
	s := start(t, sandbox.Options{Home: dir, SignedIn: true})
	r := s.Ready()
	token := readToken(t, dir, "1ea9aa53deccccb1354680c1ff73e9f4f0901cfb")
	list := func(access string) error {
		_, err := sso.NewFromConfig(static(r)).ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: aws.String(access)})
		return err
	}
	if err := list(token["accessToken"]); err != nil {
		t.Error(err)
	}
	s.Switches().ExpireTokens()
	if got := code(list(token["accessToken"])); got != "UnauthorizedException" {
		t.Errorf("after expiry: %s", got)
	}
	out, err := ssooidc.NewFromConfig(static(r)).CreateToken(t.Context(), &ssooidc.CreateTokenInput{
		ClientId: aws.String(token["clientId"]), ClientSecret: aws.String(token["clientSecret"]),
		GrantType: aws.String("refresh_token"), RefreshToken: aws.String(token["refreshToken"]),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := list(*out.AccessToken); err != nil {
		t.Error(err)
	}
	if n := s.Switches().Calls("sso-oidc.CreateToken/refresh_token"); n != 1 {
		t.Errorf("counted %d refreshes", n)
	}
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	r := s.Ready()
	ask := func(method, path, body string, header map[string]string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, r.Admin+"/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range header {
			req.Header.Set(k, v)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	identity := func() string {
		_, err := sts.NewFromConfig(static(r)).GetCallerIdentity(t.Context(), nil)
		return code(err)
	}
	expect := func(path, body string) {
		t.Helper()
		if status, text := ask("POST", path, body, nil); status != 200 {
			t.Errorf("%s %s: %d %s", path, body, status, text)
		}
	}
	expect("clock", `{"offset": 600}`)
	if got := identity(); got != "SignatureDoesNotMatch" {
		t.Errorf("ten minutes ahead: %s", got)
	}
	expect("clock", `{}`)
	expect("faults", `{"service": "sts", "throttle": true, "times": 1}`)
	if got := identity(); got != "Throttling" {
		t.Errorf("throttled: %s", got)
	}
	if got := identity(); got != "" {
		t.Errorf("throttled once: %s", got)
	}
	expect("faults", `{"service": "sts", "status": 500, "code": "InternalFailure"}`)
	if got := identity(); got != "InternalFailure" {
		t.Errorf("failing: %s", got)
	}
	expect("faults/clear", ``)
	expect("deny-action", `{"action": "athena:List*", "principal": "*:user/reporting"}`)
	_, err := athena.NewFromConfig(static(r)).ListWorkGroups(t.Context(), nil)
	if code(err) != "AccessDeniedException" {
		t.Errorf("denied: %v", err)
	}
	expect("allow-actions", ``)
	status, text := ask("GET", "counters", "", nil)
	var counts map[string]front.Count
	if err := json.Unmarshal([]byte(text), &counts); err != nil || status != 200 || counts["sts.GetCallerIdentity"].Calls != 4 || counts["sts.GetCallerIdentity"].Errors["Throttling"] != 1 {
		t.Errorf("counters: %d %s", status, text)
	}
	for _, path := range []string{"lifetimes", "expire", "expire-tokens", "expire-credentials", "revoke", "forget-clients", "auto-approve", "pending", "slow-down", "mfa-code", "web-identity", "counters/reset"} {
		expect(path, "{}")
	}
	expect("lifetimes", `{"tokens": "90s", "credentials": 60}`)
	expect("dynamodb/throttle", `{"table": "shop", "read": 0.001}`)
	list := func() string {
		_, err := dynamodb.NewFromConfig(static(r), func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 }).Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("shop"), Limit: aws.Int32(1)})
		return code(err)
	}
	if first, second := list(), list(); first != "" || second != "ThrottlingException" {
		t.Errorf("throttled table: %q, then %q", first, second)
	}
	expect("dynamodb/index-lag", `{"latency": "2s"}`)
	expect("dynamodb/unprocessed", `{"n": 1, "times": 2}`)
	expect("refresh-tokens", `{"rule": "rotate"}`)
	expect("unassign", `{"account": "444455556666", "role": "ReadOnly"}`)
	for path, body := range map[string]string{
		"faults": `{}`, "dynamodb/throttle": `{}`, "approve": `{"user_code": "AAAA-BBBB"}`, "deny": `{}`, "deny-action": `{}`, "refresh-tokens": `{"rule": "x"}`,
		"clock": `{"ofset": 1}`, "lifetimes": `{"tokens": "soon"}`, "mfa-code": `{"serial": "x"}`, "unassign": `{}`, "pending": `[`,
	} {
		if status, text := ask("POST", path, body, nil); status != 400 || !strings.Contains(text, "error") {
			t.Errorf("%s %s: %d %s", path, body, status, text)
		}
	}
	if status, text = ask("GET", "", "", nil); status != 200 || !strings.Contains(text, "POST approve") {
		t.Errorf("the list of switches: %d %s", status, text)
	}
	// The switches answer at the printed address with one slash, with two, and the list at the address itself.
	if strings.HasSuffix(r.Admin, "/") {
		t.Errorf("the address of the switches ends in a slash: %s", r.Admin)
	}
	expect("/expire", ``)
	for _, end := range []string{"", "/", "//"} {
		resp, err := http.Get(r.Admin + end)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || resp.Request.URL.String() != r.Admin+end {
			t.Errorf("%q: %s at %s", end, resp.Status, resp.Request.URL)
		}
	}
	if resp, err := http.Get(r.Admin + "x/clock"); err != nil || resp.StatusCode == 200 {
		t.Errorf("another token's switches answer: %v %v", resp, err)
	}
	if status, _ = ask("POST", "clock", "{}", map[string]string{"Origin": "http://evil.example"}); status != 403 {
		t.Errorf("from another origin: %d", status)
	}
	resp, err := http.Post(r.Endpoint+"/_sandbox/guess/clock", "application/json", strings.NewReader(`{"offset": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode == 200 {
		t.Error("the switches answer without their token")
	}
}

// TestClose sees that nothing is left: no port, no folder, no goroutine.
func TestClose(t *testing.T) {
	if !duck.Available {
		t.Skip("this build has no SQL engine")
	}
	before := runtime.NumGoroutine()
	var log bytes.Buffer
	s, err := sandbox.Start(t.Context(), sandbox.Options{Rows: 100, Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	r := s.Ready()
	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Get(r.Endpoint + "/start")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	client.CloseIdleConnections()
	if _, err := os.Stat(r.Home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary home is left: %v", err)
	}
	for _, addr := range []string{strings.TrimPrefix(r.Endpoint, "http://"), r.Postgres} {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			t.Errorf("%s still answers", addr)
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
	if !strings.Contains(log.String(), "signin GET") {
		t.Errorf("log: %q", log.String())
	}
}
