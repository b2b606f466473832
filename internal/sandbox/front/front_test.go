package front_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	athenatypes "github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	sandboxsts "github.com/fairleadhq/fairlead/internal/sandbox/sts"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// service answers JSON calls with what it was given.
type service func(c *wire.Call) (any, error)

func (s service) Call(_ context.Context, c *wire.Call) (any, error) { return s(c) }

// rig is a front with a user, a role session and clients of the real SDK.
type rig struct {
	url      string
	clock    *identity.Clock
	store    *identity.Store
	user     identity.Key
	session  identity.Key
	faults   *front.Faults
	counters *front.Counters
	server   *httptest.Server
	log      bytes.Buffer // to be read when the server is closed
	answer   service      // what athena and dynamodb answer
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{faults: &front.Faults{}, counters: &front.Counters{}}
	g.clock = identity.NewClock(nil)
	g.store = identity.NewStore(g.clock)
	g.store.AddAccount(identity.Account{ID: "111122223333", Name: "Test"})
	user, err := g.store.AddUser(identity.User{AccountID: "111122223333", Name: "ann"})
	must(t, err)
	g.user, err = g.store.NewKey(user.ARN)
	must(t, err)
	role, err := g.store.AddRole(identity.Role{AccountID: "111122223333", Name: "Analyst"})
	must(t, err)
	g.session, err = g.store.RoleKey(role.ARN, "ann", time.Hour, false)
	must(t, err)
	g.answer = func(*wire.Call) (any, error) { return map[string]any{}, nil }
	relay := service(func(c *wire.Call) (any, error) { return g.answer(c) })
	server := httptest.NewServer(front.New(front.Options{
		Store: g.store, Region: "us-east-1",
		JSON:  map[string]wire.JSONService{"athena": relay, "dynamodb": relay},
		Query: map[string]wire.QueryService{"sts": sandboxsts.New(g.store)},
		S3: func(w http.ResponseWriter, c *wire.Call) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "object of "+c.Principal.Name)
		},
		Faults: g.faults, Counters: g.counters, Log: &g.log,
	}))
	t.Cleanup(server.Close)
	g.server, g.url = server, server.URL
	return g
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// config is an SDK configuration without retries, so that each test sees the
// first answer. tamper may change a request after it was signed.
func (g *rig) config(key identity.Key, region string, tamper func(*http.Request)) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(g.url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.Token}, nil
		}),
		Retryer:    func() aws.Retryer { return aws.NopRetryer{} },
		HTTPClient: doer(tamper),
	}
}

type doer func(*http.Request)

// Do hands net/http a body of its own: the SDK closes the one it made as soon
// as an answer begins, which on loopback can be too soon (see settle).
func (d doer) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if d != nil {
		d(r)
	}
	return http.DefaultClient.Do(r)
}

// calls are one call for each family of protocols.
func calls() map[string]func(context.Context, aws.Config) error {
	return map[string]func(context.Context, aws.Config) error{
		"athena": func(ctx context.Context, c aws.Config) error {
			_, err := athena.NewFromConfig(c).StartQueryExecution(ctx, &athena.StartQueryExecutionInput{QueryString: aws.String("select 1")})
			return err
		},
		"dynamodb": func(ctx context.Context, c aws.Config) error {
			_, err := dynamodb.NewFromConfig(c).ListTables(ctx, &dynamodb.ListTablesInput{})
			return err
		},
		"sts": func(ctx context.Context, c aws.Config) error {
			_, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return err
		},
		"s3": func(ctx context.Context, c aws.Config) error {
			out, err := s3.NewFromConfig(c).GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("a key/with+odd&chars é")})
			if err != nil {
				return err
			}
			defer out.Body.Close()
			_, err = io.Copy(io.Discard, out.Body)
			return err
		},
	}
}

func expectCode(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatalf("a correct call failed: %v", err)
		}
		return
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want an API error %s", err, want)
	}
	if api.ErrorCode() != want {
		t.Fatalf("got code %s (%s), want %s", api.ErrorCode(), api.ErrorMessage(), want)
	}
	if api.ErrorMessage() == "" || api.ErrorMessage() == "UnknownError" {
		t.Errorf("code %s came without a message", want)
	}
}

