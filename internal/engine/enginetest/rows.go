package enginetest

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/fairleadhq/fairlead/internal/result"
)

// Null is how Rows writes NULL.
const Null = "<null>"

// Columns writes a schema: name, the engine's type, Arrow's type in brackets
// and what a text carries.
func Columns(s *arrow.Schema) []string {
	list := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		list[i] = fmt.Sprintf("%s %s [%s]", f.Name, result.TypeName(f), f.Type)
		if c := result.Carries(f); c != "" {
			list[i] += " " + c
		}
	}
	return list
}

// Rows reads a stream to its end as text. It does not close it.
func Rows(t *testing.T, s result.Stream) [][]string {
	t.Helper()
	rows, err := readRows(t.Context(), s)
	if err != nil {
		t.Fatal(explain(err))
	}
	return rows
}

func readRows(ctx context.Context, s result.Stream) ([][]string, error) {
	var rows [][]string
	for {
		batch, err := s.Next(ctx)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		for r := range int(batch.NumRows()) {
			rows = append(rows, row(batch, r))
		}
		batch.Release()
	}
}

func row(batch arrow.RecordBatch, r int) []string {
	cells := make([]string, batch.NumCols())
	for c := range cells {
		cells[c] = cell(batch.Column(c), r)
	}
	return cells
}

func cell(a arrow.Array, r int) string {
	if a.IsNull(r) {
		return Null
	}
	if b, ok := a.(*array.Binary); ok {
		return fmt.Sprintf("%x", b.Value(r))
	}
	return strings.Clone(a.ValueStr(r))
}

// Sum reads a stream to its end: how many rows, and the sum of Hash over them,
// which does not depend on their order.
func Sum(t *testing.T, s result.Stream) (rows int64, sum uint64) {
	t.Helper()
	for {
		batch, err := s.Next(t.Context())
		if err == io.EOF {
			return rows, sum
		}
		if err != nil {
			t.Fatalf("after %d rows: %s", rows, explain(err))
		}
		if batch.NumRows() == 0 {
			t.Error("a batch without rows")
		}
		for r := range int(batch.NumRows()) {
			sum += Hash(row(batch, r))
		}
		rows += batch.NumRows()
		batch.Release()
	}
}

// Hash hashes one row of cells.
func Hash(cells []string) uint64 {
	h := fnv.New64a()
	for _, c := range cells {
		io.WriteString(h, c)
		h.Write([]byte{0})
	}
	return h.Sum64()
}

func contains(text, part string) bool { return strings.Contains(text, part) }

// ours finds goroutines in which an engine's code runs; sync.WaitGroup.Go hides
// who started one.
var ours = regexp.MustCompile(`(?m)^github\.com/fairleadhq/fairlead/internal/engine/(athena|redshift|dynamodb|rawpage|s3object)\.|created by github\.com/fairleadhq/fairlead/internal/engine/(athena|redshift|dynamodb|rawpage|s3object)\.`)

// checkLeaks fails when an engine has left a goroutine behind.
func checkLeaks(t *testing.T) {
	t.Helper()
	var left []string
	until(t, "the engine's goroutines end", func() bool {
		left = left[:0]
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		for g := range strings.SplitSeq(string(stacks), "\n\n") {
			if m := ours.FindString(g); m != "" && !strings.Contains(g, "testing.tRunner") {
				left = append(left, g)
			}
		}
		return len(left) == 0
	})
	for _, g := range left {
		t.Logf("left behind:\n%s", g)
	}
}
