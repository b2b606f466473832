package app_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
)

var box = enginetest.Sandbox{Options: sandbox.Options{Rows: 1000, SignedIn: true, AutoApprove: true}}

func TestMain(m *testing.M) { os.Exit(box.Main(m)) }

// patient is a home that a fault is planted in: a copy of the sandbox's.
type patient struct {
	t   *testing.T
	box *sandbox.Server
	env map[string]string
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	b := box.Start(t)
	p := &patient{t: t, box: b, env: map[string]string{}}
	home := t.TempDir()
	if err := os.CopyFS(home, os.DirFS(b.Ready().Home)); err != nil {
		t.Fatal(err)
	}
	for name, value := range b.Ready().Env {
		p.env[name] = strings.ReplaceAll(value, b.Ready().Home, home)
	}
	config := p.read(".aws/config")
	p.write(".aws/config", strings.ReplaceAll(config, b.Ready().Home, home))
	p.env["FAIRLEAD_KEYRING"] = "memory"
	return p
}

func (p *patient) path(name string) string {
	return filepath.Join(p.env["HOME"], filepath.FromSlash(name))
}

func (p *patient) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(p.path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

func (p *patient) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *patient) add(name, text string) { p.t.Helper(); p.write(name, p.read(name)+"\n"+text) }

func (p *patient) replace(name, old, text string) {
	p.t.Helper()
	before := p.read(name)
	if !strings.Contains(before, old) {
		p.t.Fatalf("%s does not hold %q", name, old)
	}
	p.write(name, strings.Replace(before, old, text, 1))
}

// tokens changes every cached token.
func (p *patient) tokens(change func(string) string) {
	p.t.Helper()
	files, err := filepath.Glob(p.path(".aws/sso/cache/*.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			p.t.Fatal(err)
		}
		if strings.Contains(string(data), "accessToken") {
			if text := change(string(data)); text == "" {
				err = os.Remove(file)
			} else {
				err = os.WriteFile(file, []byte(text), 0o600)
			}
			if err != nil {
				p.t.Fatal(err)
			}
		}
	}
}

func (p *patient) doctor(name string) app.Diagnosis {
	a := app.New(app.Options{Env: func(n string) string { return p.env[n] }, Specs: all.Specs()})
	return a.Doctor(context.Background(), name)
}

func TestDoctorFindsTheHealthyHealthy(t *testing.T) {
	p := newPatient(t)
	for _, name := range []string{"sales", "warehouse", "shop", "dev", "static", "assumed", "process", "legacy", ""} {
		d := p.doctor(name)
		if f := d.Failed(); f != nil {
			t.Errorf("%q: %s: %v", name, f.Hop, f.Fault)
		}
	}
}