// TestModelledError sees that an error the service models arrives as its type,
// with its members and the request id.
func TestModelledError(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.answer = func(*wire.Call) (any, error) {
		return nil, &wire.Error{Code: "InvalidRequestException", Message: "line 1:8: no", Fields: map[string]any{"AthenaErrorCode": "MALFORMED_QUERY"}}
	}
	err := calls()["athena"](t.Context(), g.config(g.session, "us-east-1", nil))
	var typed *athenatypes.InvalidRequestException
	if !errors.As(err, &typed) {
		t.Fatalf("got %v", err)
	}
	if typed.ErrorMessage() != "line 1:8: no" || aws.ToString(typed.AthenaErrorCode) != "MALFORMED_QUERY" {
		t.Errorf("got %+v", typed)
	}
	if !strings.Contains(err.Error(), "RequestID: ") || strings.Contains(err.Error(), "RequestID: ,") {
		t.Errorf("no request id in %v", err)
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.store.Deny("arn:aws:iam::111122223333:role/Ana*", "athena:Start*")
	err := calls()["athena"](t.Context(), g.config(g.session, "us-east-1", nil))
	expectCode(t, err, "AccessDeniedException")
	want := "User: arn:aws:sts::111122223333:assumed-role/Analyst/ann is not authorized to perform: athena:StartQueryExecution" +
		" on resource: arn:aws:athena:us-east-1:111122223333:workgroup/primary"
	if !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant %s", err, want)
	}
	expectCode(t, calls()["athena"](t.Context(), g.config(g.user, "us-east-1", nil)), "")
	expectCode(t, calls()["dynamodb"](t.Context(), g.config(g.session, "us-east-1", nil)), "")
	g.store.AllowAll()
	expectCode(t, calls()["athena"](t.Context(), g.config(g.session, "us-east-1", nil)), "")
}

