package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
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
	put := func(connection string, at time.Time) {
		all.remember(treeKey(connection, path), listing{path, []engine.Object{{Name: "x"}}, at})
	}
	asks := func(connection string, anew bool) bool {
		g, first := all.join(t.Context(), connection, path, anew)
		all.leave(g)
		return first
	}
	put("c", time.Now().Add(-treeLife-time.Minute))
	if !asks("c", false) || !all.has("c", path) || all.has("c", nil) || all.has("d", path) {
		t.Error("an old listing is taken for a fresh one, or not known at all")
	}
	put("c", time.Now())
	if asks("c", false) || !asks("c", true) {
		t.Error("a fresh listing is asked again, or not when it should")
	}
	put("cc", time.Now())
	all.forget("c")
	if all.has("c", path) || !all.has("cc", path) {
		t.Error("the wrong listings were forgotten")
	}
	all.forgetAll()
	if all.has("cc", path) {
		t.Error("a listing was not forgotten")
	}
}

// Readers of one listing see the same names as they come; it is given up when
// the last has gone, unless it is wanted whole.
func TestAListingGrowsForItsReaders(t *testing.T) {
	var all trees
	path := []string{"a"}
	join := func(anew bool) (*growing, bool) { return all.join(t.Context(), "c", path, anew) }
	next := func(g *growing, from, names int, end bool, code fault.Code) {
		t.Helper()
		if objects, done, err := g.next(t.Context(), from); len(objects) != names || done != end || fault.CodeOf(err) != code {
			t.Errorf("%d names, done %v, %v", len(objects), done, err)
		}
	}
	g, first := join(false)
	other, second := join(false)
	if !first || second || other != g {
		t.Fatal("two ask for the same")
	}
	g.add(make([]engine.Object, 3), time.Now())
	next(g, 0, 3, false, "")
	if known := all.of("c"); len(known) != 1 || len(known[0].objects) != 3 {
		t.Errorf("completion knows %+v", known)
	}
	waits := make(chan struct{})
	go func() {
		defer close(waits)
		next(other, 3, 2, false, "")
	}()
	g.add(make([]engine.Object, 2), time.Now())
	<-waits
	all.leave(other)
	if g.ctx.Err() != nil {
		t.Error("it was given up with a reader left")
	}
	all.leave(g)
	if g.ctx.Err() == nil || len(all.of("c")) != 0 {
		t.Error("it goes on without a reader")
	}
	all.finish(g, g.ctx.Err())

	// Wanted whole: it goes on, and is remembered.
	g, _ = join(false)
	all.keep(g)
	all.leave(g)
	g.add(make([]engine.Object, 4), time.Now())
	all.finish(g, nil)
	if again, asks := join(false); asks || len(again.objects) != 4 {
		t.Error("it was not remembered")
	}
	// Broken off: what came stands, and the next asks anew.
	g, _ = join(true)
	g.add(make([]engine.Object, 1), time.Now())
	all.finish(g, fault.New(fault.Unavailable, "cut"))
	next(g, 0, 1, true, fault.Unavailable)
	// Of a connection that was changed meanwhile nothing is remembered.
	all.forget("c")
	g, _ = join(false)
	all.forget("c")
	g.add(make([]engine.Object, 1), time.Now())
	all.finish(g, nil)
	if all.has("c", path) {
		t.Error("the listing of the connection as it was is remembered")
	}
	// A reader that goes does not wait.
	g, _ = join(false)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := g.next(gone, 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
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

// largeGlue tells tables in pages of 100. Each page but the first waits for a
// word from pages: true for names, false for a refusal.
func largeGlue(t *testing.T, pages <-chan bool) string {
	glue := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			NextToken       string
			AttributesToGet []string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.AttributesToGet) == 0 {
			w.WriteHeader(http.StatusBadRequest) // what else is asked of it
			return
		}
		from, _ := strconv.Atoi(in.NextToken)
		if from > 0 {
			select {
			case ok := <-pages:
				if !ok {
					w.WriteHeader(http.StatusBadRequest)
					fmt.Fprint(w, `{"__type":"AccessDeniedException","Message":"no more"}`)
					return
				}
			case <-r.Context().Done():
				return
			}
		}
		var names []string
		for i := range 100 {
			names = append(names, fmt.Sprintf(`{"Name":"t%05d","TableType":"EXTERNAL_TABLE"}`, from+i))
		}
		fmt.Fprintf(w, `{"TableList":[%s],"NextToken":"%d"}`, strings.Join(names, ","), from+100)
	}))
	t.Cleanup(glue.Close)
	return glue.URL
}

