//go:build cgo

package athena_test

import (
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/google/go-cmp/cmp"
)

func TestSelectGoesThroughTheWholeWire(t *testing.T) {
	w := newWorld(t, athena.Options{})
	if diff := cmp.Diff([][]string{{"_col0", "b"}, {"1", "<NULL>"}}, w.query("select 1, null as b")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"n"}, {"2000"}}, w.query("select count(*) n from orders")); diff != "" {
		t.Error(diff)
	}
	rows := w.query("select * from orders order by order_id limit 3")
	for _, r := range rows {
		t.Log(r)
	}
	rows = w.query("select * from products order by sku limit 3")
	for _, r := range rows {
		t.Log(r)
	}
	rows = w.query("select * from returns limit 3")
	for _, r := range rows {
		t.Log(r)
	}
}
