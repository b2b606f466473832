package s3object

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/session"
)

// store is a bucket of one object; each request may go wrong as the test says.
type store struct {
	mu      sync.Mutex
	body    []byte
	etag    string
	ranges  []string
	signers []string
	// wrong answers in the place of the store; nil or false leaves it to it.
	wrong func(n int, w http.ResponseWriter, r *http.Request) bool
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	s.signers = append(s.signers, r.Header.Get("Authorization"))
	n, body, etag, wrong := len(s.ranges), s.body, s.etag, s.wrong
	s.mu.Unlock()
	if wrong != nil && wrong(n, w, r) {
		return
	}
	serve(w, r, body, etag, len(body))
}

// serve answers a range, of which at most most bytes are sent before the
// connection breaks.
func serve(w http.ResponseWriter, r *http.Request, body []byte, etag string, most int) {
	if want := r.Header.Get("If-Match"); want != "" && want != etag {
		refuse(w, 412, "PreconditionFailed")
		return
	}
	var from, to int64
	fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to)
	if from >= int64(len(body)) {
		refuse(w, 416, "InvalidRange")
		return
	}
	to = min(to, int64(len(body))-1)
	w.Header().Set("Etag", etag)
	w.Header().Set("Content-Length", fmt.Sprint(to-from+1))
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(body)))
	w.WriteHeader(206)
	part := body[from : to+1]
	if most < len(part) {
		w.Write(part[:most])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(part)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Amz-Request-Id", "r-1")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>on purpose</Message></Error>", code)
}

func content(size int) []byte {
	b := make([]byte, size)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// keys are credentials that can be fetched anew.
type keys struct {
	mu    sync.Mutex
	issue int
}

func (k *keys) Retrieve(context.Context) (aws.Credentials, error) {
	c, _ := k.Current()
	return c, nil
}

func (k *keys) Current() (aws.Credentials, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return aws.Credentials{AccessKeyID: fmt.Sprintf("ASIA%d", k.issue), SecretAccessKey: "s", SessionToken: "t"}, true
}

func (k *keys) Invalidate(refused aws.Credentials) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if refused.AccessKeyID == fmt.Sprintf("ASIA%d", k.issue) {
		k.issue++
	}
	return true
}

func clientOf(t *testing.T, h http.Handler) *Client {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return New(&session.Session{
		Config:   aws.Config{Region: "us-east-1", Credentials: &keys{}, HTTPClient: server.Client()},
		Endpoint: func(string) (string, string) { return server.URL, "test" },
	})
}

const size = 3*partSize + 12345

func TestReadsInOrder(t *testing.T) {
	for _, n := range []int{0, 1, chunkSize, partSize - 1, partSize, partSize + 1, size} {
		for _, ranges := range []int{1, 2, 4} {
			s := &store{body: content(n), etag: `"a"`}
			r, err := clientOf(t, s).Open(t.Context(), "b", "k", Options{Ranges: ranges})
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, s.body) || r.Size() != int64(n) {
				t.Errorf("%d bytes by %d ranges: %d, %v", n, ranges, len(got), err)
			}
			if want := max(1, (n+partSize-1)/partSize); ranges > 1 && len(s.ranges) != want || ranges == 1 && len(s.ranges) != 1 {
				t.Errorf("%d bytes by %d ranges: asked for %v", n, ranges, s.ranges)
			}
			r.Close()
		}
	}
}

