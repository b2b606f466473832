//go:build unix

package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	"github.com/fairleadhq/fairlead/internal/sso"
)

const manyProfiles, manyConnections, ssoSessions = 20, 50, 3

// world is a sandbox with 20 accounts, the road to it, and an AWS home with a
// profile in each account: by SSO on three sessions, by keys, and by an assumed
// role.
type world struct {
	srv      *sandbox.Server
	road     *road
	env      map[string]string
	accounts []string // of profile i
}

func newWorld() (*world, error) {
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Rows: 200, AutoApprove: true})
	if err != nil {
		return nil, err
	}
	ready := srv.Ready()
	w := &world{srv: srv, road: newRoad(ready.Endpoint, ready.Postgres, false),
		env: map[string]string{"FAIRLEAD_KEYRING": "memory", "FAIRLEAD_LOGIN_METHOD": "device"}}
	for name, value := range ready.Env {
		w.env[name] = value
	}
	w.env["AWS_ENDPOINT_URL"] = w.road.http.URL
	if err := w.writeHome(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) close() {
	w.road.close()
	_ = w.srv.Close()
}

// endSessions ends what the 20 profiles have: all SSO sessions, and all
// temporary credentials.
func (w *world) endSessions() {
	w.srv.Switches().RevokeSessions()
	w.srv.Switches().ExpireCredentials()
}

func (w *world) writeHome() error {
	store := w.srv.Switches().Identity()
	config, err := os.ReadFile(w.env["AWS_CONFIG_FILE"])
	if err != nil {
		return err
	}
	keys, err := os.ReadFile(w.env["AWS_SHARED_CREDENTIALS_FILE"])
	if err != nil {
		return err
	}
	var b, k strings.Builder
	b.Write(config)
	k.Write(keys)
	_, rest, _ := strings.Cut(string(config), "sso_start_url = ")
	start, _, _ := strings.Cut(rest, "\n")
	for i := range ssoSessions {
		fmt.Fprintf(&b, "\n[sso-session s%d]\nsso_start_url = %s\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n", i, start)
	}
	for i := range manyProfiles {
		account := fmt.Sprintf("7000000000%02d", i)
		w.accounts = append(w.accounts, account)
		store.AddAccount(identity.Account{ID: account, Name: account})
		fmt.Fprintf(&b, "\n[profile p%02d]\nregion = us-east-1\n", i)
		switch i % 5 {
		case 3:
			user, err := store.AddUser(identity.User{AccountID: account, Name: "worker"})
			if err != nil {
				return err
			}
			key, err := store.NewKey(user.ARN)
			if err != nil {
				return err
			}
			fmt.Fprintf(&k, "\n[p%02d]\naws_access_key_id = %s\naws_secret_access_key = %s\n", i, key.ID, key.Secret)
		case 4:
			role, err := store.AddRole(identity.Role{AccountID: account, Name: "Reader",
				Trust: []identity.Trust{{Principals: []string{"arn:aws:iam::" + sandbox.DevAccount + ":user/" + sandbox.StaticUser}}}})
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "role_arn = %s\nsource_profile = static\n", role.ARN)
		default:
			if _, err := store.Assign("robin", account, "Analyst"); err != nil {
				return err
			}
			fmt.Fprintf(&b, "sso_session = s%d\nsso_account_id = %s\nsso_role_name = Analyst\n", i%ssoSessions, account)
		}
	}
	return errors.Join(os.WriteFile(w.env["AWS_CONFIG_FILE"], []byte(b.String()), 0o600),
		os.WriteFile(w.env["AWS_SHARED_CREDENTIALS_FILE"], []byte(k.String()), 0o600))
}

// manyAccounts is a process that works with all of them.
type manyAccounts struct {
	env      map[string]string
	accounts []string
	landed   atomic.Int32 // log ins
	app      *app.App
}

func visit(env map[string]string, accounts []string) *manyAccounts {
	m := &manyAccounts{env: env, accounts: accounts}
	m.app = app.New(app.Options{Env: func(name string) string { return m.env[name] }, Specs: all.Specs(), Prompts: sso.Prompts{
		ConfirmLogin: func(context.Context, sso.LoginRequest) (bool, error) { return true, nil },
		ShowCode:     func(context.Context, sso.DeviceCode) {},
		Done: func(err error) {
			if err == nil {
				m.landed.Add(1)
			}
		},
	}})
	return m
}

// target is the address of connection i: all engines on all profiles.
func (m *manyAccounts) target(i int) string {
	profile := fmt.Sprintf("p%02d", i%manyProfiles)
	return []string{"athena://" + profile + "/AwsDataCatalog/sales", "redshift://" + profile + "/analytics/dev", "dynamodb://" + profile}[i%3]
}

