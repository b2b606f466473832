package creds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/sso"
)

// The names that AWS CLI v2 gave its files when it was run with these arguments.
func TestRoleFilesAreNamedAsTheCLINamesThem(t *testing.T) {
	corp, legacy := sso.Session{Name: "corp", StartURL: "https://corp/start"}, sso.Session{StartURL: "https://corp/start"}
	for _, c := range []struct{ key, want string }{
		{roleKey("arn:aws:iam::1:role/RA", "", "", "", "", 0), "338fb7ec81a93d2cf4c3e578dbdd00cc113db27f"},
		{roleKey("arn:aws:iam::1:role/RA", `ex t"1`, "arn:aws:iam::1:mfa/u", "me", "", 3600), "e662cc52c221e32bdf27c8b8cf6dfa05edbb78c4"},
		{roleKey("arn:aws:iam::1:role/Rölé/😀", "tab\there\x7f", "", "", "", 0), "e25acd582b152f0e76fb0413f7c897fdcd210d37"},
		{roleKey("arn:aws:iam::1:role/W", "", "", "s", "", 0), "b88af81d60ed49d529ffc48917f40ddd2441a492"},
		{ssoKey(corp, "111122223333", "RO"), "f49270b61a757a85edd9b72484d2c09587a121a9"},
		{ssoKey(legacy, "111122223333", "RO"), "ca2394fbb3ed96678fb83a226f3cd10ab7a19700"},
	} {
		home := t.TempDir()
		f := newRoleFile(vars("HOME", home, "USERPROFILE", home), c.key, zoneRole)
		if want := filepath.Join(home, ".aws", "cli", "cache", c.want+".json"); f.path != want {
			t.Errorf("%s:\n%s, want\n%s", c.key, f.path, want)
		}
	}
}

// role.json and sso.json were written by AWS CLI v2.
func TestFilesOfTheCLIAreReadAndWrittenAlike(t *testing.T) {
	for name, c := range map[string]struct {
		zone string
		a    answer
	}{
		"role.json": {zoneRole, answer{Credentials: aws.Credentials{AccessKeyID: "ASIAR", SecretAccessKey: `sec/ret+"x"`, SessionToken: "tok==", AccountID: "123456789012",
			Expires: time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)}, userID: "AROA:s", userARN: "arn:aws:sts::123456789012:assumed-role/R/s", requestID: "req-1"}},
		"sso.json": {zoneSSO, answer{Credentials: aws.Credentials{AccessKeyID: "ASIAS", SecretAccessKey: "s", SessionToken: "t", AccountID: "111122223333",
			Expires: time.Date(2099, 1, 2, 0, 4, 5, 0, time.UTC)}}},
	} {
		recorded, err := os.ReadFile(filepath.Join("testdata", "cli-cache", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseRoleFile(recorded)
		want := c.a.Credentials
		want.CanExpire, want.Source = true, sourceCLICache
		if name == "sso.json" {
			want.AccountID = "" // the recorded CLI kept none
		}
		if err != nil || got != want {
			t.Errorf("%s read as %+v, %v", name, got, err)
		}
		written, err := (&roleFile{zone: c.zone}).encode(c.a, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		// Newer CLIs write the account too; nobody has the headers of our call.
		text := strings.Replace(string(written), fmt.Sprintf(`, "AccountId": %q`, c.a.AccountID), "", 1)
		text = strings.Replace(text, `"HTTPHeaders": {}`, `"HTTPHeaders": {"x-amzn-requestid": "req-1"}`, 1)
		if text != string(recorded) {
			t.Errorf("%s written as\n%s, want\n%s", name, text, recorded)
		}
	}
}

func TestWritingKeepsWhatIsNotOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cli", "cache", "x.json")
	f := &roleFile{path: path, zone: zoneRole}
	a := answer{Credentials: aws.Credentials{AccessKeyID: "A", SecretAccessKey: "s", SessionToken: "t", Expires: time.Now().Add(time.Hour)}, userARN: "arn:aws:sts::9:assumed-role/R/s"}
	if err := f.write(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info, err)
	}
	if err := os.WriteFile(path, []byte(`{"Other": [1, "é"], "Credentials": {"AccessKeyId": "OLD", "AccountId": "8", "More": {"x": null}}, "AssumedRoleUser": {"Arn": "old"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.write(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"AccessKeyId": "A"`, `"More": {"x": null}}`, `"Other": [1, "é"]}`, `"Arn": "arn:aws:sts::9:`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is missing in %s", want, data)
		}
	}
	if strings.Contains(string(data), "OLD") || strings.Contains(string(data), `"8"`) || !json.Valid(data) {
		t.Errorf("the old account stays: %s", data)
	}
	if got := f.read(t.Context()); got.AccessKeyID != "A" || got.AccountID != "9" {
		t.Errorf("read back: %+v", got)
	}
}

// answers is an answerer that numbers what it gives.
type answers struct {
	n, asked int
	life     time.Duration
	fail     error
}

func (a *answers) answer(_ context.Context, ask bool) (answer, error) {
	a.n++
	if ask {
		a.asked++
	}
	if a.fail != nil {
		return answer{}, a.fail
	}
	return answer{Credentials: aws.Credentials{AccessKeyID: fmt.Sprintf("K%d", a.n), SecretAccessKey: "s", SessionToken: fmt.Sprintf("t%d", a.n), CanExpire: true, Expires: time.Now().Add(a.life)}}, nil
}