// TestPartiQLDenied sees that a statement's kind decides the permission.
func TestPartiQLDenied(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.store.Deny("*", "dynamodb:PartiQLInsert")
	client := dynamodb.NewFromConfig(g.config(g.session, "us-east-1", nil))
	_, err := client.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: aws.String(`select * from "shop"`)})
	expectCode(t, err, "")
	_, err = client.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: aws.String(`insert into "shop" value {'pk':'1'}`)})
	expectCode(t, err, "AccessDeniedException")
	if !strings.Contains(err.Error(), "dynamodb:PartiQLInsert on resource: arn:aws:dynamodb:us-east-1:111122223333:table/shop") {
		t.Errorf("got %v", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	cfg := g.config(g.session, "us-east-1", nil)
	for name, want := range map[string]string{
		"athena": "ThrottlingException", "dynamodb": "ProvisionedThroughputExceededException", "sts": "Throttling", "s3": "SlowDown",
	} {
		g.faults.Add(front.Fault{Service: name, Throttle: true, Times: 2})
		expectCode(t, calls()[name](t.Context(), cfg), want)
		expectCode(t, calls()[name](t.Context(), cfg), want)
		expectCode(t, calls()[name](t.Context(), cfg), "")
	}
	g.faults.Add(front.Fault{Service: "athena", Operation: "GetQueryResults", Status: 500})
	expectCode(t, calls()["athena"](t.Context(), cfg), "")
	g.faults.Add(front.Fault{Service: "athena", Status: 503, Code: "ServiceUnavailable", Message: "away"})
	expectCode(t, calls()["athena"](t.Context(), cfg), "ServiceUnavailable")
	g.faults.Clear()
	expectCode(t, calls()["athena"](t.Context(), cfg), "")
	g.faults.Add(front.Fault{Service: "dynamodb", Status: 500, After: 2, Times: 1})
	for _, want := range []string{"", "", "InternalServerError", ""} {
		expectCode(t, calls()["dynamodb"](t.Context(), cfg), want)
	}

	counts := g.counters.Snapshot()["athena.StartQueryExecution"]
	if counts.Calls != 6 || counts.Errors["ThrottlingException"] != 2 || counts.Errors["ServiceUnavailable"] != 1 {
		t.Errorf("counted %+v", counts)
	}
}

func TestLatencyEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.faults.Add(front.Fault{Service: "athena", Latency: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := calls()["athena"](ctx, g.config(g.session, "us-east-1", nil)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.answer = func(*wire.Call) (any, error) {
		return map[string]any{"QueryExecutionId": strings.Repeat("x", 100_000)}, nil
	}
	for _, name := range []string{"athena", "s3"} {
		g.faults.Add(front.Fault{Service: name, Cut: true, Times: 1})
		err := calls()[name](t.Context(), g.config(g.session, "us-east-1", nil))
		if err == nil || !strings.Contains(err.Error(), "EOF") {
			t.Errorf("%s: got %v, want an unexpected end", name, err)
		}
		expectCode(t, calls()[name](t.Context(), g.config(g.session, "us-east-1", nil)), "")
	}
}

func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.answer = func(*wire.Call) (any, error) { panic("boom") }
	expectCode(t, calls()["athena"](t.Context(), g.config(g.session, "us-east-1", nil)), "InternalServerException")
}

func TestHostMustBeLoopback(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for host, want := range map[string]int{"evil.example": 421, "evil.example:80": 421, "localhost:1": 400, "[::1]:1": 400, "127.0.0.1": 400} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url, strings.NewReader("{}"))
		must(t, err)
		r.Host = host
		r.Header.Set("X-Amz-Target", "AmazonAthena.ListWorkGroups")
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		resp, err := http.DefaultClient.Do(r)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("Host %s: got %d, want %d", host, resp.StatusCode, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for _, tt := range []struct{ target, contentType, want string }{
		{"Kinesis_20131202.ListStreams", "application/x-amz-json-1.1", "UnknownOperationException"},
		{"AmazonAthena.", "application/x-amz-json-1.1", "UnknownOperationException"},
		{"AmazonAthena.ListWorkGroups", "text/plain", "UnknownOperationException"},
		{"AWSGlue.GetTables", "application/x-amz-json-1.1", "ServiceUnavailable"}, // known, not started in this rig
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url, strings.NewReader("{}"))
		must(t, err)
		r.Header.Set("X-Amz-Target", tt.target)
		r.Header.Set("Content-Type", tt.contentType)
		resp, err := http.DefaultClient.Do(r)
		must(t, err)
		var doc struct {
			Type string `json:"__type"`
		}
		must(t, json.NewDecoder(resp.Body).Decode(&doc))
		resp.Body.Close()
		if doc.Type != tt.want {
			t.Errorf("%s: got %s, want %s", tt.target, doc.Type, tt.want)
		}
		if resp.Header.Get("x-amzn-RequestId") == "" {
			t.Errorf("%s: no request id", tt.target)
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	expectCode(t, calls()["athena"](t.Context(), g.config(g.session, "us-east-1", nil)), "")
	g.server.Close()
	line := g.log.String()
	for _, want := range []string{"athena StartQueryExecution", "arn:aws:sts::111122223333:assumed-role/Analyst/ann", " 200 "} {
		if !strings.Contains(line, want) {
			t.Errorf("log line %q lacks %q", line, want)
		}
	}
}

// TestLargeAnswersSettle holds the remedy for a trap of stand-ins: the SDK for
// Go loses a large answer that comes before it has noticed the end of its own
// request. Small ones need no wait.
func TestLargeAnswersSettle(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	size := 0
	g.answer = func(*wire.Call) (any, error) {
		return map[string]any{"QueryExecutionId": strings.Repeat("x", size)}, nil
	}
	fastest := func(bytes int) time.Duration {
		size = bytes
		least := time.Hour
		for range 50 {
			started := time.Now()
			expectCode(t, calls()["athena"](t.Context(), g.config(g.session, "us-east-1", nil)), "")
			least = min(least, time.Since(started))
		}
		return least
	}
	if d := fastest(2_000); d >= 3*time.Millisecond {
		t.Skipf("this machine takes %v for a small answer: nothing can be told", d)
	}
	if d := fastest(100_000); d < 3*time.Millisecond {
		t.Errorf("a large answer came after %v", d)
	}
}
