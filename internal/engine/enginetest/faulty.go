package enginetest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
)

// Faulty is a transport on which the Nth call of an operation goes wrong, once.
type Faulty struct {
	Operation string // of an AWS JSON service: "GetQueryResults"
	Nth       int32  // counted from 1
	How       Wrong
	calls     atomic.Int32
}

// Wrong is a way to go wrong: it answers in the place of the transport.
type Wrong func(*http.Request, http.RoundTripper) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f *Faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+f.Operation) && f.calls.Add(1) == f.Nth {
		return f.How(r, http.DefaultTransport)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Answer refuses with a status and an error code.
func Answer(status int, code string) Wrong {
	return func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		if r.Body != nil {
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
		body := `{"__type":"` + code + `","message":"on purpose"}`
		return &http.Response{
			StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
			Body:   io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		}, nil
	}
}

// Reset drops the connection before an answer, after the call was carried out.
func Reset(r *http.Request, inner http.RoundTripper) (*http.Response, error) {
	if response, err := inner.RoundTrip(r); err == nil {
		response.Body.Close()
	}
	return nil, errReset
}

// Cut lets the answer begin and drops the connection in its middle.
func Cut(r *http.Request, inner http.RoundTripper) (*http.Response, error) {
	response, err := inner.RoundTrip(r)
	if err == nil {
		response.Body = &cutBody{response.Body, 20}
	}
	return response, err
}

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}

type cutBody struct {
	io.ReadCloser
	left int
}

func (c *cutBody) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, errReset
	}
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}
