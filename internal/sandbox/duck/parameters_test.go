//go:build cgo

package duck_test

import (
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/google/go-cmp/cmp"
)

func TestParameterTypesFollowWhatStandsBesideThem(t *testing.T) {
	db, err := duck.Open(t.Context(), duck.Options{Database: []string{"CREATE TABLE t (a BIGINT, b VARCHAR, c DECIMAL(10,2))"}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got, err := duck.ParameterTypes(t.Context(), conn, "SELECT a + $4 FROM t WHERE a = $1 AND b LIKE $2 AND c > $3")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"1": "BIGINT", "2": "VARCHAR", "3": "DECIMAL"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := duck.ParameterTypes(t.Context(), conn, "SELECT nope FROM t"); err == nil {
		t.Error("a statement that cannot be prepared gave no error")
	} else if e, ok := duck.AsError(err); !ok || e.Name != "nope" {
		t.Errorf("got %v", err)
	}
}
