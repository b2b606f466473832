//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	stubPage = 1000 // rows of a page of GetQueryResults, the header among them
)

// athenaStub stands in for Athena and S3 with a canned result: as many rows as
// the statement's text says ("rows=1000000"), the same thousand over and over.
// Every call waits for the latency; perSecond, when not 0, is how many bytes a
// second one connection to S3 gets.
type athenaStub struct {
	*httptest.Server
	latency   time.Duration
	perSecond int64
	head      []byte // of the CSV
	block     []byte // a thousand rows of it
	first     []byte // the first page
	later     []byte // every other page, from the thousandth row of a block on

	// marks, when there are any, make each row of an object another: see
	// numbered. firstByte is when the first byte of the latest statement's
	// rows went out.
	marks     []mark
	firstByte atomic.Int64 // nanoseconds of Unix time
}

func startAthenaStub(latency time.Duration, perSecond int64) *athenaStub {
	s := &athenaStub{latency: latency, perSecond: perSecond}
	names := []string{"order_id", "order_date", "customer_id", "region", "channel", "status", "amount", "note"}
	kinds := []string{"bigint", "date", "bigint", "varchar", "varchar", "varchar", "decimal", "varchar"}
	var columns []any
	for i, name := range names {
		c := map[string]any{"Name": name, "Type": kinds[i]}
		if kinds[i] == "decimal" {
			c["Precision"], c["Scale"] = 18, 2
		}
		columns = append(columns, c)
	}
	rows := [][]string{names}
	for i := range stubPage {
		rows = append(rows, []string{strconv.Itoa(10_000_000 + i), fmt.Sprintf("2024-%02d-%02d", i%12+1, i%28+1), strconv.Itoa(700_000 + i*7),
			[]string{"north", "south", "east", "west"}[i%4], []string{"web", "shop", "phone"}[i%3], []string{"shipped", "open", "returned"}[i%3],
			fmt.Sprintf("%d.%02d", i*13%5000, i%100), "a note of some words, as people write them"})
	}
	line := func(b *bytes.Buffer, row []string) {
		b.WriteString(`"` + strings.Join(row, `","`) + "\"\n")
	}
	var head, block bytes.Buffer
	line(&head, names)
	for _, r := range rows[1:] {
		line(&block, r)
	}
	s.head, s.block = head.Bytes(), block.Bytes()
	s.first = stubRows(columns, rows[:stubPage])
	s.later = stubRows(columns, append([][]string{rows[stubPage]}, rows[1:stubPage]...))
	s.Server = httptest.NewServer(s)
	return s
}

func stubRows(columns []any, rows [][]string) []byte {
	var list []any
	for _, r := range rows {
		var data []any
		for _, v := range r {
			data = append(data, map[string]any{"VarCharValue": v})
		}
		list = append(list, map[string]any{"Data": data})
	}
	page, err := json.Marshal(map[string]any{"NextToken": "NEXT", "UpdateCount": 0,
		"ResultSet": map[string]any{"ResultSetMetadata": map[string]any{"ColumnInfo": columns}, "Rows": list}})
	if err != nil {
		panic(err)
	}
	return page
}

func (s *athenaStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	time.Sleep(s.latency)
	_, operation, called := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !called {
		s.object(w, r)
		return
	}
	var in struct{ QueryString, QueryExecutionId, NextToken string }
	_ = json.Unmarshal(body, &in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch operation {
	case "StartQueryExecution":
		s.firstByte.Store(0)
		_, rows, _ := strings.Cut(in.QueryString, "rows=")
		fmt.Fprintf(w, `{"QueryExecutionId":"q-%s"}`, strings.TrimSpace(rows))
	case "GetQueryExecution":
		fmt.Fprintf(w, `{"QueryExecution":{"QueryExecutionId":%q,"StatementType":"DML","SubstatementType":"SELECT","Status":{"State":"SUCCEEDED"},`+
			`"Statistics":{"DataScannedInBytes":1},"ResultConfiguration":{"OutputLocation":"s3://results/%s.csv"}}}`, in.QueryExecutionId, in.QueryExecutionId)
	case "GetQueryResults":
		s.firstByte.CompareAndSwap(0, time.Now().UnixNano())
		s.page(w, in.QueryExecutionId, in.NextToken)
	case "GetTables":
		glueTables(w, in.NextToken)
	default:
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":"UnknownOperationException","message":%q}`, operation)
	}
}

func stubCount(id string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "q-"))
	return n
}

func (s *athenaStub) page(w http.ResponseWriter, id, token string) {
	number, _ := strconv.Atoi(token)
	page, next := s.first, strconv.Itoa(number+1)
	if number > 0 {
		page = s.later
	}
	if left := stubCount(id) + 1 - number*stubPage; left <= stubPage {
		next = ""
		if left < stubPage { // the last row alone: the row counts are whole thousands
			var doc map[string]any
			_ = json.Unmarshal(page, &doc)
			set := doc["ResultSet"].(map[string]any)
			set["Rows"] = set["Rows"].([]any)[:left]
			page, _ = json.Marshal(doc)
		}
	}
	_, _ = w.Write(bytes.Replace(page, []byte("NEXT"), []byte(next), 1))
}

// object serves the result, whole or a range of it.
func (s *athenaStub) object(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimSuffix(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], ".csv")
	rows := stubCount(id)
	if rows == 0 {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	whole := &repeated{head: s.head, block: s.block, marks: s.marks, size: int64(len(s.head)) + int64(rows/stubPage)*int64(len(s.block))}
	w.Header().Set("Etag", `"`+id+`"`)
	if s.perSecond > 0 {
		w = &capped{ResponseWriter: w, perSecond: s.perSecond, began: time.Now()}
	}
	http.ServeContent(w, r, "", time.Unix(1_700_000_000, 0), whole)
}

// repeated is a head and a block over and over, with marks that differ.
type repeated struct {
	head, block []byte
	marks       []mark
	size, at    int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	from := r.head
	if r.at < int64(len(r.head)) {
		from = from[r.at:]
	} else {
		into := r.at - int64(len(r.head))
		place := int(into % int64(len(r.block)))
		n := copy(p, r.block[place:])
		number(p[:n], r.marks, place, into/int64(len(r.block)))
		r.at += int64(n)
		return n, nil
	}
	n := copy(p, from)
	r.at += int64(n)
	return n, nil
}

func (r *repeated) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		r.at = offset
	case io.SeekEnd:
		r.at = r.size + offset
	default:
		return 0, errors.New("not asked for")
	}
	return r.at, nil
}

// capped sends no faster than its rate.
type capped struct {
	http.ResponseWriter
	perSecond, sent int64
	began           time.Time
}

func (c *capped) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.sent += int64(n)
	if ahead := time.Duration(float64(c.sent)/float64(c.perSecond)*1e9) - time.Since(c.began); ahead > time.Millisecond {
		time.Sleep(ahead)
	}
	return n, err
}
