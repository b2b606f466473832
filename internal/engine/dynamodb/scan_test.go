package dynamodb

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// wide is a table whose items n = 0..items-1 lie in segments by n, served in
// pages of a few. Every page costs a unit for each item.
type wide struct {
	t     *testing.T
	items int
	page  int
	bytes int64 // as DescribeTable tells

	mu     sync.Mutex
	pages  int
	first  int // calls that began a segment
	deny   bool
	scans  []map[string]any
	others int // calls of ExecuteStatement
}

func (w *wide) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in map[string]any
	if json.Unmarshal(body, &in) != nil {
		return // the reader left while it was sending
	}
	status, out := 200, ""
	switch operation {
	case "DescribeTable":
		out = fmt.Sprintf(`{"Table":{"TableName":"wide","TableSizeBytes":%d,"ItemCount":%d,"KeySchema":[{"AttributeName":"n","KeyType":"HASH"}],
			"AttributeDefinitions":[{"AttributeName":"n","AttributeType":"N"}],"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"}}}`, w.bytes, w.items)
	case "Scan":
		out = w.scan(in)
		if w.deny {
			status, out = 400, `{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not allowed"}`
		}
	default:
		w.mu.Lock()
		w.others++
		w.mu.Unlock()
		out = `{"Items":[{"n":{"N":"0"}}]}`
	}
	rw.Header().Set("Content-Type", "application/x-amz-json-1.0")
	rw.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(out))), 10))
	rw.WriteHeader(status)
	io.WriteString(rw, out)
}

func (w *wide) scan(in map[string]any) string {
	segment, total := 0, 1
	if in["TotalSegments"] != nil {
		segment, total = int(in["Segment"].(float64)), int(in["TotalSegments"].(float64))
	}
	from := segment
	w.mu.Lock()
	w.scans = append(w.scans, in)
	if key, ok := in["ExclusiveStartKey"].(map[string]any); ok {
		n, _ := strconv.Atoi(key["n"].(map[string]any)["N"].(string))
		from = n + total
	} else {
		w.first++
	}
	w.pages++
	w.mu.Unlock()
	page := w.page
	if limit, ok := in["Limit"].(float64); ok {
		page = min(page, int(limit))
	}
	var items []string
	n := from
	for ; n < w.items && len(items) < page; n += total {
		items = append(items, fmt.Sprintf(`{"n":{"N":"%d"},"text":{"S":"item %d"}}`, n, n))
	}
	last := ""
	if n < w.items {
		last = fmt.Sprintf(`,"LastEvaluatedKey":{"n":{"N":"%d"}}`, n-total)
	}
	return fmt.Sprintf(`{"Items":[%s],"Count":%d,"ScannedCount":%d,"ConsumedCapacity":{"CapacityUnits":%d}%s}`,
		strings.Join(items, ","), len(items), len(items), len(items), last)
}

func (w *wide) open(t *testing.T, wrong http.RoundTripper) engine.Engine {
	t.Helper()
	w.t = t
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return openAt(t, server.URL, wrong, nil)
}

// counted reads a statement to its end and checks that every item came once.
func (w *wide) counted(t *testing.T, e engine.Engine, s engine.Statement) {
	t.Helper()
	st, err := e.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, st)[1:]
	seen := map[string]int{}
	for _, row := range rows {
		seen[row[0]]++
	}
	if len(rows) != w.items || len(seen) != w.items {
		t.Fatalf("%d rows, %d different items, want %d", len(rows), len(seen), w.items)
	}
	if got := *st.Stats().CapacityUnits; got != float64(w.items) {
		t.Errorf("%v units counted, %d consumed", got, w.items)
	}
}

func TestAWholeTableIsReadInSegments(t *testing.T) {
	w := &wide{items: 5000, page: 60, bytes: 100 << 20}
	w.counted(t, w.open(t, http.DefaultTransport), engine.Statement{Text: "select * from wide where n >= 0"})
	if w.first != 25 || w.others != 0 {
		t.Errorf("%d segments, %d other calls", w.first, w.others)
	}
	in := w.scans[0]
	if in["FilterExpression"] != "#n0 >= :v0" || fmt.Sprint(in["ExpressionAttributeValues"]) != "map[:v0:map[N:0]]" || in["ReturnConsumedCapacity"] != "INDEXES" {
		t.Errorf("%v", in)
	}
}

