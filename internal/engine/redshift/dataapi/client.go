// Package dataapi calls the Redshift Data API. It is the part of an AWS client
// that the engine needs, on the SDK's own middleware (retries, signing,
// errors): the generated client compiles 0.3 ms of regular expressions at every
// start of the program, and the version at hand does not know long polling.
//
// It knows the calls and their documents, and nothing of connections, rows or
// what a statement is for.
//
//	c := dataapi.New(cfg, endpoint)
//	id, err := c.Execute(ctx, dataapi.Statement{Target: dataapi.Target{Workgroup: "analytics", Database: "dev"}, SQL: "select 1"})
package dataapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairleadhq/fairlead/internal/awsnet"
)

// ServiceID is the SDK's name of the service, by which endpoints are configured.
const ServiceID = "Redshift Data"

const (
	signingName  = "redshift-data"
	targetPrefix = "RedshiftData."
	contentType  = "application/x-amz-json-1.1"
)

// Client calls the service. It may be used by several goroutines.
type Client struct {
	cfg      aws.Config
	endpoint string
	signer   *v4.Signer
	retryer  aws.Retryer
	clock    awsnet.Clock
}

// New makes a client. endpoint replaces the service's own unless it is empty.
func New(cfg aws.Config, endpoint string) *Client {
	c := &Client{cfg: cfg, endpoint: strings.TrimSuffix(endpoint, "/"), signer: v4.NewSigner()}
	if c.endpoint == "" {
		c.endpoint = usualEndpoint(cfg)
	}
	// Every call may be repeated: a submission carries its token.
	attempts := func(o *retry.StandardOptions) {
		if cfg.RetryMaxAttempts > 0 {
			o.MaxAttempts = cfg.RetryMaxAttempts
		}
	}
	c.retryer = retry.NewStandard(attempts)
	if cfg.RetryMode == aws.RetryModeAdaptive {
		c.retryer = retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) { o.StandardOptions = append(o.StandardOptions, attempts) })
	}
	return c
}

// usualEndpoint is the service's own in the config's region.
// https://docs.aws.amazon.com/general/latest/gr/redshift-service.html
func usualEndpoint(cfg aws.Config) string {
	name, domain := "redshift-data", "amazonaws.com"
	if strings.HasPrefix(cfg.Region, "cn-") {
		domain = "amazonaws.com.cn"
	}
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(interface {
			GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
		}); ok {
			if state, _, err := s.GetUseFIPSEndpoint(context.Background()); err == nil && state == aws.FIPSEndpointStateEnabled {
				name += "-fips"
			}
		}
		if s, ok := source.(interface {
			GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error)
		}); ok {
			if state, _, err := s.GetUseDualStackEndpoint(context.Background()); err == nil && state == aws.DualStackEndpointStateEnabled {
				domain = "api.aws"
			}
		}
	}
	return "https://" + name + "." + cfg.Region + "." + domain
}

// call sends one operation and returns the answer's document. An error of the
// service is a smithy.APIError.
func (c *Client) call(ctx context.Context, operation string, in any) ([]byte, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	stack := middleware.NewStack(operation, smithyhttp.NewStackRequest)
	steps := []error{
		stack.Serialize.Add(&serializer{c, operation, body}, middleware.After),
		stack.Finalize.Add(&v4.ComputePayloadSHA256{}, middleware.After),
		stack.Finalize.Add(&signer{c}, middleware.After),
		retry.AddRetryMiddlewares(stack, retry.AddRetryMiddlewaresOptions{Retryer: c.retryer}),
		stack.Deserialize.Add(&deserializer{c}, middleware.After),
		awsmiddleware.AddRequestIDRetrieverMiddleware(stack),
		awshttp.AddResponseErrorMiddleware(stack),
	}
	for _, option := range c.cfg.APIOptions {
		steps = append(steps, option(stack))
	}
	if err := errors.Join(steps...); err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	handler := middleware.DecorateHandler(smithyhttp.NewClientHandlerWithOptions(c.httpClient()), stack)
	out, _, err := handler.Handle(middleware.ClearStackValues(ctx), in)
	if err != nil {
		return nil, &smithy.OperationError{ServiceID: ServiceID, OperationName: operation, Err: err}
	}
	document, _ := out.([]byte)
	return document, nil
}

func (c *Client) httpClient() aws.HTTPClient {
	if c.cfg.HTTPClient != nil {
		return c.cfg.HTTPClient
	}
	return http.DefaultClient
}