func TestCachedCredentialsServeWhileTheyAreGood(t *testing.T) {
	down := errors.New("no network")
	for _, c := range []struct {
		name    string
		left    time.Duration // of what the CLI left in the cache
		fail    error
		refused bool
		want    string
		fetches int
		asked   int
	}{
		{"good", 16 * time.Minute, down, false, "OLD", 0, 0},
		{"within the CLI's 15 minutes", 14 * time.Minute, nil, false, "K1", 1, 0},
		{"a failed early refresh", 14 * time.Minute, down, false, "OLD", 1, 0},
		{"about to end", 30 * time.Second, nil, false, "K1", 1, 1},
		{"ended", -time.Second, down, false, "", 1, 1},
		{"refused by a service", 40 * time.Minute, nil, true, "K1", 1, 1},
		{"refused, and no others", 40 * time.Minute, down, true, "", 1, 1},
	} {
		inner := &answers{life: time.Hour, fail: c.fail}
		f := &roleFile{path: filepath.Join(t.TempDir(), "x.json"), zone: zoneRole}
		old := aws.Credentials{AccessKeyID: "OLD", SecretAccessKey: "s", SessionToken: "told", Expires: time.Now().Add(c.left)}
		if err := f.write(t.Context(), answer{Credentials: old}); err != nil {
			t.Fatal(err)
		}
		cache := newCache("p", &shared{inner: inner, file: f})
		if c.refused {
			cache.Invalidate(old)
		}
		got, err := cache.Retrieve(t.Context())
		if got.AccessKeyID != c.want || (err != nil) != (c.want == "") || inner.n != c.fetches || inner.asked != c.asked {
			t.Errorf("%s: %s, %v, %d fetches, %d could ask", c.name, got.AccessKeyID, err, inner.n, inner.asked)
		}
		if c.want == "K1" {
			if kept := f.read(t.Context()); kept.AccessKeyID != "K1" {
				t.Errorf("%s: the cache has %s", c.name, kept.AccessKeyID)
			}
		}
	}
}

// Twenty processes want the same credentials: one fetches, the others wait and
// take what it got.
func TestOneFetchForAllProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	inner := &answers{life: time.Hour}
	var wg sync.WaitGroup
	for range 20 {
		l := &shared{inner: inner, file: &roleFile{path: path, zone: zoneRole}} // each its own, as in another process
		wg.Go(func() {
			if c, err := l.fetch(t.Context(), true); err != nil || c.AccessKeyID != "K1" {
				t.Errorf("%s, %v", c.AccessKeyID, err)
			}
		})
	}
	wg.Wait()
	if inner.n != 1 {
		t.Errorf("%d fetches", inner.n)
	}
}

// Credentials of a short life, which the CLI would not take from the cache,
// serve those who waited while they were fetched.
func TestWhoWaitedTakesCredentialsOfAShortLife(t *testing.T) {
	old := aws.Credentials{AccessKeyID: "A", SessionToken: "1", Expires: time.Now().Add(5 * time.Minute)}
	renewed, ending := old, old
	renewed.SessionToken = "2"
	ending.SessionToken, ending.Expires = "3", time.Now().Add(time.Second)
	for _, c := range []struct {
		before, now aws.Credentials
		want        bool
	}{{aws.Credentials{}, renewed, true}, {old, renewed, true}, {old, old, false}, {old, ending, false}, {old, aws.Credentials{}, false}} {
		if replaced(c.before, c.now) != c.want {
			t.Errorf("%+v after %+v: want %v", c.now, c.before, c.want)
		}
	}
}

// A file that is being written in place is read again before it counts as broken.
func TestATruncatedCacheIsReadAgain(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "cli-cache", "role.json"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(path, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	looks := 0
	var got aws.Credentials
	err = sso.ReadCacheFile(t.Context(), path, func(data []byte) (err error) {
		if looks++; looks == 2 { // the writer goes on behind the first look
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err = parseRoleFile(data)
		return err
	})
	if err != nil || got.AccessKeyID != "ASIAR" || looks != 3 {
		t.Errorf("%+v, %v after %d looks", got, err, looks)
	}
	f := &roleFile{path: path, zone: zoneRole}
	for _, broken := range []string{"", "{", "null", "[]", `{"Credentials": 1}`, `{"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "TOPSECRET", "SessionToken": "t", "Expiration": "soon"}}`} {
		if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := f.read(t.Context()); got.AccessKeyID != "" {
			t.Errorf("%q read as %+v", broken, got)
		}
		if _, err := parseRoleFile([]byte(broken)); err == nil || strings.Contains(err.Error(), "TOPSECRET") {
			t.Errorf("%q: %v", broken, err)
		}
	}
}

func FuzzRoleFile(f *testing.F) {
	for _, name := range []string{"role.json", "sso.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", "cli-cache", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parseRoleFile(data)
		if (err == nil) != (got.AccessKeyID != "") {
			t.Fatalf("%+v, %v", got, err)
		}
		if err != nil {
			return
		}
		kept := map[string]json.RawMessage{}
		_ = json.Unmarshal(data, &kept)
		again, err := (&roleFile{zone: zoneRole}).encode(answer{Credentials: got}, kept, nil)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseRoleFile(again)
		if err != nil || back.SecretAccessKey != got.SecretAccessKey || back.Expires.Unix() != got.Expires.Unix() {
			t.Fatalf("%q came back as %+v, %v", again, back, err)
		}
	})
}
