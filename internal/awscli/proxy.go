// Package awscli is a real AWS CLI v2 for tests and measurements: it finds or
// fetches one without installing anything, and keeps it on this machine with a
// proxy that plays every AWS host. It knows nothing of the sandbox but its URL.
//
//	aws, err := awscli.Find(ctx, cacheFolder)
//	p, err := awscli.StartProxy(endpoint, folder)
//	cmd.Env = append(cmd.Env, p.Env()...)
package awscli

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Proxy is a CONNECT proxy that plays every AWS host: it ends the TLS itself,
// with a leaf per name signed by a throw-away authority, and hands the
// requests to the sandbox. Old AWS CLIs know no endpoint variable, and it
// makes both tools pay for TLS alike.
type Proxy struct {
	URL, CAFile string

	server *http.Server
	key    *ecdsa.PrivateKey
	ca     *x509.Certificate
	back   http.Handler

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

// StartProxy starts a proxy in front of the HTTP server at endpoint and writes
// its authority's certificate into dir.
func StartProxy(endpoint, dir string) (*Proxy, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	p := &Proxy{key: key, leaves: map[string]*tls.Certificate{}, CAFile: filepath.Join(dir, "proxy-ca.pem")}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fairlead test"}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	if p.ca, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	if err := os.WriteFile(p.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return nil, err
	}
	p.back = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = target.Host
	}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.URL = "http://" + listener.Addr().String()
	p.server = &http.Server{Handler: http.HandlerFunc(p.connect), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

// Env is what makes a program go through the proxy and trust it.
func (p *Proxy) Env() []string {
	return []string{"HTTPS_PROXY=" + p.URL, "https_proxy=" + p.URL, "AWS_CA_BUNDLE=" + p.CAFile, "AWS_EC2_METADATA_DISABLED=true"}
}

// Close ends the proxy.
func (p *Proxy) Close() error { return p.server.Close() }

func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
		return
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		return
	}
	secure := tls.Server(conn, &tls.Config{GetCertificate: p.leaf})
	defer secure.Close()
	in := bufio.NewReader(secure)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		answer := &recorder{header: http.Header{}, status: http.StatusOK}
		p.back.ServeHTTP(answer, req)
		if err := answer.send(secure); err != nil {
			return
		}
	}
}

func (p *Proxy) leaf(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.leaves[hello.ServerName]; c != nil {
		return c, nil
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{hello.ServerName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, p.ca, &p.key.PublicKey, p.key)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: p.key}
	p.leaves[hello.ServerName] = c
	return c, nil
}
