package redshift_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	provisionedsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift"
	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
	"github.com/jackc/pgx/v5"
)

const account = "111122223333"

var (
	analyst = wire.Principal{AccountID: account, ARN: "arn:aws:sts::111122223333:assumed-role/Analyst/ann", Name: "Analyst", Session: "ann"}
	reader  = wire.Principal{AccountID: account, ARN: "arn:aws:sts::111122223333:assumed-role/ReadOnly/ann", Name: "ReadOnly", Session: "ann"}
	user    = wire.Principal{AccountID: account, ARN: "arn:aws:iam::111122223333:user/bob", Name: "bob"}
)

// sandbox is a Redshift that listens, with the AWS front end reduced to what
// its protocols need. The signature is not its matter.
type sandbox struct {
	t       *testing.T
	svc     *redshift.Service
	store   *s3.Store
	wire    *net.TCPAddr
	roots   *x509.CertPool
	caller  wire.Principal
	url     string
	elapsed func(time.Duration)
}

// small is the number of orders where a test does not look at the data.
const small = 2000

func start(t *testing.T) *sandbox { return startWith(t, small) }

func startWith(t *testing.T, rows int) *sandbox {
	t.Helper()
	certificate, roots := selfSigned(t)
	var mu sync.Mutex
	now := time.Date(2026, 11, 23, 12, 30, 15, 0, time.UTC)
	s := &sandbox{t: t, roots: roots, caller: analyst}
	s.elapsed = func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.wire = ln.Addr().(*net.TCPAddr)
	if s.store, err = s3.NewStore(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if err := s.store.CreateBucket("unloads"); err != nil {
		t.Fatal(err)
	}
	s.svc, err = redshift.New(redshift.Options{
		Now: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		},
		AccountID: account, Region: "us-east-1",
		TLS:      &tls.Config{Certificates: []tls.Certificate{certificate}},
		Endpoint: func() (string, int) { return "127.0.0.1", s.wire.Port },
		Users:    map[string]string{"plain": "Pa55word"},
		TempDir:  t.TempDir(),
		Rows:     rows,
		Store:    s.store,
	})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.svc.Serve(ln) }()
	front := httptest.NewServer(http.HandlerFunc(s.serveAWS))
	s.url = front.URL
	t.Cleanup(func() {
		front.Close()
		if err := s.svc.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sandbox"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// serveAWS decodes a call as the server in front does.
func (s *sandbox) serveAWS(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	call := &wire.Call{Region: "us-east-1", Principal: s.caller, Body: body, HTTP: r}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, call.Operation, _ = strings.Cut(target, ".")
		out, err := s.svc.Serverless().Call(r.Context(), call)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		var refused *wire.Error
		if errors.As(err, &refused) {
			w.WriteHeader(max(refused.Status, 400))
			_ = json.NewEncoder(w).Encode(map[string]any{"__type": refused.Code, "message": refused.Message})
			return
		}
		_ = json.NewEncoder(w).Encode(out)
		return
	}
	form, _ := url.ParseQuery(string(body))
	call.Operation = form.Get("Action")
	out, err := s.svc.Provisioned().Query(r.Context(), call, form)
	var refused *wire.Error
	if errors.As(err, &refused) {
		w.WriteHeader(max(refused.Status, 400))
		_, _ = io.WriteString(w, "<ErrorResponse><Error><Type>Sender</Type><Code>"+refused.Code+"</Code><Message>"+refused.Message+"</Message></Error></ErrorResponse>")
		return
	}
	_, _ = io.WriteString(w, "<"+call.Operation+"Response>")
	_ = xml.NewEncoder(w).EncodeElement(out, xml.StartElement{Name: xml.Name{Local: call.Operation + "Result"}})
	_, _ = io.WriteString(w, "</"+call.Operation+"Response>")
}

func (s *sandbox) awsConfig() aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(s.url), RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	}
}

func (s *sandbox) provisioned() *provisionedsdk.Client {
	return provisionedsdk.NewFromConfig(s.awsConfig())
}

func (s *sandbox) serverless() *serverlesssdk.Client {
	return serverlesssdk.NewFromConfig(s.awsConfig())
}

// config is a pgx configuration for a log in, with TLS verified.
func (s *sandbox) config(user, password, database string) *pgx.ConnConfig {
	s.t.Helper()
	c, err := pgx.ParseConfig((&url.URL{Scheme: "postgres", User: url.UserPassword(user, password),
		Host: "127.0.0.1:" + strconv.Itoa(s.wire.Port), Path: "/" + database, RawQuery: "client_encoding=UTF8"}).String())
	if err != nil {
		s.t.Fatal(err)
	}
	c.TLSConfig = &tls.Config{RootCAs: s.roots, ServerName: "127.0.0.1"}
	c.Fallbacks = nil
	return c
}

// needsEngine skips a test in a build that cannot open the warehouse.
func (s *sandbox) needsEngine() {
	s.t.Helper()
	if !duck.Available {
		s.t.Skip(duck.ErrUnavailable)
	}
}

// login connects as the current caller through GetCredentials.
func (s *sandbox) login(modes ...pgx.QueryExecMode) *pgx.Conn {
	s.t.Helper()
	return s.loginWith(func(c *pgx.ConnConfig) {
		for _, m := range modes {
			c.DefaultQueryExecMode = m
		}
	})
}

func (s *sandbox) loginWith(set func(*pgx.ConnConfig)) *pgx.Conn {
	s.t.Helper()
	s.needsEngine()
	got, err := s.serverless().GetCredentials(s.t.Context(), &serverlesssdk.GetCredentialsInput{WorkgroupName: aws.String("analytics"), DbName: aws.String("dev")})
	if err != nil {
		s.t.Fatal(err)
	}
	c := s.config(*got.DbUser, *got.DbPassword, "dev")
	set(c)
	conn, err := pgx.ConnectConfig(s.t.Context(), c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
