//go:build !cgo

package athena_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Without cgo the service is there and serves names; a statement fails and
// says what is missing.
func TestWithoutAnEngine(t *testing.T) {
	store, err := s3.NewStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	service, err := athena.New(athena.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	call := func(operation, body string) string {
		out, err := service.Call(t.Context(), &wire.Call{Operation: operation, Body: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := call("ListTableMetadata", `{"CatalogName":"AwsDataCatalog","DatabaseName":"sales"}`); !strings.Contains(got, `"order_id"`) {
		t.Error(got)
	}
	started := call("StartQueryExecution", `{"QueryString":"select 1"}`)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		got := call("GetQueryExecution", started)
		if strings.Contains(got, "FAILED") {
			if !strings.Contains(got, "built without cgo") {
				t.Error(got)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(got)
		}
	}
}
