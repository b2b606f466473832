// Package front is the sandbox's one HTTP endpoint. It reads a request to its
// end, tells which service and operation is meant, checks signature, expiry and
// permission, hands the call to the service and writes the answer in that
// service's protocol. It also plays the faults a test asked for, and counts.
//
// It refuses to know what any service does: a service is a wire.JSONService, a
// wire.QueryService or the S3 function in Options.
//
//	f := front.New(front.Options{Store: store, Region: "us-east-1", Query: map[string]wire.QueryService{"sts": sts}})
//	http.Serve(listener, f)
package front

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
	"github.com/fairleadhq/fairlead/internal/sandbox/signature"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// maxBody bounds a request's body; the largest legitimate one here is an object
// for S3 or a 16 MB DynamoDB batch.
const maxBody = 64 << 20

// bodyTimeout bounds how long a body may take to arrive.
const bodyTimeout = 2 * time.Minute

// Options are what a Front needs. Store and Region are required.
type Options struct {
	Store  *identity.Store
	Region string // the sandbox's own region

	JSON    map[string]wire.JSONService           // by signing name
	Query   map[string]wire.QueryService          // by signing name
	S3      func(http.ResponseWriter, *wire.Call) // writes its own answers
	SSO     wire.JSONService                      // SSO-OIDC and portal; unsigned, by path
	Pages   *http.ServeMux                        // pages for people
	Admin   http.Handler                          // the switches
	AdminAt string                                // path of Admin, secret; what is below it belongs to Admin too

	Faults   *Faults
	Counters *Counters
	Log      io.Writer // one line per call; nil for silence
}

// Front serves all of the sandbox's HTTP. It is safe for concurrent use.
type Front struct {
	opts Options
	log  *callLog
}

// New makes a Front.
func New(o Options) *Front {
	if o.Faults == nil {
		o.Faults = &Faults{}
	}
	if o.Counters == nil {
		o.Counters = &Counters{}
	}
	return &Front{opts: o, log: &callLog{w: o.Log}}
}

// ServeHTTP answers one request.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	// Clients correct their clock by this header, so it must tell the sandbox's time.
	w.Header().Set("Date", f.opts.Store.Now().Format(http.TimeFormat))
	w.Header().Set("Server", "fairlead-sandbox")
	if !loopbackHost(r.Host) {
		// A page elsewhere may have pointed its own name at 127.0.0.1. What it
		// sends besides is not waited for.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now())
		w.Header().Set("Connection", "close")
		http.Error(w, "This endpoint answers only to loopback names.", http.StatusMisdirectedRequest)
		return
	}
	// The whole body is read before anything is written: see settle.
	body, err := readBody(w, r)
	if err != nil {
		status := http.StatusBadRequest
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "The request body could not be read: "+err.Error(), status)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if f.opts.Admin != nil && under(r.URL.Path, f.opts.AdminAt) {
		f.opts.Admin.ServeHTTP(w, r)
		return
	}
	x := &exchange{front: f, w: &recorder{ResponseWriter: w}, r: r, body: body, read: time.Now(), id: requestID()}
	defer func() { f.log.write(f.opts.Store.Now(), x, time.Since(started)) }()
	x.serve(r.Context())
}

// under tells whether a path is that of a folder, or below it.
func under(path, folder string) bool {
	rest, ok := strings.CutPrefix(path, folder)
	return ok && (rest == "" || rest[0] == '/')
}

// readBody reads the whole body under a deadline of its own: the server's
// ReadTimeout would go on to cut short calls that take long to answer.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		w.Header().Set("Connection", "close")
		return nil, &http.MaxBytesError{Limit: maxBody}
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // not all writers of tests have deadlines
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	return body, err
}

// exchange is one request on its way through the front.
type exchange struct {
	front  *Front
	w      *recorder
	r      *http.Request
	body   []byte
	read   time.Time // when the body had arrived
	id     string
	route  route
	signed *signature.Signed
	key    identity.Key
	code   string // error code of the answer, for the log and the counters
}

