package athena

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// inTurn answers each call with the next of the answers, the last for good.
func inTurn(answers ...func(map[string]any) any) func(map[string]any) any {
	n := 0
	return func(in map[string]any) any {
		a := answers[min(n, len(answers)-1)]
		n++
		return a(in)
	}
}

func onePage(map[string]any) any {
	return resultPage("", []map[string]any{column("n", "bigint")}, []any{"n"}, []any{"1"}, []any{"2"})
}

func TestAttach(t *testing.T) {
	running := state("RUNNING", "DML", "SELECT", "")
	for name, c := range map[string]struct {
		states []func(map[string]any) any
		code   fault.Code
		says   string
	}{
		"ended":     {[]func(map[string]any) any{state("SUCCEEDED", "DML", "SELECT", "")}, "", ""},
		"running":   {[]func(map[string]any) any{running, running, state("SUCCEEDED", "DML", "SELECT", "")}, "", ""},
		"failed":    {[]func(map[string]any) any{state("FAILED", "DML", "SELECT", "TABLE_NOT_FOUND: line 1:15: no t")}, fault.NotFound, "Athena failed the statement"},
		"fails":     {[]func(map[string]any) any{running, state("FAILED", "DML", "SELECT", "DIVISION_BY_ZERO: / by zero")}, fault.Statement, "Athena failed the statement"},
		"cancelled": {[]func(map[string]any) any{state("CANCELLED", "DML", "SELECT", "Query cancelled by user")}, fault.Statement, "cancelled in Athena"},
		"unknown": {[]func(map[string]any) any{func(map[string]any) any {
			return refusal{400, "InvalidRequestException", "QueryExecution q-1 was not found"}
		}}, fault.NotFound, "no query q-1 in us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &double{answer: finished("DML", "SELECT")}
			d.answer["GetQueryExecution"] = inTurn(c.states...)
			d.answer["GetQueryResults"] = onePage
			s, err := openDouble(t, d, nil).(engine.Attacher).Attach(t.Context(), "q-1", engine.Statement{})
			if d.count("StartQueryExecution")+d.count("StopQueryExecution") != 0 {
				t.Error("the query was started or stopped")
			}
			if c.code != "" {
				if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{{"1"}, {"2"}}, read(t, s)); diff != "" {
				t.Error(diff)
			}
			if s.Stats().RemoteID != "q-1" {
				t.Errorf("%+v", s.Stats())
			}
		})
	}
}

func TestCancelStopsAnAttachedQuery(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := &double{answer: finished("DML", "SELECT")}
	looks := 0
	d.answer["GetQueryExecution"] = func(in map[string]any) any {
		if looks++; looks > 1 {
			cancel()
		}
		return state("RUNNING", "DML", "SELECT", "")(in)
	}
	_, err := openDouble(t, d, nil).(engine.Attacher).Attach(ctx, "q-1", engine.Statement{})
	if fault.CodeOf(err) != fault.Interrupted || d.count("StopQueryExecution") != 1 {
		t.Errorf("%v, stopped %d times", err, d.count("StopQueryExecution"))
	}
}

func TestTheIDIsToldBeforeTheWait(t *testing.T) {
	d := &double{answer: finished("DML", "SELECT")}
	d.answer["GetQueryResults"] = onePage
	e := openDouble(t, d, nil)
	var told []string
	s, err := e.Run(t.Context(), engine.Statement{Text: "select 1", Submitted: func(id string) error {
		told = append(told, id)
		if d.count("GetQueryExecution") != 0 {
			t.Error("told after the first look")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if diff := cmp.Diff([]string{"q-1"}, told); diff != "" {
		t.Error(diff)
	}
	full := fault.Wrap(errors.New("no space left"), fault.Config, "Cannot write the journal")
	_, err = e.Run(t.Context(), engine.Statement{Text: "select 1", Submitted: func(string) error { return full }})
	if !errors.Is(err, full) || d.count("StopQueryExecution") != 1 || d.count("GetQueryExecution") != 1 {
		t.Errorf("%v, stopped %d times", err, d.count("StopQueryExecution"))
	}
}

func TestProgressTellsStateAndReason(t *testing.T) {
	d := &double{answer: finished("DML", "SELECT")}
	d.answer["GetQueryExecution"] = inTurn(state("QUEUED", "DML", "SELECT", "Waiting for capacity"), state("SUCCEEDED", "DML", "SELECT", ""))
	d.answer["GetQueryResults"] = onePage
	var got []string
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select 1", Progress: func(p engine.Progress) {
		got = append(got, p.State+"|"+p.Reason+"|"+p.RemoteID)
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if diff := cmp.Diff([]string{"queued|Waiting for capacity|q-1", "succeeded||q-1", "fetching||q-1"}, got); diff != "" {
		t.Error(diff)
	}
}
