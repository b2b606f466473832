package web

import (
	"testing"
)

// A wrong passphrase is told at once and is not kept; the right one opens the
// file of an earlier start.
func TestUnlock(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"HOME": dir, "FAIRLEAD_HOME": dir, "FAIRLEAD_KEYRING": "file"}
	keys := map[string]any{"source": "static", "access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMI", "storage": "file", "passphrase": "right"}
	v := visit(t, open(t, env)).enter()
	if status := v.call("PUT", "/api/auths/keys", keys, nil); status != 204 {
		t.Fatal(status)
	}
	v = visit(t, open(t, env)).enter()
	for _, c := range []struct {
		passphrase string
		want       int
	}{{"wrong", 400}, {"right", 204}} {
		if status := v.call("POST", "/api/unlock", map[string]string{"passphrase": c.passphrase}, nil); status != c.want {
			t.Errorf("%s: %d", c.passphrase, status)
		}
	}
}
