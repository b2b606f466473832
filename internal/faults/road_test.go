//go:build unix

package faults

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// road is the way from one cell of the matrix to its sandbox: an HTTP proxy
// that leaves requests as they were signed, and one for Redshift's wire. What
// goes wrong on a network goes wrong here; what goes wrong in a service is the
// sandbox's own business.
type road struct {
	http  *httptest.Server
	wire  net.Listener
	to    *http.Transport
	at    string // host:port of the sandbox
	sqlAt string // host:port of its Redshift wire
	work  sync.WaitGroup
	cut   int64 // how many bytes of a wire connection pass before it is cut within

	luck func() effect // what else may happen to any call; nil for nothing

	mu    sync.Mutex
	rules []*rule
	seen  []string // the calls in their order
	conns map[net.Conn]bool
}

// rule makes some calls go wrong, or does something when they pass.
type rule struct {
	call  string // "GetQueryResults"; "" for every call
	after int    // how many pass first
	times int    // how many it hits; 0 for all
	how   effect
	do    func() // called before the call goes on
}

// effect is what happens to a call on its way.
type effect int

const (
	nothing effect = iota
	resetBefore
	resetWithin
	slow
	refuse     // a status of a machine on the way, no word of the service
	badGateway // 503 as a load balancer sends it
)

const wireCall = "wire" // a connection to Redshift's wire, among the calls

func newRoad(endpoint, postgres string, tls bool) *road {
	r := &road{at: strings.TrimPrefix(endpoint, "http://"), sqlAt: postgres, conns: map[net.Conn]bool{},
		to: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}}
	r.http = httptest.NewUnstartedServer(r)
	r.http.Config.ErrorLog = quiet()
	if tls { // with a certificate that nobody trusts
		r.http.StartTLS()
	} else {
		r.http.Start()
	}
	wire, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err) // no loopback: nothing of this can be tested
	}
	r.wire = wire
	r.work.Go(r.acceptWire)
	return r
}

func (r *road) add(n rule) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules = append(r.rules, &n)
}

// clear mends the road.
func (r *road) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules = nil
}

// calls lists the calls seen so far.
func (r *road) calls() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.seen...)
}

// hangUp drops every connection, as a network does with a machine that slept.
func (r *road) hangUp() {
	r.http.CloseClientConnections()
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		reset(c)
	}
}

func (r *road) close() {
	_ = r.wire.Close()
	r.hangUp()
	r.http.Close()
	r.to.CloseIdleConnections()
	r.work.Wait()
}

// take notes a call and says what happens to it.
func (r *road) take(call string) effect {
	r.mu.Lock()
	how := nothing
	if r.luck != nil { // a road for hours: what passed is not kept
		how = r.luck()
	} else {
		r.seen = append(r.seen, call)
	}
	var todo []func()
	for _, n := range r.rules {
		if n.call != "" && n.call != call || n.times < 0 {
			continue
		}
		if n.after > 0 {
			n.after--
			continue
		}
		if n.times == 1 {
			n.times = -1
		} else if n.times > 1 {
			n.times--
		}
		how = max(how, n.how)
		if n.do != nil {
			todo = append(todo, n.do)
		}
	}
	r.mu.Unlock()
	for _, do := range todo {
		do()
	}
	return how
}

// ServeHTTP implements http.Handler.
func (r *road) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return // the client went away
	}
	how := r.take(callOf(in, body))
	switch how {
	case resetBefore:
		drop(w)
		return
	case refuse:
		http.Error(w, "upstream went away", http.StatusInternalServerError)
		return
	case badGateway:
		http.Error(w, "no healthy upstream", http.StatusServiceUnavailable)
		return
	}
	out := in.Clone(in.Context())
	out.URL, out.RequestURI = &url.URL{Scheme: "http", Host: r.at, Opaque: in.URL.Opaque, Path: in.URL.Path, RawPath: in.URL.RawPath, RawQuery: in.URL.RawQuery}, ""
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp, err := r.to.RoundTrip(out)
	if err != nil {
		drop(w)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		drop(w)
		return
	}
	answer = r.throughHere(resp, answer)
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	if in.Method != http.MethodHead {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	}
	w.WriteHeader(resp.StatusCode)
	switch {
	case how == resetWithin && in.Method != http.MethodHead:
		_, _ = w.Write(answer[:len(answer)/2])
		_ = http.NewResponseController(w).Flush()
		drop(w)
	case how == slow:
		r.trickle(w, in, answer)
	default:
		_, _ = w.Write(answer)
	}
}

// trickle sends a body in 20 pieces, each after a rest.
func (r *road) trickle(w http.ResponseWriter, in *http.Request, answer []byte) {
	rest := time.NewTicker(10 * time.Millisecond)
	defer rest.Stop()
	for size := len(answer)/20 + 1; len(answer) > 0; {
		n := min(size, len(answer))
		if _, err := w.Write(answer[:n]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		answer = answer[n:]
		select {
		case <-rest.C:
		case <-in.Context().Done():
			return
		}
	}
}

// throughHere puts the port of this road's wire where the sandbox tells its own.
func (r *road) throughHere(resp *http.Response, answer []byte) []byte {
	if resp.StatusCode != http.StatusOK || len(answer) > 1<<16 {
		return answer
	}
	_, port, _ := net.SplitHostPort(r.sqlAt)
	_, mine, _ := net.SplitHostPort(r.wire.Addr().String())
	for _, form := range []string{`"port":%`, `"Port":%`, "<Port>%<"} {
		answer = bytes.ReplaceAll(answer, []byte(strings.ReplaceAll(form, "%", port)), []byte(strings.ReplaceAll(form, "%", mine)))
	}
	return answer
}

// callOf names a call: the operation's name, or the portal's path.
func callOf(r *http.Request, body []byte) string {
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return operation
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
			return form.Get("Action")
		}
	}
	switch r.URL.Path {
	case "/token":
		return "CreateToken"
	case "/federation/credentials":
		return "GetRoleCredentials"
	case "/client/register":
		return "RegisterClient"
	case "/device_authorization":
		return "StartDeviceAuthorization"
	case "/assignment/accounts":
		return "ListAccounts"
	}
	return "s3 " + r.Method
}

// drop resets the connection under an answer.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		reset(conn)
	}
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

func (r *road) acceptWire() {
	for {
		in, err := r.wire.Accept()
		if err != nil {
			return
		}
		how := r.take(wireCall)
		if how == resetBefore || how == refuse || how == badGateway {
			reset(in)
			continue
		}
		out, err := net.Dial("tcp", r.sqlAt)
		if err != nil {
			reset(in)
			continue
		}
		r.mu.Lock()
		r.conns[in], r.conns[out] = true, true
		r.mu.Unlock()
		r.work.Go(func() { r.carry(in, out, nothing) })
		r.work.Go(func() { r.carry(out, in, how) })
	}
}

// carry copies one direction of a wire connection and closes both at its end.
func (r *road) carry(from, to net.Conn, how effect) {
	defer func() {
		r.mu.Lock()
		delete(r.conns, from)
		r.mu.Unlock()
		_ = from.Close()
		_ = to.Close()
	}()
	switch how {
	case resetWithin:
		_, _ = io.CopyN(to, from, r.cut)
		reset(to)
	case slow:
		rest := time.NewTicker(2 * time.Millisecond)
		defer rest.Stop()
		for {
			if _, err := io.CopyN(to, from, 16<<10); err != nil {
				return
			}
			<-rest.C
		}
	default:
		_, _ = io.Copy(to, from)
	}
}
