package dynamodb

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// check is one documented behaviour: a call and its answer. want is the whole
// answer as JSON; or with "error " in front a refusal, code and message; with
// "error~ " a refusal whose message contains the text; "has " an answer that
// contains the text; empty for any success.
type check struct {
	name, op, in, want string
}

func newService(t testing.TB) *Service {
	t.Helper()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// do runs one call and returns its answer as JSON.
func do(s *Service, op, in string) (string, error) {
	v, err := s.Call(context.Background(), &wire.Call{Operation: op, Body: []byte(in)})
	if err != nil {
		return "", err
	}
	out, err := json.Marshal(v)
	return string(out), err
}

// setUp runs calls that must succeed.
func setUp(t testing.TB, s *Service, calls ...[2]string) {
	t.Helper()
	for _, c := range calls {
		if _, err := do(s, c[0], c[1]); err != nil {
			t.Fatalf("%s %s: %v", c[0], c[1], err)
		}
	}
}

func run(t *testing.T, s *Service, checks []check) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			got, err := do(s, c.op, c.in)
			verify(t, c, got, err)
		})
	}
}

func verify(t *testing.T, c check, got string, err error) {
	t.Helper()
	var w *wire.Error
	if err != nil && !errors.As(err, &w) {
		t.Fatalf("not an error of the wire: %v", err)
	}
	switch {
	case strings.HasPrefix(c.want, "error~ "):
		if err == nil || !containsError(err.Error(), strings.TrimPrefix(c.want, "error~ ")) {
			t.Errorf("%s %s\n got %s %v\nwant %s", c.op, c.in, got, err, c.want)
		}
	case strings.HasPrefix(c.want, "error "):
		if err == nil || err.Error() != strings.TrimPrefix(c.want, "error ") {
			t.Errorf("%s %s\n got %s %v\nwant %s", c.op, c.in, got, err, c.want)
		}
	case err != nil:
		t.Errorf("%s %s\n got %v\nwant %s", c.op, c.in, err, c.want)
	case strings.HasPrefix(c.want, "has "):
		if !strings.Contains(got, strings.TrimPrefix(c.want, "has ")) {
			t.Errorf("%s %s\n got %s\nwant %s", c.op, c.in, got, c.want)
		}
	case c.want != "" && !sameJSON(t, got, c.want):
		t.Errorf("%s %s\n got %s\nwant %s", c.op, c.in, got, c.want)
	}
}

// containsError wants the code whole and a part of the message.
func containsError(got, want string) bool {
	code, part, _ := strings.Cut(want, ": ")
	return strings.HasPrefix(got, code+": ") && strings.Contains(got, part)
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return reflect.DeepEqual(x, y)
}

// hash and comp are the tables of most checks; idx has indexes of all kinds.
const (
	createHash = `{"TableName":"hash","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}`
	createComp = `{"TableName":"comp","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}`
	createIdx = `{"TableName":"idx","BillingMode":"PAY_PER_REQUEST",
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"},{"AttributeName":"l","AttributeType":"S"}],
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"GlobalSecondaryIndexes":[
			{"IndexName":"gsi-all","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}},
			{"IndexName":"gsi-keys","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}},
			{"IndexName":"gsi-inc","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["p"]}}],
		"LocalSecondaryIndexes":[
			{"IndexName":"lsi-keys","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"l","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]}`
)

func withTables(t testing.TB) *Service {
	s := newService(t)
	setUp(t, s, [2]string{"CreateTable", createHash}, [2]string{"CreateTable", createComp}, [2]string{"CreateTable", createIdx})
	return s
}

func putTo(table, item string) [2]string {
	return [2]string{"PutItem", `{"TableName":"` + table + `","Item":` + item + `}`}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