// More ranges than are read at once, a reader that is slower than the network
// and one that is faster.
func TestManyRanges(t *testing.T) {
	s := &store{body: content(11*partSize + 1), etag: `"a"`}
	for _, portion := range []int{1000, chunkSize * 3} {
		r, err := clientOf(t, s).Open(t.Context(), "b", "k", Options{Ranges: 3})
		if err != nil {
			t.Fatal(err)
		}
		at, buf := 0, make([]byte, portion)
		for {
			n, err := r.Read(buf)
			if !bytes.Equal(buf[:n], s.body[at:at+n]) {
				t.Fatalf("other bytes at %d", at)
			}
			at += n
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if at != len(s.body) || r.Ranges() != 3 {
			t.Errorf("%d bytes of %d by %d ranges", at, len(s.body), r.Ranges())
		}
		r.Close()
	}
}

// Whatever goes wrong in passing, every byte comes once and in order.
func TestPassingFailuresAreMended(t *testing.T) {
	body := content(size)
	for name, wrong := range map[string]func(n int, w http.ResponseWriter, r *http.Request) bool{
		"slow down": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n <= 2 {
				refuse(w, 503, "SlowDown")
			}
			return n <= 2
		},
		"internal error": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n%2 == 1 && n < 8 {
				refuse(w, 500, "InternalError")
			}
			return n%2 == 1 && n < 8
		},
		"cut before the answer": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n%3 == 1 && n < 8 {
				panic(http.ErrAbortHandler)
			}
			return false
		},
		"cut in the middle": func(n int, w http.ResponseWriter, r *http.Request) bool {
			serve(w, r, body, `"a"`, 700_000)
			return true
		},
		"expired credentials": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.Header.Get("Authorization"), "ASIA0") && n > 1 {
				refuse(w, 400, "ExpiredToken")
				return true
			}
			return false
		},
		"another region": func(n int, w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/s3/") {
				w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
				refuse(w, 301, "PermanentRedirect")
				return true
			}
			return false
		},
		"a clock that is off": func(n int, w http.ResponseWriter, r *http.Request) bool {
			now := time.Now().Add(-20 * time.Minute)
			w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
			signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			if err != nil || now.Sub(signed).Abs() > 15*time.Minute {
				refuse(w, 403, "RequestTimeTooSkewed")
				return true
			}
			return false
		},
		"ranges ignored": func(n int, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.Write(body)
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &store{body: body, etag: `"a"`, wrong: wrong}
			r, err := clientOf(t, s).Open(t.Context(), "b", "k", Options{Ranges: 4})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}

// What cannot be mended is an error, never other bytes.
func TestLastingFailuresAreToldApart(t *testing.T) {
	body := content(size)
	changed := func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n > 2 {
			serve(w, r, content(size), `"b"`, size)
			return true
		}
		return false
	}
	later := func(do func(w http.ResponseWriter, r *http.Request)) func(int, http.ResponseWriter, *http.Request) bool {
		return func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n > 1 {
				do(w, r)
			}
			return n > 1
		}
	}
	code := func(want string) func(error) bool {
		return func(err error) bool {
			var e *Error
			return errors.As(err, &e) && e.Code == want && e.RequestID == "r-1"
		}
	}
	for name, c := range map[string]struct {
		wrong func(int, http.ResponseWriter, *http.Request) bool
		is    func(error) bool
	}{
		"changed":         {changed, func(err error) bool { return errors.Is(err, ErrChanged) }},
		"changed, no 412": {later(func(w http.ResponseWriter, r *http.Request) { r.Header.Del("If-Match"); serve(w, r, body, `"b"`, size) }), func(err error) bool { return errors.Is(err, ErrChanged) }},
		"grown":           {later(func(w http.ResponseWriter, r *http.Request) { serve(w, r, append(body, 1), `"a"`, size) }), func(err error) bool { return errors.Is(err, ErrChanged) }},
		"shrunk":          {later(func(w http.ResponseWriter, r *http.Request) { serve(w, r, body[:10], `"a"`, size) }), func(err error) bool { return errors.Is(err, ErrChanged) }},
		"deleted":         {later(func(w http.ResponseWriter, r *http.Request) { refuse(w, 404, "NoSuchKey") }), Gone},
		"denied":          {later(func(w http.ResponseWriter, r *http.Request) { refuse(w, 403, "AccessDenied") }), code("AccessDenied")},
		"always failing":  {later(func(w http.ResponseWriter, r *http.Request) { refuse(w, 500, "InternalError") }), code("InternalError")},
		"another range": {later(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Range", "bytes=0-99")
			serve(w, r, body, `"a"`, size)
		}), func(err error) bool { var s *strange; return errors.As(err, &s) }},
		"a proxy's answer": {later(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>log in</html>") }), func(err error) bool { return err != nil }},
		"never any bytes":  {later(func(w http.ResponseWriter, r *http.Request) { serve(w, r, body, `"a"`, 0) }), onWire},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &store{body: body, etag: `"a"`, wrong: c.wrong}
			r, err := clientOf(t, s).Open(t.Context(), "b", "k", Options{Ranges: 4})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if !c.is(err) {
				t.Errorf("%v", err)
			}
			if !bytes.HasPrefix(body, got) {
				t.Error("other bytes were delivered")
			}
			if _, again := r.Read(make([]byte, 1)); again == nil {
				t.Error("reading went on after the error")
			}
		})
	}
}

func TestOpenTellsWhatBars(t *testing.T) {
	for code, status := range map[string]int{"AccessDenied": 403, "NoSuchKey": 404, "NoSuchBucket": 404} {
		s := &store{wrong: func(n int, w http.ResponseWriter, r *http.Request) bool { refuse(w, status, code); return true }}
		_, err := clientOf(t, s).Open(t.Context(), "b", "k", Options{Ranges: 4})
		var e *Error
		if !errors.As(err, &e) || e.Code != code || Gone(err) != (status == 404) || len(s.ranges) != 1 {
			t.Errorf("%s: %v after %d calls", code, err, len(s.ranges))
		}
	}
}

