package spool

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/fairleadhq/fairlead/internal/result"
)

const memoryChild = "FAIRLEAD_TEST_MEMORY_CHILD"

var wideSchema = arrow.NewSchema([]arrow.Field{
	result.Field("id", arrow.PrimitiveTypes.Int64, "bigint"),
	result.Field("chance", arrow.PrimitiveTypes.Int64, "bigint"),
	result.Field("name", arrow.BinaryTypes.String, "varchar"),
	result.Field("ratio", arrow.PrimitiveTypes.Float64, "double"),
}, nil)

// large writes a spool of rows whose second column is in no order.
func large(t testing.TB, dir string, rows int) *Spool {
	t.Helper()
	s, err := Create(dir, wideSchema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	b := array.NewRecordBuilder(memory.DefaultAllocator, wideSchema)
	defer b.Release()
	for from := 0; from < rows; from += 8192 {
		for i := from; i < min(rows, from+8192); i++ {
			b.Field(0).(*array.Int64Builder).Append(int64(i))
			b.Field(1).(*array.Int64Builder).Append(random.Int64())
			b.Field(2).(*array.StringBuilder).Append("a name of usual length " + strconv.Itoa(i%1000))
			b.Field(3).(*array.Float64Builder).Append(float64(i) / 3)
		}
		batch := b.NewRecordBatch()
		if err := s.Append(batch); err != nil {
			t.Fatal(err)
		}
		batch.Release()
	}
	if err := s.Finish(result.Stats{}, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// A large result takes no more memory than a small one: written, sorted,
// filtered, searched and read to its end. The work is done by a process of its
// own, whose peak the system tells.
func TestMillionsOfRowsStayFlat(t *testing.T) {
	rows := 2_000_000
	if raceEnabled {
		rows = 20_000 // the race detector's own memory hides ours
	}
	if os.Getenv(memoryChild) != "" || raceEnabled || runtime.GOOS != "linux" {
		workThrough(t, rows)
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestMillionsOfRowsStayFlat$", "-test.v")
	child.Env = append(os.Environ(), memoryChild+"=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	peak := regexp.MustCompile(`peak (\d+) kB`).FindSubmatch(out)
	if peak == nil {
		t.Fatalf("no peak in\n%s", out)
	}
	kB, _ := strconv.Atoi(string(peak[1]))
	t.Logf("%d rows, peak %d MB", rows, kB>>10)
	if kB > 200<<10 {
		t.Errorf("%d kB resident, more than 200 MB", kB)
	}
}

func workThrough(t *testing.T, rows int) {
	s := large(t, filepath.Join(t.TempDir(), "s"), rows)
	defer s.Close()
	v, err := s.View(t.Context(), Query{Sort: []SortKey{{1, true}, {2, false}}, Filter: []Filter{{0, GreaterEqual, "10"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, _, found, err := s.Find(t.Context(), v, "nowhere", 0, false); err != nil || found {
		t.Fatal(found, err)
	}
	st := v.Stream()
	var got int64
	last := int64(0)
	for {
		b, err := st.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		chance := b.Column(1).(*array.Int64).Values()
		for i, c := range chance {
			if got+int64(i) > 0 && c > last {
				t.Fatalf("row %d is out of order", got+int64(i))
			}
			last = c
		}
		got += b.NumRows()
		b.Release()
	}
	if got != int64(rows)-10 {
		t.Errorf("%d rows of %d", got, rows-10)
	}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
			fmt.Printf("peak %s\n", strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]))
		}
	}
}

const benchRows = 10_000_000

func BenchmarkSpool(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "s")
	var s *Spool
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			os.RemoveAll(dir)
			s = large(b, dir, benchRows)
		}
		b.ReportMetric(float64(s.Bytes())/1e6, "MB")
	})
	random := rand.New(rand.NewPCG(3, 4))
	b.Run("window", func(b *testing.B) {
		for b.Loop() {
			w, err := s.Window(b.Context(), random.Int64N(benchRows-200), 200)
			if err != nil {
				b.Fatal(err)
			}
			w.Release()
		}
	})
	var v *View
	b.Run("sort", func(b *testing.B) {
		for b.Loop() {
			var err error
			if v, err = s.View(b.Context(), Query{Sort: []SortKey{{1, false}}}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("window of the sorted", func(b *testing.B) {
		for b.Loop() {
			w, err := v.Window(b.Context(), random.Int64N(benchRows-200), 200)
			if err != nil {
				b.Fatal(err)
			}
			w.Release()
		}
	})
	b.Run("filter", func(b *testing.B) {
		for b.Loop() {
			v, err := s.View(b.Context(), Query{Filter: []Filter{{2, Contains, "LENGTH 99"}}}, nil)
			if err != nil {
				b.Fatal(err)
			}
			v.Close()
		}
	})
	b.Run("find", func(b *testing.B) {
		for b.Loop() {
			if _, _, _, err := s.Find(b.Context(), nil, "nowhere", 0, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream of the sorted", func(b *testing.B) {
		for b.Loop() {
			st := v.Stream()
			for {
				w, err := st.Next(b.Context())
				if err != nil {
					break
				}
				w.Release()
			}
		}
	})
}
