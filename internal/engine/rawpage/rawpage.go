// Package rawpage keeps the answer of an AWS JSON call as the bytes that came,
// and cuts values out of them without building anything in between. A page of
// a million-row result would otherwise become a map per value, and the order
// in which a service sent an item's attributes would be lost.
//
// It knows JSON and the SDK's middleware, and no service.
//
//	out, err := client.GetQueryResults(ctx, in, func(o *athena.Options) {
//		o.APIOptions = append(o.APIOptions, rawpage.Keep)
//	})
//	body := rawpage.Body(out.ResultMetadata)
package rawpage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// deserializer is the SDK's name for the step that decodes an answer.
const deserializer = "OperationDeserializer"

// Keep makes a call leave its successful answer undecoded, for Body. The typed
// output stays empty. Answers that are errors are decoded as always. A body
// that breaks off counts as a failed connection, which the SDK tries again:
// Keep is for calls that only read.
func Keep(stack *middleware.Stack) error { return keep(stack, true) }

// KeepOnce is Keep for calls that may write: a broken body is not tried again.
func KeepOnce(stack *middleware.Stack) error { return keep(stack, false) }

// KeepUnchecked is Keep without the look whether the body is valid JSON, for
// callers whose own reading finds that out.
func KeepUnchecked(stack *middleware.Stack) error {
	return keepAs(stack, &keeper{again: true, unchecked: true})
}

func keep(stack *middleware.Stack, again bool) error { return keepAs(stack, &keeper{again: again}) }

func keepAs(stack *middleware.Stack, k *keeper) error {
	usual, err := stack.Deserialize.Swap(deserializer, k)
	if err != nil {
		return fmt.Errorf("rawpage: %w", err)
	}
	k.usual = usual
	return nil
}

// Body returns the answer that Keep kept, which is valid JSON.
func Body(m middleware.Metadata) []byte {
	b, _ := m.Get(bodyKey{}).([]byte)
	return b
}

type bodyKey struct{}

type keeper struct {
	usual     middleware.DeserializeMiddleware
	again     bool
	unchecked bool
}

func (*keeper) ID() string { return deserializer }

func (k *keeper) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if err != nil {
		return out, metadata, err
	}
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if !ok {
		return out, metadata, fmt.Errorf("rawpage: unknown answer %T", out.RawResponse)
	}
	// A refusal can break off as well, and would then be taken for one that
	// cannot be read rather than for a failed connection.
	body, err := readAll(response.Response)
	if err != nil {
		return out, metadata, &brokenBody{err, k.again}
	}
	if response.StatusCode < 200 || response.StatusCode >= 300 {
		response.Body = io.NopCloser(bytes.NewReader(body))
		return k.decode(ctx, in, out, metadata)
	}
	if !k.unchecked && !json.Valid(body) {
		return out, metadata, &brokenBody{&smithy.DeserializationError{Err: fmt.Errorf("%d bytes that are not JSON", len(body))}, k.again}
	}
	// The usual decoder makes the typed output, from an empty document.
	response.Body = http.NoBody
	out, metadata, err = k.decode(ctx, in, out, metadata)
	metadata.Set(bodyKey{}, body)
	return out, metadata, err
}

// decode runs the step that Keep took the place of on an answer already here.
func (k *keeper) decode(ctx context.Context, in middleware.DeserializeInput, out middleware.DeserializeOutput, m middleware.Metadata) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	here := func(context.Context, middleware.DeserializeInput) (middleware.DeserializeOutput, middleware.Metadata, error) {
		return out, m, nil
	}
	return k.usual.HandleDeserialize(ctx, in, middleware.DeserializeHandlerFunc(here))
}

// readAll reads the body to its end, where the SDK checks its checksum, with
// one allocation when its length is told.
func readAll(r *http.Response) ([]byte, error) {
	defer r.Body.Close()
	var body bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength < 64<<20 {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := body.ReadFrom(r.Body)
	return body.Bytes(), err
}

// brokenBody is an answer that began well and broke off.
type brokenBody struct {
	err   error
	again bool
}

func (b *brokenBody) Error() string { return "the answer broke off: " + b.err.Error() }

func (b *brokenBody) Unwrap() error { return b.err }

// RetryableError is how the SDK's retryer asks.
func (b *brokenBody) RetryableError() bool { return b.again }