// TestEachConnectionIsItsOwn opens 50 connections over 20 accounts at once.
func TestEachConnectionIsItsOwn(t *testing.T) {
	w, err := newWorld()
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	m := visit(w.env, w.accounts)
	before := os.Environ()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for i := range manyConnections {
		work.Go(func() {
			conn, err := m.app.Connect(t.Context(), m.target(i), app.Overrides{})
			if err != nil {
				t.Errorf("%s: %v", m.target(i), err)
				return
			}
			defer conn.Close()
			for range 2 {
				id, err := conn.Session.Identity(t.Context())
				if want := m.accounts[i%manyProfiles]; err != nil || id.Account != want || !strings.Contains(id.ARN, want) {
					t.Errorf("%s: %+v, %v; want account %s", m.target(i), id, err, want)
				}
				if err := m.ask(t.Context(), conn, i); err != nil {
					t.Errorf("%s: %v", m.target(i), err)
				}
			}
		})
	}
	work.Wait()
	if n := m.landed.Load(); n != ssoSessions {
		t.Errorf("%d log ins for %d sessions", n, ssoSessions)
	}
	after := os.Environ()
	slices.Sort(before)
	slices.Sort(after)
	if !slices.Equal(before, after) {
		t.Error("the environment was changed")
	}
	if now, err := os.Getwd(); err != nil || now != dir {
		t.Errorf("the working folder is %s, was %s; %v", now, dir, err)
	}
	// A connection that is pinned to an account refuses another one's profile.
	for i := range manyProfiles {
		e := connection.Entry{Name: "pinned", Engine: "dynamodb", Profile: fmt.Sprintf("p%02d", i), Account: m.accounts[(i+1)%manyProfiles]}
		if _, err := m.app.TestEntry(t.Context(), e); err == nil || !strings.Contains(err.Error(), m.accounts[i]) || fault.CodeOf(err) == fault.Internal {
			t.Errorf("profile %s in the place of account %s: %v", e.Profile, e.Account, err)
		}
		e.Account = m.accounts[i]
		if _, err := m.app.TestEntry(t.Context(), e); err != nil {
			t.Errorf("profile %s in its own account: %v", e.Profile, err)
		}
	}
}

// ask runs a statement of connection i and checks its rows; on Redshift it also
// asks who the user is, which the role or user of the profile decides.
func (m *manyAccounts) ask(ctx context.Context, conn *app.Connection, i int) error {
	text, want := fmt.Sprintf("select device from events where device = 'nobody-%d'", i), tally{}
	switch i % 3 {
	case 0:
		text, want = athenaRows(100+i), counted(100+i)(nil)
	case 1:
		text, want = redshiftRows(100+i), counted(100+i)(nil)
		if user, err := single(ctx, conn, "select current_user"); err != nil || !strings.Contains(user, m.user(i%manyProfiles)) {
			return fmt.Errorf("the user is %q, want %s: %w", user, m.user(i%manyProfiles), err)
		}
	}
	stream, err := conn.Run(ctx, engine.Statement{Text: text}, app.RunOptions{AllowScan: true, Journal: true})
	if err != nil {
		return err
	}
	defer stream.Close()
	got, err := tallyOf(ctx, stream)
	if err == nil && got != want {
		err = fmt.Errorf("%w: %s, want %s", errWrong, got, want)
	}
	return err
}

// user is a part of the database user of profile i.
func (m *manyAccounts) user(i int) string {
	return []string{"Analyst", "Analyst", "Analyst", "worker", "Reader"}[i%5]
}

// single runs a statement of one row and one column.
func single(ctx context.Context, conn *app.Connection, text string) (string, error) {
	stream, err := conn.Run(ctx, engine.Statement{Text: text}, app.RunOptions{})
	if err != nil {
		return "", err
	}
	defer stream.Close()
	batch, err := stream.Next(ctx)
	if err != nil {
		return "", err
	}
	defer batch.Release()
	return strings.Clone(batch.Column(0).ValueStr(0)), nil
}

// TestNothingOfTheProcessIsChanged reads the program's own files: an environment
// or a working folder that one connection sets would be every other's too.
func TestNothingOfTheProcessIsChanged(t *testing.T) {
	read := 0
	for _, root := range []string{"../../cmd", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			read++
			text, err := os.ReadFile(path)
			for _, call := range []string{"os.Setenv(", "os.Unsetenv(", "os.Clearenv(", "os.Chdir(", "syscall.Setenv(", "syscall.Chdir("} {
				if strings.Contains(string(text), call) {
					t.Errorf("%s calls %s", path, call)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 100 {
		t.Errorf("only %d files were read", read)
	}
}
