//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// spread prints the median and the range of times.
func spread(all []time.Duration) string {
	all = slices.Sorted(slices.Values(all))
	return fmt.Sprintf("%.1f ms (%.1f-%.1f)", ms(all[len(all)/2]), ms(all[0]), ms(all[len(all)-1]))
}

// pageStart measures from the start of `fairlead ui` to its first answer.
func (b *bench) pageStart() error {
	env, err := b.staticHome()
	if err != nil {
		return err
	}
	var all []time.Duration
	for range b.pairs * 3 {
		took, err := b.firstAnswer(env)
		if err != nil {
			return err
		}
		all = append(all, took)
	}
	fmt.Printf("\nfairlead ui, from its start to its first answer (%d starts; goal: below 50 ms)\n  %-34s %s\n", len(all), "index.html, whole", spread(all))
	return nil
}

func (b *bench) firstAnswer(env []string) (time.Duration, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	address := free.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	if err := free.Close(); err != nil {
		return 0, err
	}
	cmd := exec.Command(b.fairlead, "ui", "--no-open", "--port", port)
	cmd.Env = append(os.Environ(), env...)
	from := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for time.Since(from) < 10*time.Second {
		answer, err := client.Get("http://" + address + "/")
		if err != nil {
			time.Sleep(200 * time.Microsecond)
			continue
		}
		page, err := io.ReadAll(answer.Body)
		took := time.Since(from)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("<title>Fairlead")) {
			return 0, fmt.Errorf("the first answer: %s, %d bytes, %w", answer.Status, len(page), err)
		}
		return took, nil
	}
	return 0, fmt.Errorf("no answer within 10 s")
}

// downloadFormats are the formats a download is measured in. A sheet ends
// before two million rows.
var downloadFormats = []string{"csv", "json", "jsonl", "insert", "csv.gz", "xlsx", "arrow", "parquet"}

const sheetMost = 1_000_000

// pageDownload downloads a finished result through the page, of 200,000 and of
// 2,000,000 rows: how soon the first byte comes, how long the whole takes and
// what the server holds meanwhile.
func (b *bench) pageDownload() error {
	stub := startAthenaStub(callLatency, 0).numbered()
	defer stub.Close()
	fmt.Printf("\nA download of 8 columns through the page (goal: the first byte at once, memory flat)\n")
	for _, rows := range []int{200_000, 2_000_000} {
		if err := b.downloads(stub, rows); err != nil {
			return err
		}
	}
	return b.downloadWhileFetching()
}

func (b *bench) downloads(stub *athenaStub, rows int) error {
	p, err := b.startPage(stub)
	if err != nil {
		return err
	}
	defer p.stop()
	stop := p.watch()
	from := time.Now()
	run, err := p.run(rows)
	if err != nil {
		return err
	}
	fmt.Printf("  %-9d rows fetched and kept     %.2f s, %s\n", run.rows(), time.Since(from).Seconds(), stop())
	for _, format := range downloadFormats {
		of := run
		if format == "xlsx" && rows > sheetMost {
			if of, err = p.run(sheetMost); err != nil {
				return err
			}
		}
		stop := p.watch()
		got, err := p.download(of, format, "")
		if err != nil {
			return fmt.Errorf("%s: %w", format, err)
		}
		fmt.Printf("  %-9d %-12s first byte %5.1f ms  whole %.2f s  %6.1f MB  %s\n", of.rows(), format, ms(got.first), got.whole.Seconds(), float64(got.bytes)/1e6, stop())
		if format == "csv" && rows > sheetMost {
			if err := b.besideStatic(p, run, got.bytes); err != nil {
				return err
			}
		}
	}
	if err := p.downloadSorted(run); err != nil {
		return err
	}
	return p.call("DELETE", "/api/runs/"+run.ID, nil, nil)
}

// downloadSorted downloads the rows in the order of a column in no order.
func (p *pageServer) downloadSorted(run pageRun) error {
	var view struct{ View string }
	if err := p.call("POST", ofRun(run, "view"), map[string]any{"sort": []any{map[string]any{"column": 2}}, "filter": []any{}}, &view); err != nil {
		return err
	}
	stop := p.watch()
	got, err := p.download(run, "csv", "&view="+view.View)
	if err != nil {
		return err
	}
	fmt.Printf("  %-9d %-12s first byte %5.1f ms  whole %.2f s  %6.1f MB  %s\n", run.rows(), "csv, sorted", ms(got.first), got.whole.Seconds(), float64(got.bytes)/1e6, stop())
	return nil
}

type downloaded struct {
	first, whole time.Duration
	bytes        int64
	last         []byte // of the bytes, the last few
}

// download does as the page does: a ticket, then the address it leads to. It
// writes to nothing.
func (p *pageServer) download(run pageRun, format, more string) (d downloaded, err error) {
	name, compress, _ := strings.Cut(format, ".")
	from := time.Now()
	var ticket struct{ URL string }
	path := ofRun(run, "download?format="+name+"&compress="+compress+more)
	if err := p.call("POST", "/api/ticket", map[string]string{"path": path}, &ticket); err != nil {
		return d, err
	}
	answer, err := p.client.Get(p.origin + ticket.URL)
	if err != nil {
		return d, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return d, fmt.Errorf("%s: %s", answer.Status, text)
	}
	part := make([]byte, 64<<10)
	for {
		n, err := answer.Body.Read(part)
		if n > 0 && d.bytes == 0 {
			d.first = time.Since(from)
		}
		d.bytes += int64(n)
		if n > 0 {
			d.last = append(d.last[:0], part[max(0, n-200):n]...)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return d, err
		}
	}
	d.whole = time.Since(from)
	return d, nil
}

