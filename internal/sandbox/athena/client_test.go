//go:build cgo

package athena_test

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
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// world is a service behind a plain HTTP server, and the SDK's own clients.
type world struct {
	*testing.T
	service *athena.Service
	store   *s3.Store
	athena  *sdk.Client
	glue    *glue.Client
}

func newWorld(t *testing.T, o athena.Options) *world {
	t.Helper()
	store, err := s3.NewStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o.Store = store
	if o.Rows == 0 {
		o.Rows = 2000
	}
	service, err := athena.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(t, service, w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		if err := service.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret"}, nil
	})
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials, RetryMaxAttempts: 1,
		HTTPClient: &http.Client{Transport: ownBody{http.DefaultTransport}},
	}
	return &world{t, service, store, sdk.NewFromConfig(cfg), glue.NewFromConfig(cfg)}
}

// ownBody gives the transport its own copy of the request body: the SDK closes
// the one it made as soon as an answer begins, which a fast server on loopback
// turns into a broken connection.
type ownBody struct{ http.RoundTripper }

func (o ownBody) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return o.RoundTripper.RoundTrip(r)
}

// serve decodes what the sandbox's front would and writes the JSON protocol.
func serve(t *testing.T, service *athena.Service, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	target, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var answering wire.JSONService = service
	if target == "AWSGlue" {
		answering = service.Glue()
	}
	out, err := answering.Call(r.Context(), &wire.Call{Operation: operation, Region: "us-east-1", Body: body, HTTP: r})
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	var refused *wire.Error
	if errors.As(err, &refused) {
		doc := map[string]any{"__type": refused.Code, "message": refused.Message}
		for k, v := range refused.Fields {
			doc[k] = v
		}
		w.WriteHeader(400)
		out = doc
	} else if err != nil {
		w.WriteHeader(500)
		out = map[string]any{"__type": "InternalServerException", "message": err.Error()}
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		t.Error(err)
	}
}

// start submits a statement in database sales and returns its id.
func (w *world) start(sql string, params ...string) string {
	w.Helper()
	out, err := w.athena.StartQueryExecution(w.Context(), &sdk.StartQueryExecutionInput{
		QueryString: &sql, ExecutionParameters: params, QueryExecutionContext: &types.QueryExecutionContext{Database: aws.String("sales")},
	})
	if err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
	return *out.QueryExecutionId
}

// wait polls until the execution has ended.
func (w *world) wait(id string) *types.QueryExecution {
	w.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		out, err := w.athena.GetQueryExecution(w.Context(), &sdk.GetQueryExecutionInput{QueryExecutionId: &id})
		if err != nil {
			w.Fatal(err)
		}
		switch out.QueryExecution.Status.State {
		case types.QueryExecutionStateSucceeded, types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
			return out.QueryExecution
		}
	}
	w.Fatalf("execution %s has not ended", id)
	return nil
}

// run waits for success.
func (w *world) run(sql string, params ...string) *types.QueryExecution {
	w.Helper()
	q := w.wait(w.start(sql, params...))
	if q.Status.State != types.QueryExecutionStateSucceeded {
		w.Fatalf("%s: %s %s", sql, q.Status.State, aws.ToString(q.Status.StateChangeReason))
	}
	return q
}

// page reads one page of results.
func (w *world) page(id string, token *string, size int32) *sdk.GetQueryResultsOutput {
	w.Helper()
	in := &sdk.GetQueryResultsInput{QueryExecutionId: &id, NextToken: token}
	if size > 0 {
		in.MaxResults = &size
	}
	out, err := w.athena.GetQueryResults(w.Context(), in)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// texts are rows with NULL as "<NULL>".
func texts(rows []types.Row) [][]string {
	var out [][]string
	for _, r := range rows {
		var line []string
		for _, d := range r.Data {
			if d.VarCharValue == nil {
				line = append(line, "<NULL>")
			} else {
				line = append(line, *d.VarCharValue)
			}
		}
		out = append(out, line)
	}
	return out
}

// query runs a statement and returns its first page.
func (w *world) query(sql string, params ...string) [][]string {
	w.Helper()
	q := w.run(sql, params...)
	return texts(w.page(*q.QueryExecutionId, nil, 0).ResultSet.Rows)
}