// treeLine is a line of a tree that is told as it comes.
type treeLine struct {
	Objects  []objectDoc
	Done     bool
	Error    *errorDoc
	CachedAt time.Time `json:"cached_at"`
}

// treeLines asks for a tree in lines; next reads one, leave goes away.
func (v *visitor) treeLines(at string) (next func() treeLine, leave func()) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), "GET", v.server.Origin()+at, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set(keyHeader, v.key)
	req.Header.Set("Accept", lines)
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != lines {
		v.t.Fatalf("%s: %s of %s", at, resp.Status, resp.Header.Get("Content-Type"))
	}
	read := json.NewDecoder(resp.Body)
	return func() (l treeLine) {
		v.t.Helper()
		if err := read.Decode(&l); err != nil {
			v.t.Fatal(err)
		}
		return l
	}, func() { resp.Body.Close() }
}

func TestTheFirstNamesDoNotWaitForTheLast(t *testing.T) {
	b, _ := atSandbox(t)
	pages := make(chan bool)
	env := map[string]string{"FAIRLEAD_KEYRING": "memory", "AWS_ENDPOINT_URL_GLUE": largeGlue(t, pages)}
	for name, value := range b.Ready().Env {
		env[name] = value
	}
	v := visit(t, open(t, env)).enter()
	entry := map[string]any{"engine": "athena", "profile": "static", "region": "us-east-1", "params": map[string]string{"database": "large"}}
	if status := v.call("PUT", "/api/connections/large", entry, nil); status != 200 {
		t.Fatal(status)
	}
	const at = "/api/tree?connection=large&path=AwsDataCatalog&path=large"
	next, leave := v.treeLines(at)
	if l := next(); len(l.Objects) != 100 || l.Done {
		t.Errorf("%d names", len(l.Objects))
	}
	pages <- true
	if l := next(); len(l.Objects) != 100 || l.Objects[0].Name != "t00100" {
		t.Errorf("%+v", l.Objects[:1])
	}
	// Completion knows what there is, and lets it go on.
	var names struct {
		Names             []any
		Complete, Growing bool
	}
	if v.call("GET", "/api/names?connection=large", nil, &names); names.Complete || !names.Growing || len(names.Names) < 200 {
		t.Errorf("%d names, complete %v, growing %v", len(names.Names), names.Complete, names.Growing)
	}
	leave()
	pages <- true
	next, _ = v.treeLines(at)
	told := 0
	for told < 300 {
		told += len(next().Objects)
	}
	// What breaks off keeps what was there, and says so.
	pages <- false
	if l := next(); l.Error == nil || l.Error.Code != "denied" || l.Done {
		t.Errorf("%+v", l.Error)
	}
	// It is not taken for the whole: the next asks anew, from the first.
	next, leave = v.treeLines(at)
	if l := next(); len(l.Objects) != 100 || l.Objects[0].Name != "t00000" {
		t.Errorf("%d names", len(l.Objects))
	}
	leave()
	// What fails before the first name is refused as any other call.
	if status := v.call("GET", "/api/tree?connection=large&path=nope&path=nope", nil, nil); status != http.StatusNotFound {
		t.Error(status)
	}
}