// besideStatic holds the CSV of the page beside as many bytes of a file, from
// the standard library's own server; curl reads both.
func (b *bench) besideStatic(p *pageServer, run pageRun, size int64) error {
	curl, err := exec.LookPath("curl")
	if err != nil {
		fmt.Println("  (no curl on this machine: the static file beside it is left out)")
		return nil
	}
	file := filepath.Join(b.out, "static.csv")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	if err := exec.Command(curl, "-s", "-o", file, "-H", "X-Fairlead: "+p.key, "-b", p.cookie, p.origin+ofRun(run, "download?format=csv")).Run(); err != nil {
		return err
	}
	if info, err := os.Stat(file); err != nil || info.Size() != size {
		return fmt.Errorf("two downloads of one result differ in size: %w", err)
	}
	static := httptest.NewServer(http.FileServer(http.Dir(b.out)))
	defer static.Close()
	usual := b.pairs
	b.pairs = min(usual, 3)
	defer func() { b.pairs = usual }()
	return b.compare("The CSV of 2,000,000 rows, read by curl",
		command{label: "from the page", args: []string{curl, "-s", "-o", os.DevNull, "-H", "X-Fairlead: " + p.key, "-b", p.cookie, p.origin + ofRun(run, "download?format=csv")}},
		command{label: "a file of the same bytes, net/http", args: []string{curl, "-s", "-o", os.DevNull, static.URL + "/static.csv"}}, "none")
}

// downloadWhileFetching begins a download as soon as there are columns, of a
// result that takes some seconds to come.
func (b *bench) downloadWhileFetching() error {
	stub := startAthenaStub(callLatency, 20_000_000).numbered()
	defer stub.Close()
	p, err := b.startPage(stub)
	if err != nil {
		return err
	}
	defer p.stop()
	for _, format := range downloadFormats {
		rows := 2_000_000
		if format == "xlsx" {
			rows = sheetMost
		}
		run, err := p.begin(rows)
		if err == nil {
			run, err = p.wait(run, func(r pageRun) bool { return len(r.Results) > 0 && len(r.Results[0].Columns) > 0 })
		}
		if err != nil {
			return err
		}
		from := time.Now()
		stop := p.watch()
		got, err := p.download(run, format, "")
		if err != nil {
			return fmt.Errorf("%s while it is fetched: %w", format, err)
		}
		most := stop()
		ended := time.Now()
		run, err = p.wait(run, pageRun.over)
		if err != nil {
			return err
		}
		fmt.Printf("  %-9d %-12s begun during the run: first byte %5.1f ms  whole %.2f s of a run of %.2f s  %s\n", run.rows(), format, ms(got.first), got.whole.Seconds(),
			ended.Sub(from).Seconds(), most)
		if err := p.call("DELETE", "/api/runs/"+run.ID, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// pageFirst measures from the first byte that the service sends of a result to
// when the page is told of rows, and to when it has them: what a browser has to
// wait for before it can draw.
func (b *bench) pageFirst() error {
	stub := startAthenaStub(callLatency, 0).numbered()
	defer stub.Close()
	p, err := b.startPage(stub)
	if err != nil {
		return err
	}
	defer p.stop()
	var told, had []time.Duration
	for range b.pairs {
		t, h, err := p.firstRows(stub)
		if err != nil {
			return err
		}
		told, had = append(told, t), append(had, h)
	}
	fmt.Printf("\nFirst rows of 1,000,000, from the service's answer with the first page (%d runs)\n  %-34s %s\n  %-34s %s\n", b.pairs,
		"the event that tells of rows", spread(told), "its rows, asked for and read", spread(had))
	return nil
}

func (p *pageServer) firstRows(stub *athenaStub) (told, had time.Duration, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := p.request("GET", "/api/events", nil)
	if err != nil {
		return 0, 0, err
	}
	answer, err := p.client.Do(r.WithContext(ctx))
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	run, err := p.begin(1_000_000)
	if err != nil {
		return 0, 0, err
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var event struct{ Run pageRun }
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			return 0, 0, err
		}
		if event.Run.ID != run.ID || event.Run.rows() == 0 {
			continue
		}
		began := time.Unix(0, stub.firstByte.Load())
		told = time.Since(began)
		var rows struct{ Rows [][]any }
		if err := p.call("GET", ofRun(run, "rows?from=0&count=200"), nil, &rows); err != nil {
			return 0, 0, err
		}
		had = time.Since(began)
		if len(rows.Rows) == 0 {
			return 0, 0, fmt.Errorf("no rows behind the event")
		}
		if _, err := p.wait(run, pageRun.over); err != nil {
			return 0, 0, err
		}
		return told, had, p.call("DELETE", "/api/runs/"+run.ID, nil, nil)
	}
	return 0, 0, fmt.Errorf("the events ended: %w", lines.Err())
}
