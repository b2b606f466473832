package athena

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/session"
)

// double is Athena as far as one test needs it: an answer by operation.
type double struct {
	t      *testing.T
	mu     sync.Mutex
	calls  []call
	answer map[string]func(in map[string]any) any // an answer, or a refusal
	s3     http.Handler                           // for what is no Athena call; nil refuses
}

type call struct {
	operation string
	in        map[string]any
}

// refusal is an error answer.
type refusal struct {
	status        int
	code, message string
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("X-Amz-Target") == "" {
		if d.s3 == nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		d.s3.ServeHTTP(w, r)
		return
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil {
		d.t.Errorf("%s: %v", operation, err)
	}
	d.mu.Lock()
	d.calls = append(d.calls, call{operation, in})
	answer := d.answer[operation]
	d.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", "request-"+operation)
	if answer == nil {
		w.WriteHeader(400)
		io.WriteString(w, `{"__type":"UnknownOperationException","message":"`+operation+`"}`)
		return
	}
	out := answer(in)
	if no, ok := out.(refusal); ok {
		w.WriteHeader(no.status)
		out = map[string]any{"__type": no.code, "message": no.message, "Message": no.message}
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		d.t.Errorf("%s: %v", operation, err)
	}
}

// count returns how often operation was called.
func (d *double) count(operation string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, c := range d.calls {
		if c.operation == operation {
			n++
		}
	}
	return n
}

// last returns the input of the last call of operation.
func (d *double) last(operation string) map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := len(d.calls) - 1; i >= 0; i-- {
		if d.calls[i].operation == operation {
			return d.calls[i].in
		}
	}
	return nil
}

// openDouble returns an engine that talks to d.
func openDouble(t *testing.T, d *double, params map[string]string) engine.Engine {
	t.Helper()
	d.t = t
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return openAt(t, server.URL, http.DefaultTransport, params)
}

func openAt(t *testing.T, url string, transport http.RoundTripper, params map[string]string) engine.Engine {
	t.Helper()
	s := &session.Session{
		Name: "test", Profile: "dev", Region: "us-east-1",
		Config: aws.Config{
			Region:       "us-east-1",
			BaseEndpoint: aws.String(url),
			HTTPClient:   &http.Client{Transport: transport},
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
			}),
		},
	}
	e, err := Spec().Open(t.Context(), s, params)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// finished answers StartQueryExecution and GetQueryExecution with a query that
// has succeeded.
func finished(kind, sub string) map[string]func(map[string]any) any {
	return map[string]func(map[string]any) any{
		"StartQueryExecution": func(map[string]any) any { return map[string]any{"QueryExecutionId": "q-1"} },
		"StopQueryExecution":  func(map[string]any) any { return map[string]any{} },
		"GetQueryExecution":   state("SUCCEEDED", kind, sub, ""),
	}
}

func state(state, kind, sub, reason string) func(map[string]any) any {
	return func(map[string]any) any {
		return map[string]any{"QueryExecution": map[string]any{
			"QueryExecutionId": "q-1", "StatementType": kind, "SubstatementType": sub,
			"Status": map[string]any{"State": state, "StateChangeReason": reason},
			"Statistics": map[string]any{
				"DataScannedInBytes": 10<<20 + 1, "QueryQueueTimeInMillis": 30, "EngineExecutionTimeInMillis": 250,
			},
		}}
	}
}

// result makes a GetQueryResults answer. A nil cell is NULL.
func resultPage(next string, columns []map[string]any, rows ...[]any) map[string]any {
	list := make([]any, len(rows))
	for i, r := range rows {
		data := make([]any, len(r))
		for j, v := range r {
			data[j] = map[string]any{}
			if v != nil {
				data[j] = map[string]any{"VarCharValue": v}
			}
		}
		list[i] = map[string]any{"Data": data}
	}
	out := map[string]any{
		"UpdateCount": 0,
		"ResultSet":   map[string]any{"ResultSetMetadata": map[string]any{"ColumnInfo": columns}, "Rows": list},
	}
	if next != "" {
		out["NextToken"] = next
	}
	return out
}

func column(name, kind string, precisionAndScale ...int) map[string]any {
	c := map[string]any{"Name": name, "Type": kind}
	if len(precisionAndScale) == 2 {
		c["Precision"], c["Scale"] = precisionAndScale[0], precisionAndScale[1]
	}
	return c
}
