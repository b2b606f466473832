package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// What a connection's parameters lack is told with its name; what is refused is
// what the engine would refuse.
func TestCheckParams(t *testing.T) {
	spec := engine.Spec{Title: "Test", Params: []engine.Param{
		{Name: "host_name", Required: true, Help: "Where to go."},
		{Name: "mode", Default: "safe", Choices: []string{"safe", "fast"}},
	}}
	type params = map[string]string
	for name, c := range map[string]struct {
		params          params
		file            string
		want            params
		code            fault.Code
		message, remedy string
	}{
		"defaults":             {params: params{"host_name": "h"}, want: params{"host_name": "h", "mode": "safe"}},
		"empty is absent":      {params: params{"host_name": "h", "mode": ""}, want: params{"host_name": "h", "mode": "safe"}},
		"of a newer version":   {params: params{"host_name": "h", "color": "red"}, file: "c.toml", want: params{"host_name": "h", "mode": "safe"}},
		"none at all":          {code: fault.Config, message: `Connection "sales" needs host_name: Where to go.`, remedy: "fairlead connections edit sales --host-name VALUE"},
		"empty where required": {params: params{"host_name": ""}, code: fault.Config, message: `Connection "sales" needs host_name`, remedy: "--host-name"},
		"no choice": {params: params{"host_name": "h", "mode": "slow"}, file: "c.toml", code: fault.Config,
			message: `Connection "sales" has mode = "slow"`, remedy: "one of: safe, fast"},
		"mistyped": {params: params{"host_name": "h", "mod": "safe"}, code: fault.Usage, message: `Test has no parameter "mod"`, remedy: "did you mean mode?"},
	} {
		given := connection.Entry{Name: "sales", File: c.file, Params: c.params}
		got, err := checkParams(given, spec)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		f := fault.As(err)
		if (f == nil) != (c.message == "") {
			t.Errorf("%s: %v", name, err)
		} else if f != nil && (f.Code != c.code || !strings.HasPrefix(f.Message, c.message) || !strings.Contains(f.Remedy, c.remedy)) {
			t.Errorf("%s: %#v", name, f)
		}
		if _, err := spec.Fill(c.params); c.file == "" && (err == nil) != (f == nil) {
			t.Errorf("%s: the engine says %v, the connection %v", name, err, f)
		}
	}
	saved := params{"host_name": "h", "color": "red"}
	if _, err := checkParams(connection.Entry{File: "c.toml", Params: saved}, spec); err != nil || saved["color"] != "red" {
		t.Errorf("the saved entry was changed: %v, %v", saved, err)
	}
}
