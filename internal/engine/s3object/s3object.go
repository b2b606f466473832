// Package s3object reads objects of S3 by signed GETs of byte ranges, several
// at once and in order, mends what breaks on the way, and notices when an
// object is replaced while it is read. It stands in for the SDK's S3 client,
// whose start-up costs every run of the program.
//
// It knows no format and no other service.
//
//	client := s3object.New(session)
//	r, err := client.Open(ctx, "bucket", "results/q.csv", s3object.Options{Ranges: 4})
//	defer r.Close()
//	io.Copy(w, r)
package s3object

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/session"
)

// emptyHash is the SHA-256 of no bytes, the body of a GET.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// ErrChanged means that the object was replaced while it was read: what has
// been read so far does not belong to what is there now.
var ErrChanged = errors.New("the object was replaced while it was read")

// Error is a refusal by S3. It is a smithy.APIError.
type Error struct {
	Status                   int
	Code, Message, RequestID string
}

func (e *Error) Error() string {
	return fmt.Sprintf("S3 answered %d %s: %s", e.Status, e.Code, e.Message)
}

// ErrorCode implements smithy.APIError.
func (e *Error) ErrorCode() string { return e.Code }

// ErrorMessage implements smithy.APIError.
func (e *Error) ErrorMessage() string { return e.Message }

// ErrorFault implements smithy.APIError.
func (e *Error) ErrorFault() smithy.ErrorFault {
	if e.Status >= 500 {
		return smithy.FaultServer
	}
	return smithy.FaultClient
}

// Gone reports whether err says that the object or its bucket is not there.
func Gone(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == http.StatusNotFound
}

// Client signs and sends. It may be used by several goroutines.
type Client struct {
	config   aws.Config
	endpoint func(serviceID string) (url, origin string)
	signer   *v4.Signer
	clock    awsnet.Clock

	mu      sync.Mutex
	regions map[string]string // of buckets that are elsewhere
}

// New makes a client of the session's HTTP client, credentials and endpoints.
func New(s *session.Session) *Client {
	return &Client{
		config: s.Config, endpoint: s.Endpoint, regions: map[string]string{},
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }),
	}
}

// renewable are credentials of which others can be fetched.
type renewable interface {
	Current() (aws.Credentials, bool)
	Invalidate(refused aws.Credentials) bool
}

// send signs one request and sends it. An answer other than 2xx is an *Error.
// Expired credentials are fetched anew, a bucket of another region is
// asked there, and where this machine's clock is off the service's is taken.
func (c *Client) send(ctx context.Context, method, bucket, key string, header http.Header) (*http.Response, error) {
	renewals, moved, timed := 0, false, false
	for {
		response, used, err := c.sendOnce(ctx, method, bucket, key, header)
		if err != nil {
			return nil, err
		}
		if response.StatusCode/100 == 2 {
			return response, nil
		}
		refused := readError(response)
		region := response.Header.Get("X-Amz-Bucket-Region")
		switch {
		case !moved && region != "" && region != c.region(bucket):
			moved = true
			c.mu.Lock()
			c.regions[bucket] = region
			c.mu.Unlock()
		case renewals < awsnet.MostRenewals && c.renew(refused, used):
			renewals++
		case !timed && c.clock.Learn(response):
			timed = true
		default:
			return nil, refused
		}
	}
}

// renew drops credentials that S3 calls expired, and reports whether others
// may be had.
func (c *Client) renew(refused *Error, used aws.Credentials) bool {
	switch refused.Code {
	case "ExpiredToken", "TokenRefreshRequired":
	case "InvalidAccessKeyId", "InvalidToken": // a temporary key may have been withdrawn
		if used.SessionToken == "" {
			return false
		}
	default:
		return false
	}
	provider, ok := c.config.Credentials.(renewable)
	return ok && provider.Invalidate(used)
}

