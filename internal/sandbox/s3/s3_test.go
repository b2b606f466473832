package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
	"github.com/google/go-cmp/cmp"
)

// client talks to a store through a plain server that builds the wire.Call.
func client(t *testing.T) (*sdk.Client, *s3.Store, string) {
	t.Helper()
	store, err := s3.NewStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CreateBucket("results"); err != nil {
		t.Fatal(err)
	}
	handler := s3.NewHandler(store)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		handler.Serve(w, &wire.Call{Service: "s3", Region: "us-east-1", RequestID: "REQUEST1", Body: body, HTTP: r})
	}))
	t.Cleanup(server.Close)
	return sdk.New(sdk.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	}), store, server.URL
}

func put(t *testing.T, c *sdk.Client, key, content string) {
	t.Helper()
	if _, err := c.PutObject(t.Context(), &sdk.PutObjectInput{Bucket: aws.String("results"), Key: &key, Body: strings.NewReader(content)}); err != nil {
		t.Fatal(err)
	}
}

func code(err error) string {
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return refused.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestObjectsComeBackAsTheyWerePut(t *testing.T) {
	c, _, _ := client(t)
	for _, key := range []string{"a.csv", "deep/er/b.txt", "odd/ä ö/100%/x=1&y", "dots/../up", "double//slash", "star*?[x]", ".hidden/..", "trailing./x"} {
		content := "content of " + key
		put(t, c, key, content)
		out, err := c.GetObject(t.Context(), &sdk.GetObjectInput{Bucket: aws.String("results"), Key: &key})
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		got, err := io.ReadAll(out.Body)
		if err != nil || string(got) != content {
			t.Errorf("%s: %q, %v", key, got, err)
		}
		if *out.ContentLength != int64(len(content)) || aws.ToString(out.ETag) == "" || out.LastModified == nil {
			t.Errorf("%s: headers %v %v %v", key, *out.ContentLength, out.ETag, out.LastModified)
		}
	}
	head, err := c.HeadObject(t.Context(), &sdk.HeadObjectInput{Bucket: aws.String("results"), Key: aws.String("a.csv")})
	if err != nil || *head.ContentLength != 16 || len(*head.ETag) != 34 {
		t.Errorf("head: %v %v", head, err)
	}
}

func TestRangesAndConditions(t *testing.T) {
	c, _, _ := client(t)
	put(t, c, "x", "0123456789")
	whole, err := c.HeadObject(t.Context(), &sdk.HeadObjectInput{Bucket: aws.String("results"), Key: aws.String("x")})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		ask, match, want, span, code string
	}{
		{ask: "bytes=2-4", want: "234", span: "bytes 2-4/10"},
		{ask: "bytes=7-", want: "789", span: "bytes 7-9/10"},
		{ask: "bytes=7-100", want: "789", span: "bytes 7-9/10"},
		{ask: "bytes=-3", want: "789", span: "bytes 7-9/10"},
		{ask: "bytes=-100", want: "0123456789", span: "bytes 0-9/10"},
		{ask: "bytes=0-0", want: "0", span: "bytes 0-0/10"},
		{ask: "bytes=4-2", want: "0123456789"},
		{ask: "bytes=1-2,4-5", want: "0123456789"},
		{ask: "bytes=10-", code: "InvalidRange"},
		{ask: "bytes=2-4", match: *whole.ETag, want: "234", span: "bytes 2-4/10"},
		{ask: "bytes=2-4", match: `"other"`, code: "PreconditionFailed"},
	}
	for _, test := range tests {
		in := &sdk.GetObjectInput{Bucket: aws.String("results"), Key: aws.String("x"), Range: &test.ask}
		if test.match != "" {
			in.IfMatch = &test.match
		}
		out, err := c.GetObject(t.Context(), in)
		if test.code != "" {
			if code(err) != test.code {
				t.Errorf("%+v: %v", test, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		got, err := io.ReadAll(out.Body) // the SDK checks a checksum header here if one is sent
		if err != nil || string(got) != test.want || aws.ToString(out.ContentRange) != test.span {
			t.Errorf("%+v: %q %q %v", test, got, aws.ToString(out.ContentRange), err)
		}
	}
}

func TestIfRangeSendsTheWholeObjectOnceItChanged(t *testing.T) {
	_, store, url := client(t)
	object, err := store.Put("results", "x", strings.NewReader("0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	for condition, want := range map[string]string{object.ETag: "206 23", `"stale"`: "200 0123456789", object.Modified.UTC().Format(http.TimeFormat): "206 23"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/results/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Range", "bytes=2-3")
		r.Header.Set("If-Range", condition)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if got := fmt.Sprint(response.StatusCode, " ", string(body)); err != nil || got != want {
			t.Errorf("If-Range %s: %s, %v; want %s", condition, got, err, want)
		}
	}
}

func TestRefusalsAreS3sOwn(t *testing.T) {
	c, _, _ := client(t)
	ctx := t.Context()
	_, err := c.GetObject(ctx, &sdk.GetObjectInput{Bucket: aws.String("results"), Key: aws.String("nope")})
	var noKey *types.NoSuchKey
	if !errors.As(err, &noKey) {
		t.Errorf("missing key: %v", err)
	}
	if _, err = c.GetObject(ctx, &sdk.GetObjectInput{Bucket: aws.String("nowhere"), Key: aws.String("x")}); code(err) != "NoSuchBucket" {
		t.Errorf("missing bucket: %v", err)
	}
	if _, err = c.HeadObject(ctx, &sdk.HeadObjectInput{Bucket: aws.String("results"), Key: aws.String("nope")}); code(err) != "NotFound" {
		t.Errorf("head of a missing key: %v", err)
	}
	if _, err = c.DeleteObject(ctx, &sdk.DeleteObjectInput{Bucket: aws.String("results"), Key: aws.String("nope")}); err != nil {
		t.Errorf("deleting nothing: %v", err)
	}
	if _, err = c.PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String("results"), Key: aws.String(strings.Repeat("k", 1025)), Body: strings.NewReader("x")}); code(err) != "KeyTooLongError" {
		t.Errorf("long key: %v", err)
	}
	if _, err = c.CreateBucket(ctx, &sdk.CreateBucketInput{Bucket: aws.String("No_Bucket")}); code(err) != "InvalidBucketName" {
		t.Errorf("bad bucket name: %v", err)
	}
}

func TestListPagesFoldsAndDeletes(t *testing.T) {
	c, _, _ := client(t)
	for _, key := range []string{"a/1", "a/2", "a/b/3", "b", "c/1"} {
		put(t, c, key, key)
	}
	collect := func(in *sdk.ListObjectsV2Input) (keys, folders []string, pages int) {
		in.Bucket = aws.String("results")
		pager := sdk.NewListObjectsV2Paginator(c, in)
		for pager.HasMorePages() {
			out, err := pager.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			pages++
			for _, o := range out.Contents {
				keys = append(keys, *o.Key)
			}
			for _, p := range out.CommonPrefixes {
				folders = append(folders, *p.Prefix)
			}
		}
		return keys, folders, pages
	}
	keys, _, pages := collect(&sdk.ListObjectsV2Input{MaxKeys: aws.Int32(2)})
	if diff := cmp.Diff([]string{"a/1", "a/2", "a/b/3", "b", "c/1"}, keys); diff != "" || pages != 3 {
		t.Errorf("%d pages: %s", pages, diff)
	}
	keys, folders, _ := collect(&sdk.ListObjectsV2Input{Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)})
	if diff := cmp.Diff([][]string{{"b"}, {"a/", "c/"}}, [][]string{keys, folders}); diff != "" {
		t.Error(diff)
	}
	keys, folders, _ = collect(&sdk.ListObjectsV2Input{Prefix: aws.String("a/"), Delimiter: aws.String("/")})
	if diff := cmp.Diff([][]string{{"a/1", "a/2"}, {"a/b/"}}, [][]string{keys, folders}); diff != "" {
		t.Error(diff)
	}
	if _, err := c.DeleteObject(t.Context(), &sdk.DeleteObjectInput{Bucket: aws.String("results"), Key: aws.String("b")}); err != nil {
		t.Fatal(err)
	}
	if keys, _, _ = collect(&sdk.ListObjectsV2Input{Prefix: aws.String("b")}); len(keys) != 0 {
		t.Errorf("deleted key is still listed: %v", keys)
	}
}