// Each case plants one fault and says at which hop the doctor must find it.
func TestDoctorNamesTheHopThatFails(t *testing.T) {
	// A port on which nothing listens, and one that never answers.
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	for _, c := range []struct {
		fault string
		name  string
		plant func(p *patient)
		hop   app.Hop
		code  fault.Code
		says  string // in the message, the cause or the remedy
	}{
		{"a file where our folder should be", "sales", func(p *patient) { p.write("file", ""); p.env["FAIRLEAD_HOME"] = p.path("file") + "/x" }, app.HopDisk, fault.Output, "FAIRLEAD_HOME"},
		{"no home at all", "sales", func(p *patient) { delete(p.env, "HOME"); delete(p.env, "FAIRLEAD_HOME") }, app.HopDisk, fault.Config, "HOME"},

		{"a name that nothing has", "sails", func(*patient) {}, app.HopConfig, fault.ConnectionMissing, "sales"},
		{"connections.toml is broken", "sales", func(p *patient) { p.add(".fairlead/connections.toml", "[connection.x") }, app.HopConfig, fault.Config, "connections.toml"},
		{"an engine that does not exist", "odd", func(p *patient) { p.add(".fairlead/connections.toml", "[connection.odd]\nengine = \"oracle\"\n") }, app.HopConfig, fault.Config, "oracle"},
		{"a parameter that is not allowed", "odd", func(p *patient) {
			p.add(".fairlead/connections.toml", "[connection.odd]\nengine = \"athena\"\nprofile = \"dev\"\noutput_location = \"/tmp\"\n")
		}, app.HopConfig, fault.Config, "output_location"},
		{"a profile that is gone", "odd", func(p *patient) {
			p.add(".fairlead/connections.toml", "[connection.odd]\nengine = \"athena\"\nprofile = \"gone\"\n")
		}, app.HopConfig, fault.ProfileMissing, "gone"},
		{"an auth profile that is gone", "odd", func(p *patient) {
			p.add(".fairlead/connections.toml", "[connection.odd]\nengine = \"athena\"\nauth = \"gone\"\n")
		}, app.HopConfig, fault.Config, "gone"},
		{"an sso-session that is gone", "dev", func(p *patient) { p.replace(".aws/config", "[sso-session ", "[sso-session other-") }, app.HopConfig, fault.CredsFailed, "sso"},
		{"profiles that lead in a circle", "a", func(p *patient) {
			p.add(".aws/config", "[profile a]\nrole_arn=arn:aws:iam::111122223333:role/x\nsource_profile=b\n[profile b]\nrole_arn=arn:aws:iam::111122223333:role/x\nsource_profile=a\n")
		}, app.HopConfig, fault.CredsFailed, ""},
		{"a key without its secret", "half", func(p *patient) {
			p.add(".aws/config", "[profile half]\naws_access_key_id=AKIAHALFHALFHALFHALF\nregion=us-east-1\n")
		}, app.HopConfig, fault.CredsFailed, "aws_secret_access_key"},
		{"a source profile that is gone", "x", func(p *patient) {
			p.add(".aws/config", "[profile x]\nrole_arn=arn:aws:iam::111122223333:role/x\nsource_profile=gone\nregion=us-east-1\n")
		}, app.HopConfig, fault.CredsFailed, "gone"},

		{"no region anywhere", "bare", func(p *patient) { p.add(".aws/config", "[profile bare]\ncredential_process = echo\n") }, app.HopRegion, fault.RegionMissing, "region"},
		{"a region that cannot be", "dev", func(p *patient) { p.env["AWS_REGION"] = "us east 1" }, app.HopRegion, "", "us east 1"},

		{"nothing listens at the endpoint", "static", func(p *patient) { p.env["AWS_ENDPOINT_URL"] = "http://" + nobody }, app.HopNetwork, fault.Unavailable, "AWS_ENDPOINT_URL"},
		{"a host that no name server knows", "static", func(p *patient) { p.env["AWS_ENDPOINT_URL"] = "http://nothing.invalid" }, app.HopNetwork, fault.Unavailable, "nothing.invalid"},
		{"TLS where none is spoken", "static", func(p *patient) {
			p.env["AWS_ENDPOINT_URL"] = strings.Replace(p.env["AWS_ENDPOINT_URL"], "http://", "https://", 1)
		}, app.HopNetwork, fault.Unavailable, ""},
		{"only the engine's endpoint is wrong", "sales", func(p *patient) { p.env["AWS_ENDPOINT_URL_ATHENA"] = "http://" + nobody }, app.HopNetwork, fault.Unavailable, "Athena"},
		{"a proxy that is not there", "shop", func(p *patient) {
			p.env["HTTP_PROXY"] = "http://" + nobody
			p.env["AWS_ENDPOINT_URL_DYNAMODB"] = "http://dynamodb.example"
		}, app.HopNetwork, fault.Unavailable, ""},

		{"the clock is ten minutes behind", "static", func(p *patient) { p.box.Switches().SetClockOffset(10 * time.Minute) }, app.HopClock, fault.ClockSkew, "behind"},
		{"the clock is an hour ahead", "static", func(p *patient) { p.box.Switches().SetClockOffset(-time.Hour) }, app.HopClock, fault.ClockSkew, "ahead"},

		{"the SSO session has expired", "dev", func(p *patient) { p.expire() }, app.HopToken, fault.SSOExpired, "fairlead login dev"},
		{"the same, by a connection", "sales", func(p *patient) { p.expire() }, app.HopToken, fault.SSOExpired, "dev"},
		{"nobody has logged in yet", "dev", func(p *patient) { p.tokens(func(string) string { return "" }) }, app.HopToken, fault.SSOAbsent, "login"},
		{"the token file is garbage", "dev", func(p *patient) {
			p.tokens(func(string) string { return `{"accessToken": 7` })
		}, app.HopToken, "", ""},
		{"the session was ended elsewhere", "dev", func(p *patient) {
			p.tokens(func(text string) string { return strings.Replace(text, `"accessToken": "`, `"accessToken": "not-`, 1) })
			p.tokens(func(text string) string { return strings.ReplaceAll(text, `"refreshToken"`, `"noRefreshToken"`) })
		}, app.HopToken, fault.SSORevoked, "login"},

		{"a role that is not assigned", "dev", func(p *patient) { p.replace(".aws/config", "sso_role_name = Analyst", "sso_role_name = Boss") }, app.HopCredentials, fault.SSONoAssignment, "Boss"},
		{"an account that is not assigned", "dev", func(p *patient) { p.replace(".aws/config", "sso_account_id = ", "sso_account_id = 9") }, app.HopCredentials, "", ""},
		{"a wrong secret", "static", func(p *patient) {
			p.replace(".aws/credentials", "[static]\naws_access_key_id = "+p.box.Ready().AccessKeyID+"\naws_secret_access_key = ", "[static]\naws_access_key_id = "+p.box.Ready().AccessKeyID+"\naws_secret_access_key = x")
		}, app.HopCredentials, fault.CredsRejected, "secret"},
		{"a key that AWS does not know", "unknown", func(p *patient) {
			p.add(".aws/config", "[profile unknown]\nregion=us-east-1\naws_access_key_id=AKIAUNKNOWNUNKNOWN00\naws_secret_access_key=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n")
		}, app.HopCredentials, fault.CredsRejected, ""},
		{"a role that does not trust", "x", func(p *patient) {
			p.add(".aws/config", "[profile x]\nrole_arn=arn:aws:iam::111122223333:role/nothing\nsource_profile=static\nregion=us-east-1\n")
		}, app.HopCredentials, "", "nothing"},
		{"a credential_process that fails", "x", func(p *patient) {
			p.add(".aws/config", "[profile x]\ncredential_process=/bin/false\nregion=us-east-1\n")
		}, app.HopCredentials, fault.CredsFailed, ""},
		{"a credential_process that is not there", "x", func(p *patient) {
			p.add(".aws/config", "[profile x]\ncredential_process=/nowhere/at/all\nregion=us-east-1\n")
		}, app.HopCredentials, fault.CredsFailed, "/nowhere"},
		{"a credential_process that prints no JSON", "x", func(p *patient) {
			p.add(".aws/config", "[profile x]\ncredential_process=/bin/echo hello\nregion=us-east-1\n")
		}, app.HopCredentials, fault.CredsFailed, ""},
		{"keys that expired in the environment", "", func(p *patient) {
			p.env["AWS_ACCESS_KEY_ID"], p.env["AWS_SECRET_ACCESS_KEY"], p.env["AWS_SESSION_TOKEN"] = "ASIAGONEGONEGONEGONE", strings.Repeat("a", 40), "gone"
			p.env["AWS_REGION"] = "us-east-1"
		}, app.HopCredentials, fault.CredsRejected, ""},

		{"a pin to another account", "sales", func(p *patient) {
			p.replace(".fairlead/connections.toml", "[connection.sales]\n", "[connection.sales]\naccount = \"999999999999\"\n")
		}, app.HopAccount, fault.Guarded, "999999999999"},

		{"a workgroup that is not there", "sales", func(p *patient) { p.replace(".fairlead/connections.toml", `"primary"`, `"nowhere"`) }, app.HopService, "", "nowhere"},
		{"a database that is not there", "sales", func(p *patient) { p.replace(".fairlead/connections.toml", `"sales"`, `"nowhere"`) }, app.HopService, fault.NotFound, "nowhere"},
		{"Athena does not allow it", "sales", func(p *patient) { p.box.Switches().DenyAction("*", "athena:GetWorkGroup") }, app.HopService, fault.Denied, "athena:GetWorkGroup"},
		{"DynamoDB does not allow it", "shop", func(p *patient) { p.box.Switches().DenyAction("*", "dynamodb:ListTables") }, app.HopService, fault.Denied, "dynamodb:ListTables"},
		{"a Redshift workgroup that is not there", "warehouse", func(p *patient) { p.replace(".fairlead/connections.toml", `"analytics"`, `"nowhere"`) }, app.HopService, "", "nowhere"},
		{"the service fails", "shop", func(p *patient) { p.box.Switches().Fault(front.Fault{Service: "dynamodb", Status: 500, Times: 100}) }, app.HopService, fault.Unavailable, ""},
		{"the service throttles", "shop", func(p *patient) {
			p.box.Switches().Fault(front.Fault{Service: "dynamodb", Code: "ThrottlingException", Status: 400, Times: 100})
		}, app.HopService, fault.Throttled, ""},
	} {
		t.Run(c.fault, func(t *testing.T) {
			p := newPatient(t)
			defer func() {
				p.box.Switches().SetClockOffset(0)
				p.box.Switches().AllowActions()
				p.box.Switches().ClearFaults()
			}()
			c.plant(p)
			d := p.doctor(c.name)
			f := d.Failed()
			if f == nil {
				t.Fatalf("nothing was found: %+v", d.Checks)
			}
			if f.Hop != c.hop || c.code != "" && f.Fault.Code != c.code {
				t.Errorf("found at %s: %s: %v; want %s: %s", f.Hop, f.Fault.Code, f.Fault, c.hop, c.code)
			}
			told := f.Fault.Error() + "\n" + f.Fault.Remedy
			if s := f.Fault.Service; s != nil {
				told += "\n" + s.Message
			}
			if !strings.Contains(told, c.says) || f.Fault.Remedy == "" {
				t.Errorf("%q is not said, or no remedy:\n%s", c.says, told)
			}
			for _, check := range d.Checks {
				if check.State == app.CheckFailed && check.Hop != f.Hop {
					t.Errorf("%s failed too", check.Hop)
				}
			}
		})
	}
}

// expire makes the session one that only a log in brings up.
func (p *patient) expire() {
	p.tokens(func(text string) string {
		text = strings.ReplaceAll(text, `"refreshToken"`, `"noRefreshToken"`)
		i := strings.Index(text, `"expiresAt": "`)
		if i < 0 {
			p.t.Fatal("no expiry in ", text)
		}
		i += len(`"expiresAt": "`)
		return text[:i] + "2020-01-01T00:00:00Z" + text[i+strings.Index(text[i:], `"`):]
	})
}
