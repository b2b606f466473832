package sandbox_test

import (
	"bufio"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// dial sends bytes that no client would send.
func dial(t *testing.T, address, request string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_, _ = io.WriteString(c, request) // who is cut off early is answered no less
	return c
}

// What a page, another program or another user can send to the sandbox's port
// gets a refusal, or a page that anybody may see.
func TestOddRequests(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	host := strings.TrimPrefix(s.Ready().Endpoint, "http://")
	admin := strings.TrimPrefix(s.Ready().Admin, s.Ready().Endpoint)
	for name, c := range map[string]struct {
		request string
		want    []int
	}{
		"another's name":             {"GET /start HTTP/1.1\r\nHost: evil.example\r\n\r\n", []int{421}},
		"another's name in full":     {"GET http://evil.example/start HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{421}},
		"another's name, switches":   {"POST ADMIN/expire HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\n{}", []int{421}},
		"no host":                    {"GET /start HTTP/1.0\r\n\r\n", []int{421}},
		"another's slow body":        {"POST /start HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 100\r\n\r\n{", []int{421}},
		"two hosts":                  {"GET /start HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n", []int{400}},
		"another site's form":        {"POST ADMIN/expire HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example\r\nContent-Length: 2\r\n\r\n{}", []int{403}},
		"a form to the sign-in":      {"POST /device HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n", []int{403}},
		"a form of another port":     {"POST /authorize HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: same-site\r\nContent-Length: 0\r\n\r\n", []int{403}},
		"a long path":                {"GET /" + strings.Repeat("a", 80<<10) + " HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{431}},
		"a long header":              {"GET /start HTTP/1.1\r\nHost: HOST\r\nX: " + strings.Repeat("a", 80<<10) + "\r\n\r\n", []int{431}},
		"a body without end":         {"POST / HTTP/1.1\r\nHost: HOST\r\nX-Amz-Target: AmazonAthena.ListWorkGroups\r\nContent-Length: 99999999999\r\n\r\n{", []int{413}},
		"the switches through dots":  {"GET /start/..ADMIN/clock HTTP/1.1\r\nHost: evil.example\r\n\r\n", []int{421}},
		"the switches by a guess":    {"GET /_sandbox/aaaaaaaaaaaaaaaaaaaaaaaaaa/clock HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 403, 404}},
		"the switches without token": {"GET /_sandbox/ HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 403, 404}},
		"an object above the store":  {"GET /bucket/../../../../etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 403, 404}},
		"the same in disguise":       {"GET /bucket/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 403, 404}},
		"a NUL":                      {"GET /bucket/a%00b HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 403, 404}},
		"a backslash":                {"GET /bucket\\..\\..\\etc HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 403, 404}},
		"two slashes":                {"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 403, 404}},
		"an unsigned call":           {"POST / HTTP/1.1\r\nHost: HOST\r\nX-Amz-Target: DynamoDB_20120810.Scan\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 20\r\n\r\n{\"TableName\":\"shop\"}", []int{400, 403}},
		"an unsigned upload":         {"PUT /bucket/key HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\n\r\nx", []int{403}},
		"a tunnel":                   {"CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n", []int{400, 403, 404, 405, 421}},
	} {
		t.Run(name, func(t *testing.T) {
			request := strings.NewReplacer("HOST", host, "ADMIN", admin).Replace(c.request)
			resp, err := http.ReadResponse(bufio.NewReader(dial(t, host, request)), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			ok := false
			for _, want := range c.want {
				ok = ok || resp.StatusCode == want
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Error(err)
			}
			if !ok || resp.Header.Get("Location") != "" || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%d, want %v, with %v", resp.StatusCode, c.want, resp.Header)
			}
		})
	}
}

// What is no PostgreSQL client is sent away, and what it claims to send is not
// waited for with memory in hand.
func TestOddClients(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, bytes := range map[string]string{
		"a web browser":              "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"a start of two gigabytes":   "\x7f\xff\xff\xff\x00\x03\x00\x00",
		"a start of less than none":  "\xff\xff\xff\xff\x00\x03\x00\x00",
		"a start of nothing":         "\x00\x00\x00\x00",
		"an unknown protocol":        "\x00\x00\x00\x08\x00\x09\x00\x00",
		"no end to the parameters":   "\x00\x00\x00\x0c\x00\x03\x00\x00user",
		"plain words before TLS":     "\x00\x00\x00\x08\x04\xd2\x16\x2f" + "\x00\x00\x00\x13\x00\x03\x00\x00user\x00admin\x00\x00",
		"another's cancelled":        "\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x01",
		"a password before its name": "p\x00\x00\x00\x08abc\x00",
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, s.Ready().Postgres, bytes)
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.CloseWrite() // it says no more, and is not waited for
			}
			answer, _ := io.ReadAll(c)
			if strings.Contains(string(answer), "AuthenticationOk") || len(answer) > 4096 || len(answer) > 8 && string(answer[:9]) == "R\x00\x00\x00\x08\x00\x00\x00\x00" {
				t.Errorf("it was let in: %q", answer)
			}
		})
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 256<<20 {
		t.Errorf("%d bytes were taken", taken)
	}
}

// A second user of the machine finds nothing of the sandbox's open to him.
func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits there")
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	s := start(t, sandbox.Options{SignedIn: true})
	seen := 0
	if err := filepath.WalkDir(temporary, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == temporary {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		seen++
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if d.IsDir() && path != filepath.Dir(s.Ready().Home) {
			return filepath.SkipDir // below a folder of one's own nobody gets
		}
		return nil
	}); err != nil || seen == 0 {
		t.Errorf("%d files, %v", seen, err)
	}
}
