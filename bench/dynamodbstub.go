//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// dynamoStub stands in for DynamoDB with canned pages of 1 MB: 100,000 items of
// about 300 bytes in 29 pages. The pages are dealt out to the segments of a scan.
// A signature is not looked at: what is measured is reading.
type dynamoStub struct {
	latency time.Duration
	pages   [][]byte // the items of each page, with the brackets
	counts  []int
}

const (
	stubItems     = 100_000
	stubItemsPage = 3449 // 29 pages
	dynamoStubArg = "dynamodb-stub"
)

// withDynamoStub runs the stand-in as a process of its own: a child's peak
// memory is told as no less than its parent's, and the pages are large.
func withDynamoStub(home string, latency time.Duration, repeat int, use func(url string, env []string) error) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, dynamoStubArg, latency.String(), strconv.Itoa(repeat))
	cmd.Stderr = os.Stderr
	stop, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { _ = stop.Close(); _ = cmd.Wait() }()
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the stand-in did not start: %w", err)
	}
	url = strings.TrimSpace(url)
	return use(url, []string{"HOME=" + home, "FAIRLEAD_HOME=" + filepath.Join(home, "fairlead"), "AWS_ENDPOINT_URL=" + url, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + filepath.Join(home, ".aws", "config"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(home, ".aws", "credentials")})
}

// serveDynamoStub serves until its standard input ends.
func serveDynamoStub(latency, repeat string) {
	wait, err := time.ParseDuration(latency)
	times, also := strconv.Atoi(repeat)
	if err = errors.Join(err, also); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	server := httptest.NewServer(newDynamoStub(wait, times))
	fmt.Println(server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	server.Close()
}

func newDynamoStub(latency time.Duration, repeat int) *dynamoStub {
	s := &dynamoStub{latency: latency}
	for range repeat {
		for from := 0; from < stubItems; from += stubItemsPage {
			to := min(from+stubItemsPage, stubItems)
			var page bytes.Buffer
			for i := from; i < to; i++ {
				sep := byte(',')
				if i == from {
					sep = '['
				}
				page.WriteByte(sep)
				fmt.Fprintf(&page, `{"pk":{"S":"CUSTOMER#%06d"},"sk":{"S":"ORDER#2025-%02d-%02d#%06d"},"entity":{"S":"order"},"order_id":{"N":"%d"},`+
					`"status":{"S":"%s"},"total":{"N":"%d.%02d"},"currency":{"S":"EUR"},"gift":{"BOOL":%t},"note":{"S":"%s"},`+
					`"address":{"M":{"city":{"S":"Zürich"},"zip":{"S":"8001"},"lat":{"N":"47.3769%02d"}}},"tags":{"SS":["early","trade"]},"lines":{"L":[{"N":"%d"},{"S":"SKU-%04d"}]}}`,
					i/10, i%12+1, i%28+1, i, 10_000_000+i, []string{"NEW", "PAID", "SHIPPED"}[i%3], i*13%5000, i%100, i%2 == 0,
					strings.Repeat("a note of some words ", 5), i%100, i%7, i%2000)
			}
			page.WriteByte(']')
			s.pages, s.counts = append(s.pages, page.Bytes()), append(s.counts, to-from)
		}
	}
	return s
}

func (s *dynamoStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Segment, TotalSegments int
		ExclusiveStartKey      map[string]map[string]string
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &in)
	var out bytes.Buffer
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeTable") {
		fmt.Fprintf(&out, `{"Table":{"TableName":"bench","TableStatus":"ACTIVE","ItemCount":%d,"TableSizeBytes":%d,"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},`+
			`"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]}}`,
			len(s.pages)*stubItemsPage, len(s.pages)<<20)
	} else {
		at := in.Segment
		if key := in.ExclusiveStartKey["pk"]["S"]; key != "" {
			at, _ = strconv.Atoi(key)
		}
		s.page(&out, at, max(in.TotalSegments, 1))
	}
	time.Sleep(s.latency)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(out.Bytes())), 10))
	_, _ = w.Write(out.Bytes())
}

// page writes page number at; its segment goes on with the page that many on.
func (s *dynamoStub) page(out *bytes.Buffer, at, segments int) {
	if at >= len(s.pages) {
		out.WriteString(`{"Items":[],"Count":0,"ScannedCount":0,"ConsumedCapacity":{"TableName":"bench","CapacityUnits":0.5}}`)
		return
	}
	out.Grow(len(s.pages[at]) + 256)
	fmt.Fprintf(out, `{"Count":%d,"ScannedCount":%d,"ConsumedCapacity":{"TableName":"bench","CapacityUnits":128.5},"Items":`, s.counts[at], s.counts[at])
	out.Write(s.pages[at])
	if at+segments < len(s.pages) {
		fmt.Fprintf(out, `,"LastEvaluatedKey":{"pk":{"S":"%d"}}`, at+segments)
	}
	out.WriteByte('}')
}