func (c *Client) sendOnce(ctx context.Context, method, bucket, key string, header http.Header) (*http.Response, aws.Credentials, error) {
	where, err := c.url(bucket, key)
	if err != nil {
		return nil, aws.Credentials{}, err
	}
	r, err := http.NewRequestWithContext(ctx, method, where.String(), nil)
	if err != nil {
		return nil, aws.Credentials{}, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("X-Amz-Content-Sha256", emptyHash)
	var keys aws.Credentials
	if c.config.Credentials != nil {
		if keys, err = c.config.Credentials.Retrieve(ctx); err != nil {
			return nil, keys, err
		}
	}
	if keys.HasKeys() {
		if err := c.signer.SignHTTP(ctx, keys, r, emptyHash, "s3", c.region(bucket), c.clock.Now()); err != nil {
			return nil, keys, err
		}
	}
	client := c.config.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(r)
	return response, keys, err
}

func (c *Client) region(bucket string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.regions[bucket]; r != "" {
		return r
	}
	return c.config.Region
}

// url is where an object lies. A configured endpoint and a bucket whose name
// has dots, which no certificate covers, are addressed by path.
func (c *Client) url(bucket, key string) (*url.URL, error) {
	base := ""
	if c.endpoint != nil {
		base, _ = c.endpoint("S3")
	} else if c.config.BaseEndpoint != nil {
		base = *c.config.BaseEndpoint
	}
	u, err := &url.URL{Scheme: "https"}, error(nil)
	byPath := true
	if base != "" {
		if u, err = url.Parse(strings.TrimSuffix(base, "/")); err != nil {
			return nil, err
		}
	} else {
		byPath = strings.Contains(bucket, ".")
		u.Host = c.host(c.region(bucket))
		if !byPath {
			u.Host = bucket + "." + u.Host
		}
	}
	path, raw := u.Path+"/"+key, u.EscapedPath()+"/"+escape(key)
	if byPath {
		path, raw = u.Path+"/"+bucket+"/"+key, u.EscapedPath()+"/"+bucket+"/"+escape(key)
	}
	u.Path, u.RawPath = path, raw
	return u, nil
}

// host is S3's own name in a region
// (https://docs.aws.amazon.com/general/latest/gr/s3.html).
func (c *Client) host(region string) string {
	name := "s3"
	for _, source := range c.config.ConfigSources {
		if f, ok := source.(interface {
			GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
		}); ok {
			if state, found, _ := f.GetUseFIPSEndpoint(context.Background()); found && state == aws.FIPSEndpointStateEnabled {
				name = "s3-fips"
			}
		}
		if d, ok := source.(interface {
			GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error)
		}); ok {
			if state, found, _ := d.GetUseDualStackEndpoint(context.Background()); found && state == aws.DualStackEndpointStateEnabled {
				name += ".dualstack"
			}
		}
	}
	domain := "amazonaws.com"
	for prefix, other := range map[string]string{
		"cn-": "amazonaws.com.cn", "us-iso-": "c2s.ic.gov", "us-isob-": "sc2s.sgov.gov",
		"us-isof-": "csp.hci.ic.gov", "eu-isoe-": "cloud.adc-e.uk", "eusc-": "amazonaws.eu",
	} {
		if strings.HasPrefix(region, prefix) {
			domain = other
		}
	}
	return name + "." + region + "." + domain
}

// escape writes a key as the signature wants it: everything but unreserved
// characters and slashes in %XX (the SigV4 rules of S3).
func escape(key string) string {
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		c := key[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// readError reads a refusal; the body is a small XML document.
func readError(response *http.Response) *Error {
	defer response.Body.Close()
	e := &Error{Status: response.StatusCode, RequestID: response.Header.Get("X-Amz-Request-Id")}
	var doc struct{ Code, Message, RequestId string }
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if xml.Unmarshal(body, &doc) == nil {
		e.Code, e.Message = doc.Code, doc.Message
		if e.RequestID == "" {
			e.RequestID = doc.RequestId
		}
	}
	if e.Code == "" {
		e.Code = fmt.Sprintf("HTTP%d", e.Status)
		switch e.Status {
		case http.StatusForbidden:
			e.Code = "AccessDenied"
		case http.StatusNotFound:
			e.Code = "NoSuchKey"
		case http.StatusPreconditionFailed:
			e.Code = "PreconditionFailed"
		case http.StatusServiceUnavailable, http.StatusTooManyRequests:
			e.Code = "SlowDown"
		}
		e.Message = http.StatusText(e.Status)
	}
	return e
}

// Place is where an object lies.
type Place struct{ Bucket, Key string }

// Split reads s3://bucket/key.
func Split(location string) (bucket, key string, ok bool) {
	rest, isS3 := strings.CutPrefix(location, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key, isS3 && bucket != "" && key != ""
}

// Delete removes an object; one that is not there counts as removed.
func (c *Client) Delete(ctx context.Context, bucket, key string) error {
	response, err := c.send(ctx, http.MethodDelete, bucket, key, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