// serializer makes the HTTP request.
type serializer struct {
	client    *Client
	operation string
	body      []byte
}

// ID names the step; that of the SDK's own clients.
func (*serializer) ID() string { return "OperationSerializer" }

// HandleSerialize fills the request in.
func (s *serializer) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	middleware.SerializeOutput, middleware.Metadata, error,
) {
	request, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return middleware.SerializeOutput{}, middleware.Metadata{}, fmt.Errorf("unknown request %T", in.Request)
	}
	made, err := http.NewRequestWithContext(ctx, http.MethodPost, s.client.endpoint+"/", nil)
	if err != nil {
		return middleware.SerializeOutput{}, middleware.Metadata{}, err
	}
	request.Request = made
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("X-Amz-Target", targetPrefix+s.operation)
	request.Header.Set("User-Agent", "fairlead")
	if request, err = request.SetStream(bytes.NewReader(s.body)); err != nil {
		return middleware.SerializeOutput{}, middleware.Metadata{}, err
	}
	in.Request = request
	return next.HandleSerialize(ctx, in)
}

// signer signs each attempt.
type signer struct{ client *Client }

// ID names the step; the retry loop is put before it by this name.
func (*signer) ID() string { return "Signing" }

// HandleFinalize signs with the credentials of now.
func (s *signer) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	request, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("unknown request %T", in.Request)
	}
	credentials, err := s.client.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, &v4.SigningError{Err: err}
	}
	err = s.client.signer.SignHTTP(ctx, credentials, request.Request, v4.GetPayloadHash(ctx), signingName, s.client.cfg.Region, s.client.clock.Now())
	if err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, &v4.SigningError{Err: err}
	}
	return next.HandleFinalize(ctx, in)
}

// deserializer reads the answer to its end, and makes an error of a refusal.
type deserializer struct{ client *Client }

// ID names the step; that of the SDK's own clients.
func (*deserializer) ID() string { return "OperationDeserializer" }

// HandleDeserialize leaves the document undecoded.
func (d *deserializer) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if err != nil {
		return out, metadata, err
	}
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if !ok {
		return out, metadata, fmt.Errorf("unknown answer %T", out.RawResponse)
	}
	defer response.Body.Close()
	body, err := readAll(response.Response)
	if err != nil {
		return out, metadata, &brokenAnswer{err}
	}
	if response.StatusCode < 200 || response.StatusCode >= 300 {
		err := refusal(response.StatusCode, response.Header, body)
		if d.client.clock.Learn(response.Response) {
			err = &skewed{err}
		}
		return out, metadata, err
	}
	if !json.Valid(body) {
		return out, metadata, &smithy.DeserializationError{Err: fmt.Errorf("%d bytes that are not JSON", len(body))}
	}
	out.Result = body
	return out, metadata, nil
}

func readAll(r *http.Response) ([]byte, error) {
	var body bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength < 64<<20 {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := body.ReadFrom(r.Body)
	return body.Bytes(), err
}

// brokenAnswer is one that began well and broke off. It is tried again.
type brokenAnswer struct{ err error }

func (b *brokenAnswer) Error() string        { return "the answer broke off: " + b.err.Error() }
func (b *brokenAnswer) Unwrap() error        { return b.err }
func (b *brokenAnswer) RetryableError() bool { return true }

// skewed is a refusal of a call that was signed by a clock too far off. It is
// tried again, and signed by the service's time.
type skewed struct{ err error }

func (s *skewed) Error() string        { return s.err.Error() }
func (s *skewed) Unwrap() error        { return s.err }
func (s *skewed) RetryableError() bool { return true }

// refusal reads an error document of the AWS JSON protocol.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
func refusal(status int, header http.Header, body []byte) error {
	var doc struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &doc) // a proxy's page has neither code nor message
	code := header.Get("X-Amzn-ErrorType")
	for _, c := range []string{doc.Type, doc.Code} {
		if code == "" {
			code = c
		}
	}
	code, _, _ = strings.Cut(code, ":")
	code = code[strings.LastIndexByte(code, '#')+1:]
	e := &smithy.GenericAPIError{Code: code, Message: doc.Message, Fault: smithy.FaultClient}
	if status >= 500 {
		e.Fault = smithy.FaultServer
	}
	if e.Code == "" {
		e.Code = "UnknownError"
	}
	return e
}
