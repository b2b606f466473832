package identity_test

import (
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
)

const account = "111122223333"

func newStore(t *testing.T) (*identity.Store, *identity.Clock, identity.Key) {
	t.Helper()
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clock := identity.NewClock(func() time.Time { return start })
	s := identity.NewStore(clock)
	s.AddAccount(identity.Account{ID: account, Name: "Test"})
	u, err := s.AddUser(identity.User{AccountID: account, Name: "ann", Denied: []string{"s3:Delete*"}})
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.NewKey(u.ARN)
	if err != nil {
		t.Fatal(err)
	}
	return s, clock, k
}

func TestKeysAreOfTheDocumentedForm(t *testing.T) {
	t.Parallel()
	s, _, long := newStore(t)
	short, err := s.UserKey(long.Source, time.Hour, false)
	if err != nil {
		t.Fatal(err)
	}
	if long.ID[:4] != "AKIA" || len(long.ID) != 20 || len(long.Secret) != 40 || long.Temporary() || !long.Expires.IsZero() {
		t.Errorf("long-term key %s: secret of %d, temporary %t", long.ID, len(long.Secret), long.Temporary())
	}
	if short.ID[:4] != "ASIA" || len(short.ID) != 20 || len(short.Secret) != 40 || !short.Temporary() {
		t.Errorf("temporary key %s: secret of %d, temporary %t", short.ID, len(short.Secret), short.Temporary())
	}
	if want := time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC); !short.Expires.Equal(want) || !short.Principal.Expires.Equal(want) {
		t.Errorf("expires %v, want %v", short.Expires, want)
	}
}

func TestLifetimeAndExpiry(t *testing.T) {
	t.Parallel()
	s, clock, long := newStore(t)
	s.SetLifetime(time.Minute)
	k, err := s.UserKey(long.Source, time.Hour, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := k.Expires.Sub(clock.Now()); got != time.Minute {
		t.Errorf("lasts %v, want a minute", got)
	}
	if n := s.ExpireKeys(); n != 1 {
		t.Errorf("ended %d keys, want 1", n)
	}
	k, ok := s.Key(k.ID)
	if !ok || !k.Expires.Before(clock.Now()) {
		t.Errorf("after ExpireKeys: known %t, expires %v", ok, k.Expires)
	}
	if n := s.ExpireKeys(); n != 0 {
		t.Errorf("ended %d keys again", n)
	}
	clock.SetOffset(48 * time.Hour)
	if _, err := s.UserKey(long.Source, time.Hour, false); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Key(k.ID); ok {
		t.Error("a key two days past its end is still kept")
	}
	if _, ok := s.Key(long.ID); !ok {
		t.Error("a long-term key was forgotten")
	}
	if !s.RevokeKey(long.ID) || s.RevokeKey(long.ID) {
		t.Error("a key can be revoked once")
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	s, _, k := newStore(t)
	s.Deny("arn:aws:iam::111122223333:user/a?n", "athena:*Execution")
	s.Deny("*:user/other", "*")
	for action, want := range map[string]bool{
		"s3:DeleteObject": false, "s3:deleteobject": false, "s3:GetObject": true,
		"athena:StartQueryExecution": false, "athena:StartQueryExecutions": true, "athena:GetQueryResults": true,
	} {
		if got := s.Allowed(k, action); got != want {
			t.Errorf("%s: allowed %t, want %t", action, got, want)
		}
	}
	s.AllowAll()
	if !s.Allowed(k, "athena:StartQueryExecution") || s.Allowed(k, "s3:DeleteObject") {
		t.Error("AllowAll takes back what was denied since, and nothing else")
	}
}

// TestMFACode is RFC 6238's idea: a code is good for its step and its
// neighbours, once, for its own user.
func TestMFACode(t *testing.T) {
	t.Parallel()
	s, clock, k := newStore(t)
	serial, err := s.AddMFADevice(k.Source)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := s.MFACode(serial)
	check := func(code string, want identity.MFAResult) {
		t.Helper()
		if got := s.CheckMFA(k.Source, serial, code); got != want {
			t.Errorf("code at %v: got %v, want %v", clock.Offset(), got, want)
		}
	}
	wrong := "000000"
	if first == wrong {
		wrong = "000001"
	}
	check(wrong, identity.MFAWrongCode)
	clock.SetOffset(30 * time.Second)
	check(first, identity.MFAOK)
	check(first, identity.MFAWrongCode) // used
	second, _ := s.MFACode(serial)
	clock.SetOffset(3 * time.Minute)
	check(second, identity.MFAWrongCode) // stale
	now, _ := s.MFACode(serial)
	if got := s.CheckMFA("arn:aws:iam::111122223333:user/bob", serial, now); got != identity.MFAWrongDevice {
		t.Errorf("another user's device: %v", got)
	}
	check(now, identity.MFAOK)
}

func TestStoreIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	s, clock, long := newStore(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				k, err := s.UserKey(long.Source, time.Hour, false)
				if err != nil {
					t.Error(err)
					return
				}
				s.Key(k.ID)
				s.Deny("*", "s3:X")
				s.Allowed(k, "s3:X")
				clock.SetOffset(time.Second)
				s.ExpireKeys()
			}
		})
	}
	wg.Wait()
}
