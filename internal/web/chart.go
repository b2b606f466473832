package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sink"
)

// A chart is drawn from at most so many points; more would be drawn over one
// another. What was left out is told.
const (
	mostPoints = 5000
	mostGroups = 100_000 // distinct pairs of x and group held while aggregating
	mostBins   = 200
)

// chartQuery says what to draw.
type chartQuery struct {
	kind        string // bar, line, area, scatter, histogram
	x, y, group int    // columns; -1 for none
	agg         string // count, sum, avg, min, max; "" for the values as they are
	bins        int
}

// chartDoc holds points of [x, y] or [x, y, group]; for a histogram x is where
// the bin begins, and its end comes third.
type chartDoc struct {
	Points    [][]any `json:"points"`
	XType     string  `json:"x_type"` // number, time, text
	Rows      int64   `json:"rows"`   // read
	Truncated bool    `json:"truncated"`
}

func (s *Server) getChart(w http.ResponseWriter, r *http.Request) error {
	_, rows, view, err := s.target(r, r.URL.Query().Get("view"))
	if err != nil {
		return err
	}
	q, err := readChartQuery(r, rows.Schema())
	if err != nil {
		return err
	}
	open := func() result.Stream { return streamOf(rows, view) }
	var doc chartDoc
	switch {
	case q.kind == "histogram":
		doc, err = histogram(r.Context(), open, q)
	case q.agg == "":
		doc, err = values(r.Context(), open, q, max(rows.Rows(), 1))
	default:
		doc, err = aggregate(r.Context(), open, q)
	}
	if err != nil {
		return err
	}
	doc.XType = "text"
	if q.x >= 0 {
		if kind := kindOf(rows.Schema().Field(q.x)); kind == "number" || kind == "time" {
			doc.XType = kind
		}
	}
	return writeJSON(w, doc)
}

func readChartQuery(r *http.Request, schema *arrow.Schema) (chartQuery, error) {
	params := r.URL.Query()
	q := chartQuery{kind: params.Get("kind"), agg: params.Get("agg"), bins: 30}
	for name, to := range map[string]*int{"x": &q.x, "y": &q.y, "group": &q.group} {
		*to = -1
		if text := params.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || n >= schema.NumFields() {
				return q, fault.Newf(fault.Usage, "There is no column %q", text)
			}
			*to = n
		}
	}
	if text := params.Get("bins"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostBins {
			return q, fault.Newf(fault.Usage, "A histogram has 1 to %d bins", mostBins)
		}
		q.bins = n
	}
	switch {
	case !slices.Contains([]string{"bar", "line", "area", "scatter", "histogram"}, q.kind):
		return q, fault.Newf(fault.Usage, "There is no chart %q", q.kind)
	case !slices.Contains([]string{"", "count", "sum", "avg", "min", "max"}, q.agg):
		return q, fault.Newf(fault.Usage, "There is no aggregate %q", q.agg)
	case q.x < 0:
		return q, fault.New(fault.Usage, "Choose the column of the x axis")
	case q.y < 0 && q.agg != "count" && q.kind != "histogram":
		return q, fault.New(fault.Usage, "Choose the column of the y axis")
	}
	return q, nil
}

// eachRow calls f for every row with a reader of its cells.
func eachRow(ctx context.Context, s result.Stream, f func(cells *sink.Values, row int)) (rows int64, err error) {
	defer s.Close()
	cells := sink.NewValues(s.Schema())
	for {
		batch, err := s.Next(ctx)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		cells.Bind(batch)
		for row := range int(batch.NumRows()) {
			f(cells, row)
		}
		rows += batch.NumRows()
		batch.Release()
	}
}

