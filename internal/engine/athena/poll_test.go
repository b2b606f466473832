package athena

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// many is an Athena in which a number of queries run until all were seen
// together.
func many(t *testing.T, mayBatch bool) (d *double, sizes *[]int, finish func()) {
	var mu sync.Mutex
	started, ended := 0, false
	sizes = &[]int{}
	execution := func(id string) map[string]any {
		state := "RUNNING"
		if ended {
			state = "SUCCEEDED"
		}
		return map[string]any{"QueryExecutionId": id, "StatementType": "DML", "Status": map[string]any{"State": state}}
	}
	d = &double{t: t, answer: map[string]func(map[string]any) any{
		"StartQueryExecution": func(map[string]any) any {
			mu.Lock()
			defer mu.Unlock()
			started++
			return map[string]any{"QueryExecutionId": fmt.Sprintf("q-%d", started)}
		},
		"GetQueryExecution": func(in map[string]any) any {
			mu.Lock()
			defer mu.Unlock()
			return map[string]any{"QueryExecution": execution(in["QueryExecutionId"].(string))}
		},
		"BatchGetQueryExecution": func(in map[string]any) any {
			mu.Lock()
			defer mu.Unlock()
			if !mayBatch {
				return refusal{400, "AccessDeniedException", "not authorized to perform athena:BatchGetQueryExecution"}
			}
			ids := in["QueryExecutionIds"].([]any)
			*sizes = append(*sizes, len(ids))
			list := make([]any, len(ids))
			for i, id := range ids {
				list[i] = execution(id.(string))
			}
			return map[string]any{"QueryExecutions": list, "UnprocessedQueryExecutionIds": []any{}}
		},
		"GetQueryResults": onePage,
	}}
	return d, sizes, func() { mu.Lock(); ended = true; mu.Unlock() }
}

// A hundred running queries share the looks at them.
func TestOnePollerForAllQueries(t *testing.T) {
	const queries = 120
	d, sizes, finish := many(t, true)
	e := openDouble(t, d, nil)
	var seen sync.WaitGroup
	seen.Add(queries)
	var wg sync.WaitGroup
	for range queries {
		wg.Go(func() {
			once := sync.OnceFunc(seen.Done)
			s, err := e.Run(t.Context(), engine.Statement{Text: "select 1", Progress: func(engine.Progress) { once() }})
			if err != nil {
				t.Error(err)
				return
			}
			if rows := read(t, s); len(rows) != 2 {
				t.Errorf("%v", rows)
			}
		})
	}
	seen.Wait()
	finish()
	wg.Wait()
	if err := e.Close(); err != nil { // the poller has ended
		t.Error(err)
	}
	most := 0
	for _, n := range *sizes {
		most = max(most, n)
	}
	if most > mostPolled || most < 2 {
		t.Errorf("batches of %v", *sizes)
	}
	if calls := d.count("BatchGetQueryExecution") + d.count("GetQueryExecution"); calls > queries {
		t.Errorf("%d looks at %d queries", calls, queries)
	}
}

func TestWithoutTheBatchCallEachQueryIsAskedFor(t *testing.T) {
	d, _, finish := many(t, false)
	e := openDouble(t, d, nil)
	finish()
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			s, err := e.Run(t.Context(), engine.Statement{Text: "select 1"})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
	if n := d.count("BatchGetQueryExecution"); n > 2 {
		t.Errorf("a call that is denied was made %d times", n)
	}
}

// One query that Athena does not know must not end the others.
func TestOneBadQueryHarmsOnlyItself(t *testing.T) {
	d := &double{t: t, answer: map[string]func(map[string]any) any{
		"BatchGetQueryExecution": func(in map[string]any) any {
			return map[string]any{
				"QueryExecutions":              []any{map[string]any{"QueryExecutionId": "good", "StatementType": "DML", "Status": map[string]any{"State": "SUCCEEDED"}}},
				"UnprocessedQueryExecutionIds": []any{map[string]any{"QueryExecutionId": "bad", "ErrorMessage": "was not found"}},
			}
		},
		"GetQueryExecution": func(in map[string]any) any {
			return refusal{400, "InvalidRequestException", "QueryExecution bad was not found"}
		},
	}}
	e := openDouble(t, d, nil).(*Engine)
	good, bad := e.poller.join(t.Context(), "good", time.Millisecond), e.poller.join(t.Context(), "bad", time.Millisecond)
	g, b := <-good.seen, <-bad.seen
	e.poller.leave(good)
	e.poller.leave(bad)
	if g.err != nil || g.execution == nil || b.err == nil || fault.CodeOf(e.fault(b.err, "look")) != fault.Statement {
		t.Errorf("good %+v, bad %+v", g, b)
	}
}