func (x *exchange) serve(ctx context.Context) {
	signed, refusal := signature.Parse(x.r)
	x.signed = signed
	x.route = x.front.find(x.r, signed, x.body)
	if x.route.protocol == page {
		x.route.pages.ServeHTTP(x.w, x.r)
		return
	}
	x.front.opts.Counters.call(x.route)
	defer x.recoverPanic()

	fault := x.front.opts.Faults.take(x.route.service, x.route.operation)
	if !wait(ctx, fault.latency) {
		return
	}
	x.w.cut = fault.cut
	if err := fault.answer(x.route); err != nil {
		x.fail(err)
		return
	}
	if err := x.admit(refusal); err != nil {
		x.fail(err)
		return
	}
	x.dispatch(ctx)
}

// admit finds out who calls and whether they may.
func (x *exchange) admit(refusal *signature.Refusal) *wire.Error {
	if x.route.err != nil {
		return x.route.err
	}
	if x.route.unsigned {
		return nil
	}
	if refusal != nil {
		return x.front.refuse(x.route, refusal)
	}
	key, known := x.front.opts.Store.Key(x.signed.AccessKeyID)
	if !known {
		return x.front.refuse(x.route, &signature.Refusal{Reason: signature.UnknownKey, KeyID: x.signed.AccessKeyID})
	}
	rules := signature.Rules{
		Service: x.route.service,
		// One endpoint stands for all regions, so that a person who overrides
		// the region still finds the lake and the warehouse.
		Region: regionLike,
		Now:    x.front.opts.Store.Now(),
	}
	onFile := signature.Key{Secret: key.Secret, Token: key.Token, Expires: key.Expires}
	if refusal := x.signed.Verify(rules, onFile, x.body); refusal != nil {
		return x.front.refuse(x.route, refusal)
	}
	x.key = key
	return x.permit()
}

// regionLike takes names of the form of AWS's regions: eu-west-1, us-gov-east-1.
func regionLike(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || len(parts[0]) != 2 {
		return false
	}
	for _, word := range parts[:len(parts)-1] {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	last := parts[len(parts)-1]
	return len(last) == 1 && last[0] >= '1' && last[0] <= '9'
}

func (x *exchange) dispatch(ctx context.Context) {
	call := &wire.Call{
		Service:   x.route.service,
		Operation: x.route.operation,
		Region:    x.region(),
		Principal: x.key.Principal,
		RequestID: x.id,
		Body:      x.body,
		HTTP:      x.r,
		May:       func(action string) bool { return x.front.opts.Store.Allowed(x.key, action) },
	}
	var result any
	var err error
	switch {
	case x.route.s3 != nil:
		call.Operation = ""
		x.w.Header().Set("x-amz-request-id", x.id)
		x.w.onStatus = func(status int) {
			if status >= http.StatusBadRequest {
				x.failed(fmt.Sprintf("HTTP %d", status))
			}
		}
		x.route.s3(x.w, call)
		return
	case x.route.query != nil:
		result, err = x.route.query.Query(ctx, call, x.route.form)
	default:
		result, err = x.route.json.Call(ctx, call)
	}
	if ctx.Err() != nil {
		x.failed("ClientClosedRequest")
		return // nobody is listening any more
	}
	if err != nil {
		x.fail(asError(err))
		return
	}
	if err := x.succeed(result); err != nil {
		x.fail(internalError(err))
	}
}

// region is the region that was signed for.
func (x *exchange) region() string {
	if x.signed != nil {
		return x.signed.Region
	}
	return x.front.opts.Region
}

// recoverPanic keeps a service's mistake from taking the endpoint down.
func (x *exchange) recoverPanic() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		x.failed("ConnectionCut")
		panic(p)
	}
	if x.w.wrote {
		panic(http.ErrAbortHandler) // too late for an error document
	}
	x.fail(internalError(fmt.Errorf("%v", p)))
}

// failed notes what went wrong, for the log and the counters.
func (x *exchange) failed(code string) {
	x.code = code
	x.front.opts.Counters.fail(x.route, code)
}

func asError(err error) *wire.Error {
	var e *wire.Error
	if errors.As(err, &e) {
		return e
	}
	return internalError(err)
}

// internalError is what the sandbox itself did wrong. Real services hide the
// cause; a stand-in that is being developed against must not.
func internalError(err error) *wire.Error {
	return &wire.Error{Code: "InternalServerException", Status: http.StatusInternalServerError, Message: "The sandbox failed: " + err.Error()}
}

func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// loopbackHost reports whether a Host header names this machine's loopback.
func loopbackHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// requestID is a random UUID, the form AWS request ids have.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
