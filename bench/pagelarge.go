//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"time"
)

const largeRows = 10_000_000

// pageLarge does with ten million rows what a person does with a result: looks
// at any place, sorts, filters, finds, saves; at the server's side, and then in
// the browser.
func (b *bench) pageLarge() error {
	stub := startAthenaStub(callLatency, 0).numbered()
	defer stub.Close()
	p, err := b.startPage(stub)
	if err != nil {
		return err
	}
	defer p.stop()
	fmt.Printf("\nTen million rows of 8 columns\n")
	stop := p.watch()
	from := time.Now()
	run, err := p.run(largeRows)
	if err != nil {
		return err
	}
	fmt.Printf("  %-34s %.1f s, %d rows, %.0f MB on disk; %s\n", "fetched and kept", time.Since(from).Seconds(), run.rows(), b.liveBytes(), stop())
	if err := p.windows("a window of 200 rows anywhere", run, "", 300); err != nil {
		return err
	}
	number := map[string]any{"column": 2, "descending": true}
	text := map[string]any{"column": 7, "descending": false}
	for _, v := range []struct {
		name string
		body map[string]any
	}{
		{"sorted by a number in no order", map[string]any{"sort": []any{number}, "filter": []any{}}},
		{"sorted by a text in no order", map[string]any{"sort": []any{text}, "filter": []any{}}},
		{"sorted by region, then the number", map[string]any{"sort": []any{map[string]any{"column": 3}, number}, "filter": []any{}}},
		{"filtered by a text's part", map[string]any{"sort": []any{}, "filter": []any{map[string]any{"column": 7, "op": "contains", "value": "xyz"}}}},
		{"filtered by a number", map[string]any{"sort": []any{}, "filter": []any{map[string]any{"column": 2, "op": "lt", "value": "1000"}}}},
	} {
		view, err := p.view(b, v.name, run, v.body)
		if err != nil {
			return err
		}
		if err := p.windows("  a window of 200 rows of it", run, view, 100); err != nil {
			return err
		}
	}
	if err := p.find(run); err != nil {
		return err
	}
	if err := p.call("DELETE", "/api/runs/"+run.ID, nil, nil); err != nil {
		return err
	}
	return b.pageLargeBrowser(p)
}

// view makes one and prints what it took.
func (p *pageServer) view(b *bench, name string, run pageRun, body any) (string, error) {
	before := b.liveBytes()
	stop := p.watch()
	from := time.Now()
	var view struct {
		View  string
		Total int64
	}
	if err := p.call("POST", ofRun(run, "view"), body, &view); err != nil {
		return "", err
	}
	fmt.Printf("  %-34s %.1f s, %d rows, %.0f MB more on disk; %s\n", name, time.Since(from).Seconds(), view.Total, b.liveBytes()-before, stop())
	return view.View, nil
}

// windows reads windows at random places.
func (p *pageServer) windows(name string, run pageRun, view string, n int) error {
	var all []float64
	stop := p.watch()
	for range n {
		var rows struct {
			Rows  [][]any
			Total int64
		}
		from := time.Now()
		if err := p.call("GET", ofRun(run, fmt.Sprintf("rows?from=%d&count=200&view=%s", rand.Int64N(max(1, run.rows()-200)), view)), nil, &rows); err != nil {
			return err
		}
		if view == "" && len(rows.Rows) != 200 {
			return fmt.Errorf("a window of %d rows", len(rows.Rows))
		}
		all = append(all, ms(time.Since(from)))
	}
	fmt.Printf("  %-34s %s; %s\n", name, quantiles(all), stop())
	return nil
}

// find looks for what stands in the last row, and for what stands nowhere.
func (p *pageServer) find(run pageRun) error {
	for name, text := range map[string]string{"found in the last row": fmt.Sprint(10_000_000 + largeRows - 1), "found nowhere": "no+such+text"} {
		stop := p.watch()
		from := time.Now()
		var found *struct{ Row, Column int64 }
		if err := p.call("GET", ofRun(run, "find?from=0&text="+text), nil, &found); err != nil {
			return err
		}
		if (found != nil) != (text != "no+such+text") || found != nil && found.Row != largeRows-1 {
			return fmt.Errorf("find %q: %+v", text, found)
		}
		fmt.Printf("  %-34s %.1f s; %s\n", name, time.Since(from).Seconds(), stop())
	}
	return nil
}

// liveBytes is how many MB the rows of the page take on disk.
func (b *bench) liveBytes() float64 {
	var size int64
	_ = filepath.WalkDir(filepath.Join(b.out, "static", "fairlead", "cache"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return float64(size) / 1e6
}

func (b *bench) pageLargeBrowser(p *pageServer) error {
	fmt.Printf("  in Chromium:\n")
	if err := b.pageScroll(p, largeRows); err != nil {
		return err
	}
	var stop func() memory
	return b.browse(p, "large", largeRows, 1, func(f figure) {
		switch f.What {
		case "phase":
			stop = p.watch()
		case "sort":
			fmt.Printf("  %-34s %.1f s to the rows drawn, %s; any place of it drawn: %s\n", "sort by "+f.Name, f.times()[0]/1000, stop(), quantiles(f.View))
		}
	})
}
