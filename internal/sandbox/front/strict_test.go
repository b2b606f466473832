package front_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
)

// TestStrict breaks a good call in one way at a time and expects exactly the
// code that the real service is documented to answer.
func TestStrict(t *testing.T) {
	t.Parallel()
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	edit := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	tests := []struct {
		name   string
		key    func(*rig) identity.Key // default the session's
		region string
		before func(*rig)
		tamper func(*http.Request)
		want   map[string]string // service to code; "json" stands for athena and dynamodb
	}{
		{name: "good session", want: map[string]string{}},
		{name: "good user", key: func(g *rig) identity.Key { return g.user }, want: map[string]string{}},
		{name: "four minutes of skew", before: func(g *rig) { g.clock.SetOffset(4 * time.Minute) }, want: map[string]string{}},
		{
			name: "unknown key",
			key:  func(g *rig) identity.Key { k := g.user; k.ID = "AKIAUNKNOWNUNKNOWN12"; return k },
			want: map[string]string{"json": "UnrecognizedClientException", "sts": "InvalidClientTokenId", "s3": "InvalidAccessKeyId"},
		},
		{
			name: "wrong secret",
			key:  func(g *rig) identity.Key { k := g.user; k.Secret = "wrong"; return k },
			want: map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch", "s3": "SignatureDoesNotMatch"},
		},
		{
			name: "session without its token",
			key:  func(g *rig) identity.Key { k := g.session; k.Token = ""; return k },
			want: map[string]string{"json": "UnrecognizedClientException", "sts": "InvalidClientTokenId", "s3": "InvalidToken"},
		},
		{
			name: "another session's token",
			key:  func(g *rig) identity.Key { k := g.session; k.Token = "IQoJfremd"; return k },
			want: map[string]string{"json": "UnrecognizedClientException", "sts": "InvalidClientTokenId", "s3": "InvalidToken"},
		},
		{
			name: "token with a long-term key",
			key:  func(g *rig) identity.Key { k := g.user; k.Token = g.session.Token; return k },
			want: map[string]string{"json": "UnrecognizedClientException", "sts": "InvalidClientTokenId", "s3": "InvalidToken"},
		},
		{
			name:   "expired session",
			before: func(g *rig) { g.store.ExpireKeys() },
			want:   map[string]string{"json": "ExpiredTokenException", "sts": "ExpiredToken", "s3": "ExpiredToken"},
		},
		{
			name:   "six minutes behind",
			before: func(g *rig) { g.clock.SetOffset(6 * time.Minute) },
			want:   map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch"},
		},
		{
			name:   "sixteen minutes ahead",
			before: func(g *rig) { g.clock.SetOffset(-16 * time.Minute) },
			want:   map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch", "s3": "RequestTimeTooSkewed"},
		},
		{
			name: "a region that is none", region: "nowhere",
			want: map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch", "s3": "AuthorizationHeaderMalformed"},
		},
		{
			name: "signature changed", tamper: edit("Signature=", "Signature=0"),
			want: map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch", "s3": "SignatureDoesNotMatch"},
		},
		{
			name: "host not signed", tamper: edit("host;", ""),
			want: map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch", "s3": "AccessDenied"},
		},
		{
			name: "an x-amz header that is not signed", tamper: header("X-Amz-Meta-Late", "1"),
			want: map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch", "s3": "AccessDenied"},
		},
		{
			name: "body hash of another body", tamper: header("X-Amz-Content-Sha256", strings.Repeat("0", 64)),
			want: map[string]string{"s3": "XAmzContentSHA256Mismatch"},
		},
		{
			name: "streaming body", tamper: header("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
			want: map[string]string{"s3": "NotImplemented"},
		},
		{
			name: "query changed", tamper: func(r *http.Request) { r.URL.RawQuery += "&late=1" },
			want: map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch", "s3": "SignatureDoesNotMatch"},
		},
		{
			name: "no signature", tamper: func(r *http.Request) { r.Header.Del("Authorization") },
			want: map[string]string{"json": "MissingAuthenticationTokenException", "sts": "MissingAuthenticationToken", "s3": "AccessDenied"},
		},
		{
			name: "half a signature", tamper: edit("Signature=", "Sig="),
			want: map[string]string{"json": "IncompleteSignatureException", "s3": "AuthorizationHeaderMalformed"},
		},
		{
			name: "scope of another day", tamper: edit("/20", "/19"),
			want: map[string]string{"json": "InvalidSignatureException", "sts": "SignatureDoesNotMatch", "s3": "AuthorizationHeaderMalformed"},
		},
	}
	for _, tt := range tests {
		for name, call := range calls() {
			want, listed := tt.want[name]
			if !listed && (name == "athena" || name == "dynamodb") {
				want, listed = tt.want["json"]
			}
			if !listed && len(tt.want) > 0 {
				continue // the case does not apply to this service
			}
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				g := newRig(t)
				key := g.session
				if tt.key != nil {
					key = tt.key(g)
				}
				region := "us-east-1"
				if tt.region != "" {
					region = tt.region
				}
				if tt.before != nil {
					tt.before(g)
				}
				expectCode(t, call(t.Context(), g.config(key, region, tt.tamper)), want)
				g.server.Close()
				if strings.Contains(g.log.String(), key.Secret) || key.Token != "" && strings.Contains(g.log.String(), key.Token) {
					t.Errorf("the log holds a secret: %s", g.log.String())
				}
			})
		}
	}
}