func TestCloseEndsWhatIsOnItsWay(t *testing.T) {
	s := &store{body: content(size), etag: `"a"`, wrong: func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n > 1 {
			<-r.Context().Done()
		}
		return n > 1
	}}
	r, err := clientOf(t, s).Open(t.Context(), "b", "k", Options{Ranges: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, partSize)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestOpenHeedsItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &store{wrong: func(n int, w http.ResponseWriter, r *http.Request) bool { cancel(); <-r.Context().Done(); return true }}
	if _, err := clientOf(t, s).Open(ctx, "b", "k", Options{Ranges: 4}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ endpoint, region, bucket, key, want string }{
		{"", "us-east-1", "b", "p/k.csv", "https://b.s3.us-east-1.amazonaws.com/p/k.csv"},
		{"", "eu-west-1", "b.c", "k", "https://s3.eu-west-1.amazonaws.com/b.c/k"},
		{"", "cn-north-1", "b", "k", "https://b.s3.cn-north-1.amazonaws.com.cn/k"},
		{"", "us-isob-east-1", "b", "k", "https://b.s3.us-isob-east-1.sc2s.sgov.gov/k"},
		{"http://127.0.0.1:1", "us-east-1", "b", "a b/ü+%.csv", "http://127.0.0.1:1/b/a%20b/%C3%BC%2B%25.csv"},
	} {
		s := &session.Session{Config: aws.Config{Region: c.region}, Endpoint: func(string) (string, string) { return c.endpoint, "" }}
		u, err := New(s).url(c.bucket, c.key)
		if err != nil || u.String() != c.want {
			t.Errorf("%+v: %v, %v", c, u, err)
		}
	}
}

func TestObjectIsReadAnywhere(t *testing.T) {
	body := content(5*blockSize + 77)
	s := &store{body: body, etag: `"a"`, wrong: func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 3 {
			serve(w, r, body, `"a"`, 1000)
		}
		return n == 3
	}}
	o, err := clientOf(t, s).Object(t.Context(), "b", "k")
	if err != nil || o.Size() != int64(len(body)) {
		t.Fatal(o, err)
	}
	for _, c := range [][2]int{{len(body) - 8, 8}, {0, 10}, {blockSize - 3, 2*blockSize + 6}, {5 * blockSize, 77}, {7, 0}} {
		got := make([]byte, c[1])
		if n, err := o.ReadAt(got, int64(c[0])); n != len(got) || err != nil || !bytes.Equal(got, body[c[0]:c[0]+c[1]]) {
			t.Errorf("%v: %d, %v", c, n, err)
		}
	}
	if n, err := o.ReadAt(make([]byte, 10), int64(len(body))-4); n != 4 || err != io.EOF {
		t.Errorf("%d, %v", n, err)
	}
	s.mu.Lock()
	s.etag = `"b"`
	s.mu.Unlock()
	if _, err := o.ReadAt(make([]byte, 1), 4*blockSize); !errors.Is(err, ErrChanged) {
		t.Errorf("%v", err)
	}
	empty, err := clientOf(t, &store{etag: `"a"`}).Object(t.Context(), "b", "k")
	if err != nil || empty.Size() != 0 {
		t.Errorf("%v, %v", empty, err)
	}
}

// A range that comes near its end makes way for another one: the latency of the
// next passes meanwhile. The first range's last chunk is held back here until
// the third range was asked for, of which two are read at once.
func TestAsksAhead(t *testing.T) {
	s := &store{body: content(4*partSize + 7), etag: `"a"`}
	third := make(chan struct{})
	s.wrong = func(n int, w http.ResponseWriter, r *http.Request) bool {
		switch n {
		case 3:
			close(third)
		case 1:
			w.Header().Set("Etag", s.etag)
			w.Header().Set("Content-Length", fmt.Sprint(partSize))
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", partSize-1, len(s.body)))
			w.WriteHeader(206)
			w.Write(s.body[:partSize-chunkSize])
			w.(http.Flusher).Flush()
			select {
			case <-third:
			case <-r.Context().Done():
			}
			w.Write(s.body[partSize-chunkSize : partSize])
			return true
		}
		return false
	}
	r, err := clientOf(t, s).Open(t.Context(), "b", "k", Options{Ranges: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, s.body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