func TestVirtualHostAndChunkedUpload(t *testing.T) {
	_, store, url := client(t)
	send := func(method, host, path, body string, head map[string]string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		for k, v := range head {
			r.Header.Set(k, v)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { response.Body.Close() })
		return response
	}
	chunked := map[string]string{"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "8"}
	if r := send(http.MethodPut, "results.s3.us-east-1.amazonaws.com", "/key", "5;chunk-signature=abc\r\nhello\r\n3\r\n yo\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", chunked); r.StatusCode != 200 {
		t.Fatalf("put: %s", r.Status)
	}
	file, _, err := store.Open("results", "key")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got, err := io.ReadAll(file); err != nil || !bytes.Equal(got, []byte("hello yo")) {
		t.Errorf("stored %q, %v", got, err)
	}
	if r := send(http.MethodPut, "results.localhost:4566", "/key", "zz\r\nbroken", chunked); r.StatusCode != 400 {
		t.Errorf("broken chunks: %s", r.Status)
	}
	r := send(http.MethodGet, "results.localhost:4566", "/key", "", nil)
	if body, err := io.ReadAll(r.Body); err != nil || string(body) != "hello yo" {
		t.Errorf("get: %q %v", body, err)
	}
	if r := send(http.MethodGet, "", "/results?location", "", nil); r.StatusCode != 200 {
		t.Errorf("location: %s", r.Status)
	}
}
