package awsnet

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// The limits of one attempt. A body is read without limit: results are large.
const (
	connectTimeout = 10 * time.Second
	tlsTimeout     = 10 * time.Second
	headerTimeout  = 60 * time.Second // the slowest AWS answer begins far sooner
	keepAlive      = 30 * time.Second
	idleTimeout    = 90 * time.Second
	idlePerHost    = 64       // parallel scans keep their connections
	ownBodyLimit   = 16 << 20 // request bodies up to here are copied; see ownBody
)

// Client is the HTTP client that all AWS clients of one session share. The
// trust store is read at the first TLS call and not before: reading it costs
// more than a whole run that needs none.
type Client struct {
	settings *Settings

	plain  func() *http.Client
	secure func() (*http.Client, error)
	roots  func() (*x509.CertPool, error)
}

// NewClient makes a client; it does nothing until its first call.
func NewClient(s *Settings) *Client {
	c := &Client{settings: s}
	c.roots = sync.OnceValues(c.loadRoots)
	c.plain = sync.OnceValue(func() *http.Client { return newHTTPClient(nil) })
	c.secure = sync.OnceValues(func() (*http.Client, error) {
		roots, err := c.roots()
		if err != nil {
			return nil, err
		}
		return newHTTPClient(roots), nil
	})
	return c
}

// RootCAs returns the certificates of the configured bundle, or nil for the
// system's.
func (c *Client) RootCAs() (*x509.CertPool, error) { return c.roots() }

func (c *Client) loadRoots() (*x509.CertPool, error) {
	path, origin := c.settings.Bundle()
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrapf(err, fault.Config, "Cannot read the certificate bundle that %s names", origin).
			WithRemedyf("correct %s, or remove it to trust the system's certificates", origin)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fault.Newf(fault.Config, "%s holds no certificate (named by %s)", path, origin).
			WithRemedyf("give %s a file of PEM certificates, or remove it to trust the system's", origin)
	}
	return pool, nil
}

// Do sends one request.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	client := c.plain()
	if req.URL.Scheme == "https" {
		var err error
		if client, err = c.secure(); err != nil {
			return nil, err
		}
	}
	req, err := ownBody(req)
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

func newHTTPClient(roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: keepAlive}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           dialer.DialContext,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:   tlsTimeout,
			ResponseHeaderTimeout: headerTimeout,
			ExpectContinueTimeout: time.Second,
			MaxIdleConns:          2 * idlePerHost,
			MaxIdleConnsPerHost:   idlePerHost,
			IdleConnTimeout:       idleTimeout,
			ForceAttemptHTTP2:     true,
		},
		CheckRedirect: redirect,
	}
}

// redirect follows only what keeps the method, and takes no session token to
// another host.
func redirect(req *http.Request, via []*http.Request) error {
	switch req.Response.StatusCode {
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if len(via) > 0 && via[len(via)-1].URL.Host != req.URL.Host {
			return http.ErrUseLastResponse
		}
		if len(via) >= 10 {
			return fmt.Errorf("stopped after %d redirects", len(via))
		}
		return nil
	}
	return http.ErrUseLastResponse
}

// ownBody gives the transport a body of its own. The SDK closes its request
// body as soon as an answer begins, while the transport may still be reading
// it when the server is fast; the transport then drops the connection in the
// middle of the answer.
func ownBody(req *http.Request) (*http.Request, error) {
	if req.Body == nil || req.Body == http.NoBody || req.ContentLength <= 0 || req.ContentLength > ownBodyLimit {
		return req, nil
	}
	data := make([]byte, req.ContentLength)
	if _, err := io.ReadFull(req.Body, data); err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	if err := req.Body.Close(); err != nil {
		return nil, err
	}
	own := *req
	own.Body = io.NopCloser(bytes.NewReader(data))
	own.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	return &own, nil
}
