package front

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// recorder remembers what was answered, and drops the connection half way
// through the body when cut is set.
type recorder struct {
	http.ResponseWriter
	cut      bool
	onStatus func(int) // told once, before the status is sent
	wrote    bool
	status   int
	sent     int64
}

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.wrote, w.status = true, status
		if w.onStatus != nil {
			w.onStatus(status)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	if !w.cut {
		n, err := w.ResponseWriter.Write(b)
		w.sent += int64(n)
		return n, err
	}
	// Half of what was announced, or of the first piece when nothing was.
	limit := int64(len(b)) / 2
	if announced, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64); err == nil {
		limit = announced/2 - w.sent
	}
	if limit >= int64(len(b)) {
		n, err := w.ResponseWriter.Write(b)
		w.sent += int64(n)
		return n, err
	}
	_, _ = w.ResponseWriter.Write(b[:max(limit, 0)])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler) // the server then closes the connection without finishing the body
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// callLog writes one line per call. It never sees a secret: service, operation,
// principal, status, code and duration are all it is given.
type callLog struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *callLog) write(at time.Time, x *exchange, took time.Duration) {
	if l.w == nil {
		return
	}
	who := x.key.Principal.ARN
	if who == "" {
		who = "-"
	}
	name := x.route.service + " " + x.route.operation
	if x.route.protocol == page {
		name = "signin " + x.r.Method
	}
	status := x.w.status
	if status == 0 && x.code == "" {
		status = http.StatusOK // net/http sends it for a handler that wrote nothing
	}
	line := fmt.Sprintf("%s %s %s %d %s", at.Format("15:04:05.000"), name, who, status, took.Round(10*time.Microsecond))
	if x.code != "" {
		line += " " + printable(x.code)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.w, strings.TrimSpace(line)+"\n") // a log that cannot be written must not fail the call
}

// grantOf is the grant type of a CreateToken body, shortened to its last word.
func grantOf(body []byte) string {
	var in struct {
		GrantType string `json:"grantType"`
	}
	if json.Unmarshal(body, &in) != nil {
		return ""
	}
	switch in.GrantType {
	case "refresh_token", "authorization_code":
		return in.GrantType
	case "urn:ietf:params:oauth:grant-type:device_code":
		return "device_code"
	}
	return ""
}