// chartNumber reads a cell as a number to draw.
func chartNumber(cells *sink.Values, column, row int) (float64, bool) {
	text, null := cells.Append(nil, column, row)
	if null {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(text), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

func chartText(cells *sink.Values, column, row int) any {
	if column < 0 {
		return nil
	}
	text, null := cells.Append(nil, column, row)
	if null {
		return nil
	}
	return string(text)
}

// values draws the rows as they are, evenly thinned when there are too many.
func values(ctx context.Context, open func() result.Stream, q chartQuery, total int64) (chartDoc, error) {
	step := (total + mostPoints - 1) / mostPoints
	doc := chartDoc{Points: [][]any{}, Truncated: step > 1}
	var at int64
	rows, err := eachRow(ctx, open(), func(cells *sink.Values, row int) {
		at++
		if (at-1)%step != 0 {
			return
		}
		y, ok := chartNumber(cells, q.y, row)
		if !ok {
			return
		}
		point := []any{chartText(cells, q.x, row), y}
		if q.group >= 0 {
			point = append(point, chartText(cells, q.group, row))
		}
		doc.Points = append(doc.Points, point)
	})
	doc.Rows = rows
	return doc, err
}

// aggregate gathers the rows by x and group.
func aggregate(ctx context.Context, open func() result.Stream, q chartQuery) (chartDoc, error) {
	type key struct{ x, group any }
	type sum struct {
		count         int64
		total, lo, hi float64
	}
	sums := map[key]*sum{}
	doc := chartDoc{Points: [][]any{}}
	rows, err := eachRow(ctx, open(), func(cells *sink.Values, row int) {
		k := key{chartText(cells, q.x, row), chartText(cells, q.group, row)}
		one := sums[k]
		if one == nil {
			if len(sums) == mostGroups {
				doc.Truncated = true
				return
			}
			one = &sum{lo: math.Inf(1), hi: math.Inf(-1)}
			sums[k] = one
		}
		if q.agg == "count" {
			one.count++
			return
		}
		if y, ok := chartNumber(cells, q.y, row); ok {
			one.count++
			one.total += y
			one.lo, one.hi = min(one.lo, y), max(one.hi, y)
		}
	})
	if err != nil {
		return doc, err
	}
	doc.Rows = rows
	for k, one := range sums {
		if one.count == 0 {
			continue
		}
		y := map[string]float64{"count": float64(one.count), "sum": one.total, "avg": one.total / float64(one.count), "min": one.lo, "max": one.hi}[q.agg]
		point := []any{k.x, y}
		if q.group >= 0 {
			point = append(point, k.group)
		}
		doc.Points = append(doc.Points, point)
	}
	slices.SortFunc(doc.Points, func(a, b []any) int { return compareX(a[0], b[0]) })
	if len(doc.Points) > mostPoints {
		// The largest say most; what is dropped is told.
		slices.SortFunc(doc.Points, func(a, b []any) int { return cmp.Compare(b[1].(float64), a[1].(float64)) })
		doc.Points, doc.Truncated = doc.Points[:mostPoints], true
		slices.SortFunc(doc.Points, func(a, b []any) int { return compareX(a[0], b[0]) })
	}
	return doc, nil
}

// compareX orders numbers as numbers and all else as text, NULL last.
func compareX(a, b any) int {
	one, isText := a.(string)
	two, alsoText := b.(string)
	if !isText || !alsoText {
		return cmp.Compare(boolRank(isText), boolRank(alsoText))
	}
	m, errM := strconv.ParseFloat(one, 64)
	n, errN := strconv.ParseFloat(two, 64)
	if errM == nil && errN == nil {
		return cmp.Compare(m, n)
	}
	return cmp.Compare(one, two)
}

func boolRank(isText bool) int {
	if isText {
		return 0
	}
	return 1
}

// histogram counts the numbers of a column in bins of one width.
func histogram(ctx context.Context, open func() result.Stream, q chartQuery) (chartDoc, error) {
	lo, hi := math.Inf(1), math.Inf(-1)
	rows, err := eachRow(ctx, open(), func(cells *sink.Values, row int) {
		if n, ok := chartNumber(cells, q.x, row); ok {
			lo, hi = min(lo, n), max(hi, n)
		}
	})
	doc := chartDoc{Points: [][]any{}, Rows: rows}
	if err != nil || lo > hi {
		return doc, err
	}
	width := (hi - lo) / float64(q.bins)
	if width == 0 {
		width = 1
	}
	counts := make([]int64, q.bins)
	if _, err := eachRow(ctx, open(), func(cells *sink.Values, row int) {
		if n, ok := chartNumber(cells, q.x, row); ok {
			counts[max(0, min(q.bins-1, int((n-lo)/width)))]++
		}
	}); err != nil {
		return doc, err
	}
	for i, n := range counts {
		doc.Points = append(doc.Points, []any{lo + float64(i)*width, n, lo + float64(i+1)*width})
	}
	return doc, nil
}