// TestBody changes the body after signing: no protocol may take it.
func TestBody(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	swap := func(r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		b[len(b)-2] ^= 1 // same length, so that only the hash can tell
		r.Body = io.NopCloser(bytes.NewReader(b))
	}
	expectCode(t, calls()["athena"](t.Context(), g.config(g.session, "us-east-1", swap)), "InvalidSignatureException")
	expectCode(t, calls()["sts"](t.Context(), g.config(g.session, "us-east-1", swap)), "SignatureDoesNotMatch")
	_, err := s3.NewFromConfig(g.config(g.session, "us-east-1", swap)).PutObject(t.Context(),
		&s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("hello")})
	expectCode(t, err, "XAmzContentSHA256Mismatch")
	_, err = s3.NewFromConfig(g.config(g.session, "us-east-1", nil)).PutObject(t.Context(),
		&s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("hello")})
	expectCode(t, err, "")
}

func TestWords(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.store.ExpireKeys()
	err := calls()["athena"](t.Context(), g.config(g.session, "us-east-1", nil))
	if want := "The security token included in the request is expired"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	g.clock.SetOffset(10 * time.Minute)
	err = calls()["dynamodb"](t.Context(), g.config(g.user, "us-east-1", nil))
	if err == nil || !strings.Contains(err.Error(), "Signature expired: ") || !strings.Contains(err.Error(), " is now earlier than ") || !strings.Contains(err.Error(), " - 5 min.)") {
		t.Errorf("skew is worded %v", err)
	}
	g.clock.SetOffset(-10 * time.Minute)
	err = calls()["sts"](t.Context(), g.config(g.user, "us-east-1", nil))
	if err == nil || !strings.Contains(err.Error(), "Signature not yet current: ") || !strings.Contains(err.Error(), " + 5 min.)") {
		t.Errorf("skew is worded %v", err)
	}
}

func TestPresigned(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	sign := func(d time.Duration) string {
		out, err := s3.NewPresignClient(s3.NewFromConfig(g.config(g.session, "us-east-1", nil))).PresignGetObject(t.Context(),
			&s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")}, s3.WithPresignExpires(d))
		must(t, err)
		return out.URL
	}
	get := func(url string) (int, string) {
		resp, err := http.Get(url)
		must(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp.StatusCode, string(b)
	}
	url := sign(20 * time.Minute)
	if status, body := get(url); status != 200 {
		t.Errorf("good URL: %d %s", status, body)
	}
	if status, body := get(url + "x"); status != 403 || !strings.Contains(body, "SignatureDoesNotMatch") {
		t.Errorf("changed URL: %d %s", status, body)
	}
	// A presigned URL lives by its own end, not by the skew.
	g.clock.SetOffset(19 * time.Minute)
	if status, body := get(url); status != 200 {
		t.Errorf("good URL, late: %d %s", status, body)
	}
	g.clock.SetOffset(21 * time.Minute)
	if status, body := get(url); status != 403 || !strings.Contains(body, "Request has expired") {
		t.Errorf("late URL: %d %s", status, body)
	}
}
