package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The first rows are told, can be read and begin every download while the
// statement still brings others; the rest follows.
func TestRowsAreThereWhileOthersCome(t *testing.T) {
	for _, format := range []string{"format=csv", "format=jsonl", "format=json", "format=csv&compress=gz", "format=parquet", "format=arrow", "format=xlsx", "format=insert"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			h := &held{rows: make(chan int)}
			v := atHeld(t, h)
			var run runDoc
			if status := v.call("POST", "/api/runs", map[string]any{"connection": "held", "text": "select"}, &run); status != 200 {
				t.Fatal(status)
			}
			h.rows <- 3
			v.events(func(e map[string]json.RawMessage) bool {
				v.call("GET", "/api/runs/"+run.ID, nil, &run)
				return run.Results[0].Rows == 3
			})
			at := "/api/runs/" + run.ID + "/results/0"
			var rows rowsDoc
			if v.call("GET", at+"/rows", nil, &rows); rows.Total != 3 || rows.Done || len(rows.Rows) != 3 {
				t.Fatalf("%+v", rows)
			}

			body := v.begin(at + "/download?" + format)
			defer body.Close()
			first := make([]byte, 1)
			if _, err := io.ReadFull(body, first); err != nil {
				t.Fatal("the first byte:", err)
			}
			h.rows <- 2000
			close(h.rows)
			rest, err := io.ReadAll(body)
			if err != nil {
				t.Fatal("the rest:", err)
			}
			if format == "format=csv" && (strings.Count(string(rest), "\n") != 2004 || !strings.HasSuffix(string(rest), "\n2003,row 2003\n")) {
				t.Errorf("%d lines", strings.Count(string(rest), "\n"))
			}
			_, _, whole := v.request("GET", at+"/download?"+format, nil, nil)
			if string(whole) != string(first)+string(rest) && !strings.Contains(format, "gz") && format != "format=xlsx" {
				t.Errorf("%d bytes, and %d when it is there", 1+len(rest), len(whole))
			}
		})
	}
}

// begin asks for something that goes on for long. It fails after a minute.
func (v *visitor) begin(path string) io.ReadCloser {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	v.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", v.server.Origin()+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set(keyHeader, v.key)
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		v.t.Fatal(resp.Status)
	}
	return resp.Body
}

// A sheet that cannot hold the rows is refused before anything is written.
func TestTooManyRowsForASheet(t *testing.T) {
	h := &held{rows: make(chan int, 32)}
	v := atHeld(t, h)
	for range 32 {
		h.rows <- 1 << 15
	}
	close(h.rows)
	run := v.run("held", "select", nil)
	status, header, data := v.request("GET", "/api/runs/"+run.ID+"/results/0/download?format=xlsx", nil, nil)
	if status != http.StatusBadRequest || header.Get("Content-Disposition") != "" || !strings.Contains(string(data), "1048575 rows") {
		t.Errorf("%d of %d rows: %v %.200s", status, run.Results[0].Rows, header, data)
	}
}