func TestASmallOrUnclearReadIsNotCut(t *testing.T) {
	for text, bytes := range map[string]int64{
		"select * from wide": 1 << 20, "select * from wide where n <> 1": 1 << 30, "select * from wide where n = 1": 1 << 30, "select n.x from wide": 1 << 30,
		"select * from wide where a + 1 > 2": 1 << 30,
	} {
		w := &wide{items: 10, page: 10, bytes: bytes}
		s, err := w.open(t, http.DefaultTransport).Run(t.Context(), engine.Statement{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		rowsOf(t, s)
		if w.pages != 0 || w.others != 1 {
			t.Errorf("%s: %d scans, %d statements", text, w.pages, w.others)
		}
	}
}

func TestScanNotAllowedFallsBackToTheStatement(t *testing.T) {
	w := &wide{items: 10, page: 10, bytes: 100 << 20, deny: true}
	s, err := w.open(t, http.DefaultTransport).Run(t.Context(), engine.Statement{Text: "select * from wide"})
	if err != nil {
		t.Fatal(err)
	}
	if rows := rowsOf(t, s); len(rows) != 2 || w.others != 1 {
		t.Errorf("%v, %d statements", rows, w.others)
	}
}

// storm makes calls of Scan go wrong at random, but no call more than twice in
// a row.
type storm struct {
	mu    sync.Mutex
	r     *rand.Rand
	ways  []enginetest.Wrong
	again map[string]int
	hits  int
}

func (s *storm) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".Scan") {
		return http.DefaultTransport.RoundTrip(r)
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	s.mu.Lock()
	var how enginetest.Wrong
	if key := string(body); s.r.IntN(3) == 0 && s.again[key] < 2 {
		s.again[key]++
		s.hits++
		how = s.ways[s.r.IntN(len(s.ways))]
	}
	s.mu.Unlock()
	if how != nil {
		return how(r, http.DefaultTransport)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestNothingIsLostOrDoubledWhenCallsGoWrong(t *testing.T) {
	ways := map[string]enginetest.Wrong{
		"throttled": enginetest.Answer(400, "ProvisionedThroughputExceededException"), "failed": enginetest.Answer(500, "InternalServerError"),
		"dropped": enginetest.Reset, "broken off": enginetest.Cut,
	}
	names := append(slices.Sorted(maps.Keys(ways)), "all")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &storm{r: rand.New(rand.NewPCG(5, 6)), again: map[string]int{}, ways: []enginetest.Wrong{ways[name]}}
			if name == "all" {
				s.ways = slices.Collect(maps.Values(ways))
			}
			w := &wide{items: 300, page: 20, bytes: 20 << 20}
			w.counted(t, w.open(t, s), engine.Statement{Text: "select * from wide"})
			if s.hits < 3 {
				t.Errorf("only %d calls went wrong", s.hits)
			}
		})
	}
}

func TestABudgetEndsTheRead(t *testing.T) {
	for _, text := range []string{"select * from wide", "select * from wide where n <> 1"} {
		w := &wide{items: 5000, page: 60, bytes: 5000 * eventualUnit} // a unit an item
		s, err := w.open(t, http.DefaultTransport).Run(t.Context(), engine.Statement{Text: "select * from wide", Budget: engine.Budget{CapacityUnits: 400}})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for err == nil {
			batch, e := s.Next(t.Context())
			if err = e; err == nil {
				rows += int(batch.NumRows())
				batch.Release()
			}
		}
		s.Close()
		if f := fault.As(err); f.Code != fault.Guarded || !strings.Contains(f.Remedy, "--max-units") {
			t.Errorf("%s: %v", text, err)
		}
		if spent := *s.Stats().CapacityUnits; spent > 400 || spent < 300 {
			t.Errorf("%v units spent of 400, %d rows", spent, rows)
		}
	}
}

func TestAScanGoesOnWhereItBrokeOff(t *testing.T) {
	w := &wide{items: 2000, page: 30, bytes: 40 << 20}
	e := w.open(t, http.DefaultTransport)
	seen := map[string]int{}
	var at []byte
	rounds := 0
	for done := false; !done; rounds++ {
		s, err := e.(engine.Reader).Read(t.Context(), engine.Read{Kind: engine.ReadScan, Table: "wide", Resume: at})
		if err != nil {
			t.Fatal(err)
		}
		for range 7 { // pages, then the process dies
			batch, err := s.Next(t.Context())
			if err == io.EOF {
				done = true
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for r := range int(batch.NumRows()) {
				seen[strings.Clone(batch.Column(0).ValueStr(r))]++
			}
			batch.Release()
			at = s.(engine.Resumable).Position()
		}
		s.Close()
	}
	if len(seen) != w.items || rounds < 5 {
		t.Errorf("%d items of %d in %d rounds", len(seen), w.items, rounds)
	}
	for n, times := range seen {
		if times != 1 {
			t.Errorf("item %s came %d times", n, times)
		}
	}
}
