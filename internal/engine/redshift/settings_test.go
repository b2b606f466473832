package redshift

import (
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

func TestSettingsTellTheServer(t *testing.T) {
	const (
		serverlessHost = "etl.111122223333.eu-west-1.redshift-serverless.amazonaws.com"
		clusterHost    = "dwh.abc123.eu-west-1.redshift.amazonaws.com"
	)
	for _, c := range []struct {
		name  string
		set   settings
		want  target
		known bool
	}{
		{"a name may be either", settings{name: "x"}, target{name: "x"}, false},
		{"workgroup", settings{workgroup: "w"}, target{kind: serverless, name: "w", port: 5439}, true},
		{"cluster", settings{cluster: "c"}, target{kind: cluster, name: "c", port: 5439}, true},
		{"only clusters know db_user", settings{name: "x", dbUser: "u"}, target{kind: cluster, name: "x", port: 5439}, true},
		{"an endpoint tells all", settings{host: serverlessHost}, target{kind: serverless, name: "etl", host: serverlessHost, port: 5439}, true},
		{"a cluster's too", settings{host: clusterHost, port: 5440}, target{kind: cluster, name: "dwh", host: clusterHost, port: 5440}, true},
		{"a tunnel to a workgroup", settings{host: "localhost", port: 15439, workgroup: "w"}, target{kind: serverless, name: "w", host: "localhost", port: 15439}, true},
		{"a password needs nobody", settings{host: "h", user: "u"}, target{kind: direct, name: "h", host: "h", port: 5439}, true},
		{"a host alone may be a custom domain", settings{host: "dwh.example.com"}, target{kind: custom, name: "dwh.example.com", host: "dwh.example.com", port: 5439}, true},
		{"an ARN is looked up", settings{workgroup: "arn:x", host: "h"}, target{kind: serverless, name: "arn:x", host: "h", port: 5439}, true},
	} {
		got, known := c.set.named()
		if got != c.want || known != c.known {
			t.Errorf("%s: %+v, %v", c.name, got, known)
		}
	}
}

func TestContradictionsAreRefused(t *testing.T) {
	for name, params := range map[string]map[string]string{
		"nowhere":               {},
		"both kinds":            {"workgroup": "w", "cluster": "c"},
		"two kinds of user":     {"cluster": "c", "user": "u", "db_user": "d"},
		"a user by Data API":    {"name": "n", "user": "u", "transport": "data-api"},
		"statement timeout":     {"name": "n", "statement_timeout": "soon"},
		"db_user on serverless": {"workgroup": "w", "db_user": "d"},
		"port":                  {"name": "n", "port": "70000"},
		"sslmode":               {"name": "n", "sslmode": "prefer"},
		"unknown":               {"name": "n", "warehouse": "x"},
	} {
		_, err := Spec().Open(t.Context(), &session.Session{Name: "test"}, params)
		f := fault.As(err)
		if f == nil || f.Code != fault.Config || f.Remedy == "" {
			t.Errorf("%s: %#v", name, f)
		}
	}
}

// The environment's settings for other databases must not leak in, and the
// password must not leak out.
func TestConnectionTakesNothingFromTheEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"PGHOST": "elsewhere", "PGPORT": "1", "PGUSER": "somebody", "PGPASSWORD": "else", "PGDATABASE": "other",
		"PGSSLMODE": "require", "PGAPPNAME": "psql", "PGOPTIONS": "-c x=y", "PGTARGETSESSIONATTRS": "read-write", "PGTZ": "Mars",
	} {
		t.Setenv(name, value)
	}
	e := &Engine{session: &session.Session{Name: "test"}, set: settings{database: "dev", sslmode: disable}}
	c, err := e.config(target{host: "h", port: 5439}, newLogin(ptr("IAM:me"), ptr("s3cret"), nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.Host != "h" || c.Port != 5439 || c.User != "IAM:me" || c.Password != "s3cret" || c.Database != "dev" || c.TLSConfig != nil ||
		c.ValidateConnect != nil || len(c.Fallbacks) != 0 {
		t.Errorf("%+v", c)
	}
	for name := range c.RuntimeParams {
		if !strings.Contains("client_encoding datestyle application_name", name) {
			t.Errorf("run-time parameter %s", name)
		}
	}
	if c.RuntimeParams["application_name"] != "fairlead" {
		t.Error("the application's name is not ours")
	}
}

func ptr(s string) *string { return &s }
