package dynamodb

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
)

// rawBody makes a call send a body that is written already. Items are typed JSON
// from where they come to where they go: the SDK's attribute values in between
// would cost many times the CPU and could only lose something.
type rawBody struct{ body []byte }

// ID implements middleware.SerializeMiddleware.
func (rawBody) ID() string { return "FairleadRawBody" }

// HandleSerialize takes the place of the body that the serializer before it made.
func (r rawBody) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	middleware.SerializeOutput, middleware.Metadata, error,
) {
	request, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return middleware.SerializeOutput{}, middleware.Metadata{}, fmt.Errorf("dynamodb: unknown request %T", in.Request)
	}
	request, err := request.SetStream(bytes.NewReader(r.body))
	if err != nil {
		return middleware.SerializeOutput{}, middleware.Metadata{}, err
	}
	in.Request = request
	return next.HandleSerialize(ctx, in)
}

// sending are the options of a call with a raw body and a raw answer, made once:
// who calls decides what is tried again.
func sending(body []byte) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) {
		o.Retryer = aws.NopRetryer{}
		o.APIOptions = append(o.APIOptions, rawpage.KeepOnce, withBody(body))
	}
}

func withBody(body []byte) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Serialize.Insert(rawBody{body}, "OperationSerializer", middleware.After)
	}
}
