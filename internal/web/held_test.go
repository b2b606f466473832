package web

import (
	"context"
	"io"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
)

// held is an engine whose rows come when the test lets them: as many as it is
// told, and the end when there is nothing more to be told. Without a channel
// each statement brings a fixed number at once.
type held struct {
	rows  chan int
	fixed int
}

func (h *held) spec() engine.Spec {
	return engine.Spec{Kind: "held", Title: "Held", Dialect: "trino",
		Alone: func(map[string]string) bool { return true },
		Open:  func(context.Context, *session.Session, map[string]string) (engine.Engine, error) { return h, nil }}
}

func (h *held) Run(context.Context, engine.Statement) (result.Stream, error) {
	rows := h.rows
	if rows == nil {
		rows = make(chan int, 1)
		rows <- h.fixed
		close(rows)
	}
	return &heldStream{rows: rows, schema: arrow.NewSchema([]arrow.Field{
		{Name: "n", Type: arrow.PrimitiveTypes.Int64}, {Name: "text", Type: arrow.BinaryTypes.String}}, nil)}, nil
}

func (h *held) Close() error { return nil }

type heldStream struct {
	rows   chan int
	schema *arrow.Schema
	given  int
}

func (s *heldStream) Schema() *arrow.Schema { return s.schema }
func (s *heldStream) Close() error          { return nil }
func (s *heldStream) Stats() result.Stats   { return result.Stats{Rows: int64(s.given)} }

func (s *heldStream) Next(ctx context.Context) (arrow.RecordBatch, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case n, more := <-s.rows:
		if !more {
			return nil, io.EOF
		}
		b := array.NewRecordBuilder(memory.DefaultAllocator, s.schema)
		defer b.Release()
		for range n {
			s.given++
			b.Field(0).(*array.Int64Builder).Append(int64(s.given))
			b.Field(1).(*array.StringBuilder).Append("row " + strconv.Itoa(s.given))
		}
		return b.NewRecordBatch(), nil
	}
}

// atHeld starts a server with one connection, to the engine.
func atHeld(t *testing.T, h *held) *visitor {
	t.Helper()
	v := visit(t, open(t, nil, h.spec())).enter()
	if status := v.call("PUT", "/api/connections/held", map[string]any{"engine": "held", "params": map[string]string{}}, nil); status != 200 && status != 204 {
		t.Fatal(status)
	}
	return v
}
