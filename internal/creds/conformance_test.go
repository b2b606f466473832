package creds

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// conformanceCase is one case recorded from AWS CLI v2.
type conformanceCase struct {
	Name    string
	Profile string
	Env     map[string]string
	Files   map[string]json.RawMessage
	Want    struct {
		Error           string
		AccessKeyID     string  `json:"access_key_id"`
		SecretAccessKey string  `json:"secret_access_key"`
		SessionToken    *string `json:"session_token"`
		AccountID       *string `json:"account_id"`
		Region          string
		Calls           []any
	}
	RefusesFile bool `json:"cli_refuses_file"`
	Crashes     bool `json:"cli_crashes"`
}

// deviations are the cases in which Fairlead answers although the CLI does
// not: the access key that it gives, and why.
var deviations = map[string]struct{ key, why string }{
	"UTF-8 BOM":                             {"AKB", "a byte order mark harms no profile: it is skipped and reported"},
	"unterminated section":                  {"AKB", "the broken header harms profile b alone"},
	"non-utf8 latin1 byte in other profile": {"AKB", "the byte harms profile z alone"},
	"sso no-zone timestamp":                 {"SSO.111122223333.RO.AT", "a time without zone is taken as UTC, where the CLI crashes"},
}

func TestProfilesAsTheCLIResolvesThem(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range loadCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			d, deviates := deviations[c.Name]
			seen[c.Name] = deviates
			got, region, calls, err := resolveCase(t, c)
			switch {
			case deviates:
				if err != nil || got.AccessKeyID != d.key {
					t.Errorf("key = %q, %v; want %q, because %s", got.AccessKeyID, err, d.key, d.why)
				}
				return
			case c.Want.Error != "":
				checkRefusal(t, c, err)
			case err != nil:
				t.Fatalf("%v\nremedy: %s", err, fault.As(err).Remedy)
			default:
				want := keys{c.Want.AccessKeyID, c.Want.SecretAccessKey, text(c.Want.SessionToken), text(c.Want.AccountID)}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("credentials (-CLI +ours):\n%s", diff)
				}
				if region != c.Want.Region {
					t.Errorf("region = %q, want %q", region, c.Want.Region)
				}
			}
			if diff := cmp.Diff(wantCalls(t, c.Want.Calls), calls); diff != "" {
				t.Errorf("calls (-CLI +ours):\n%s", diff)
			}
		})
	}
	for name := range deviations {
		if !seen[name] {
			t.Errorf("deviation %q names no case", name)
		}
	}
}

type keys struct{ AccessKeyID, Secret, Token, Account string }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func checkRefusal(t *testing.T, c conformanceCase, err error) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code == fault.Internal {
		t.Fatalf("error = %v, want a fault (the CLI: %s)", err, c.Want.Error)
	}
	shown := f.Error() + f.Remedy
	if strings.Contains(shown, "TOPSECRET") {
		t.Errorf("the error shows a secret: %s", shown)
	}
	if f.Remedy == "" {
		t.Errorf("no remedy for: %v", err)
	}
	if !strings.Contains(shown, `"`+c.Profile+`"`) && c.Profile != "" {
		t.Errorf("the error does not name the profile: %v", err)
	}
}

// resolveCase lays out the case's home and resolves its profile.
func resolveCase(t *testing.T, c conformanceCase) (got keys, region string, calls []any, err error) {
	t.Helper()
	s := newStandIn(t)
	expand := strings.NewReplacer("{TOOLS}", tools(t))
	files := map[string]string{}
	for name, raw := range c.Files {
		files[name] = expand.Replace(fileText(t, raw))
	}
	env := map[string]string{"HOME": homeWith(t, files), "AWS_EC2_METADATA_DISABLED": "true"}
	for _, service := range []string{"STS", "SSO", "SSO_OIDC", "SIGNIN"} {
		env["AWS_ENDPOINT_URL_"+service] = s.url
	}
	for k, v := range c.Env {
		env[k] = expand.Replace(v)
	}
	r := NewResolver(Options{Env: func(k string) string { return env[k] }})
	source := Source{Profile: c.Profile, Explicit: c.Profile != ""}
	ctx := context.Background()
	region, _, _ = r.Region(source)
	chain, err := r.Resolve(ctx, source)
	if err == nil {
		keep, retrieveErr := chain.Provider().Retrieve(ctx)
		err = retrieveErr
		got = keys{keep.AccessKeyID, keep.SecretAccessKey, keep.SessionToken, keep.AccountID}
		if region != chain.Region {
			t.Errorf("the chain's region is %q, the profile's %q", chain.Region, region)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return got, region, s.calls, err
}

// wantCalls brings the recorded calls into the stand-in's form.
func wantCalls(t *testing.T, recorded []any) []any {
	t.Helper()
	var calls []any
	for _, c := range recorded {
		call := c.([]any)
		if call[0] == "CreateToken" {
			var body map[string]any
			if err := json.Unmarshal([]byte(call[1].(string)), &body); err != nil {
				t.Fatal(err)
			}
			call = []any{"CreateToken", body}
		}
		calls = append(calls, call)
	}
	return calls
}

// escapedByte is how the record writes a byte that is not UTF-8 (Python's
// surrogateescape). JSON in Go has no such thing, so they pass as private
// characters through the decoder.
var escapedByte = regexp.MustCompile(`\\udc([89a-f][0-9a-f])`)

func loadCases(t *testing.T) []conformanceCase {
	t.Helper()
	data, err := os.ReadFile("testdata/profile-cases.json")
	if err != nil {
		t.Fatal(err)
	}
	data = escapedByte.ReplaceAll(data, []byte(`\uf7$1`))
	var cases []conformanceCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 69 {
		t.Fatalf("%d cases, want 69", len(cases))
	}
	return cases
}

func fileText(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var plain string
	if json.Unmarshal(raw, &plain) == nil {
		var b strings.Builder
		for _, r := range plain {
			if r >= 0xf780 && r <= 0xf7ff {
				b.WriteByte(byte(r))
				continue
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(fill(t, v))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// fill replaces times relative to now, and the private key.
func fill(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		if in, ok := v["$in"].(float64); ok {
			layout := strings.NewReplacer("%Y", "2006", "%m", "01", "%d", "02", "%H", "15", "%M", "04", "%S", "05").Replace(v["$fmt"].(string))
			return time.Now().Add(time.Duration(in) * time.Second).UTC().Format(layout)
		}
		for k, inner := range v {
			v[k] = fill(t, inner)
		}
	case string:
		if v == "{EC_PRIVATE_KEY}" {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			der, err := x509.MarshalECPrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
		}
	}
	return v
}

// The conformance record is data of others; this guards against a copy that
// lost its point.
func TestTheCasesHoldWhatTheyTest(t *testing.T) {
	errs := 0
	for _, c := range loadCases(t) {
		if c.Want.Error != "" {
			errs++
		}
	}
	if errs < 20 {
		t.Error("only " + strconv.Itoa(errs) + " cases want an error")
	}
}
