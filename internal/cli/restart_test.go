package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sso"
)

// TestTheServiceRestartsWhileALogInIsAwaited: it forgets the code that was
// shown. The log in must outlive the time without a service and then end with
// what the service says, not hang until its time is over; the next one works.
func TestTheServiceRestartsWhileALogInIsAwaited(t *testing.T) {
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Rows: 100})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for name, value := range srv.Ready().Env {
		env[name] = value
	}
	home := t.TempDir() // the sandbox's own folder goes with it
	env["HOME"], env["USERPROFILE"] = home, home
	config := "[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = X\n[sso-session corp]\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\nsso_start_url = " +
		srv.Ready().Endpoint + "/start\n"
	env["AWS_CONFIG_FILE"] = filepath.Join(home, "config")
	if err := os.WriteFile(env["AWS_CONFIG_FILE"], []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimPrefix(srv.Ready().Endpoint, "http://")
	manager := func() *sso.Manager {
		return sso.NewManager(sso.Options{Env: func(name string) string { return env[name] }})
	}
	var again *sandbox.Server
	var restart sync.Once
	p := sso.Prompts{ShowCode: func(context.Context, sso.DeviceCode) {
		restart.Do(func() {
			srv.Close()
			if again, err = sandbox.Start(context.Background(), sandbox.Options{Addr: addr, Rows: 100, AutoApprove: true}); err != nil {
				t.Error(err)
			}
		})
	}}
	start := time.Now()
	failed := manager().Login(t.Context(), sso.LoginOptions{Name: "dev", Method: sso.MethodDevice, Prompts: p, Timeout: time.Minute})
	if again == nil {
		t.Fatalf("the service was not restarted: %v", failed)
	}
	defer again.Close()
	if f := fault.As(failed); f == nil || f.Code != fault.LoginFailed || f.Service == nil || f.Remedy == "" || time.Since(start) > 40*time.Second {
		t.Errorf("error = %v after %v", failed, time.Since(start))
	}
	if err := manager().Login(t.Context(), sso.LoginOptions{Name: "dev", Method: sso.MethodDevice, Prompts: p, Timeout: time.Minute}); err != nil {
		t.Errorf("the next log in: %v", err)
	}
}
