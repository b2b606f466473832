package web

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
)

type treeDoc struct {
	Objects  []objectDoc
	CachedAt time.Time `json:"cached_at"`
	Object   *objectDoc
}

const salesTables = "/api/tree?connection=sales&path=AwsDataCatalog&path=sales"

func (v *visitor) tree(at string) treeDoc {
	v.t.Helper()
	var doc treeDoc
	if status := v.call("GET", at, nil, &doc); status != 200 {
		v.t.Fatalf("%s: %d", at, status)
	}
	return doc
}

func (d treeDoc) names() []string {
	var names []string
	for _, o := range d.Objects {
		names = append(names, o.Name)
	}
	return names
}

// A start shows at once what an earlier one listed, without a call; the button
// that asks anew does.
func TestTreeOfAnEarlierStart(t *testing.T) {
	b, first := atSandbox(t)
	first.logIn()
	first.tree(salesTables)
	calls := func() int { return b.Switches().Calls("glue.GetTables") }
	asked := calls()
	if asked == 0 {
		t.Fatal("the first listing did not come from the service")
	}
	env := map[string]string{"FAIRLEAD_KEYRING": "memory"}
	for name, value := range b.Ready().Env {
		env[name] = value
	}
	second := visit(t, open(t, env)).enter()
	warm := second.tree(salesTables)
	if calls() != asked || !slices.Contains(warm.names(), "orders") {
		t.Errorf("%d calls for %v", calls()-asked, warm.names())
	}
	anew := second.tree(salesTables + "&refresh=1")
	if calls() == asked || !anew.CachedAt.After(warm.CachedAt) || !slices.Equal(anew.names(), warm.names()) {
		t.Errorf("%d calls, as of %s after %s", calls()-asked, anew.CachedAt, warm.CachedAt)
	}
	// What was just asked is in memory, and on disk for the next start.
	if again := second.tree(salesTables); !again.CachedAt.Equal(anew.CachedAt) {
		t.Errorf("as of %s, want %s", again.CachedAt, anew.CachedAt)
	}
}

// A listing that is older than memory keeps it stands in once only.
func TestOldListingsAreAskedAgain(t *testing.T) {
	var all trees
	path := []string{"a"}
	all.put("c", listing{path, []engine.Object{{Name: "x"}}, time.Now().Add(-treeLife - time.Minute)})
	if _, fresh := all.get("c", path); fresh || !all.has("c", path) || all.has("c", nil) || all.has("d", path) {
		t.Error("an old listing is taken for a fresh one, or not known at all")
	}
	all.put("c", listing{path, nil, time.Now()})
	if _, fresh := all.get("c", path); !fresh {
		t.Error("a fresh listing is asked again")
	}
	all.put("cc", listing{path, nil, time.Now()})
	all.forget("c")
	if all.has("c", path) || !all.has("cc", path) {
		t.Error("the wrong listings were forgotten")
	}
	all.forgetAll()
	if all.has("cc", path) {
		t.Error("a listing was not forgotten")
	}
}

func TestDetailsOfATable(t *testing.T) {
	v := signedIn(t)
	const orders = "/api/tree?connection=sales&path=AwsDataCatalog&path=sales&path=orders"
	doc := v.tree(orders + "&details=1")
	if doc.Object == nil || doc.Object.Name != "orders" || len(doc.Object.Details) == 0 || !slices.Contains(doc.names(), "order_id") {
		t.Errorf("%+v", doc)
	}
	for _, at := range []string{orders, "/api/tree?details=1&connection=shop&path=shop"} {
		if doc := v.tree(at); doc.Object != nil || len(doc.Objects) == 0 {
			t.Errorf("%s: %+v", at, doc)
		}
	}
	// What is no table has no details.
	if status := v.call("GET", "/api/tree?details=1&connection=sales&path=AwsDataCatalog", nil, nil); status != http.StatusBadRequest {
		t.Error(status)
	}
}

// A connection that leads elsewhere now does not show what was there before.
func TestAnEditedConnectionIsListedAnew(t *testing.T) {
	v := signedIn(t)
	entry := map[string]any{"engine": "athena", "profile": "dev", "region": "us-east-1"}
	put := func() {
		t.Helper()
		var saved connectionDoc
		if status := v.call("PUT", "/api/connections/moving", entry, &saved); status != 200 {
			t.Fatal(status)
		}
		entry["revision"] = saved.Revision
	}
	put()
	at := "/api/tree?connection=moving&path=AwsDataCatalog"
	before := v.tree(at)
	entry["label"] = "other"
	entry["params"] = map[string]string{"fetch": "pages"}
	put()
	if after := v.tree(at); !after.CachedAt.After(before.CachedAt) {
		t.Error("the listing of the connection as it was is shown")
	}
	if status := v.call("DELETE", "/api/connections/moving", map[string]any{}, nil); status >= 300 {
		t.Fatal(status)
	}
}
