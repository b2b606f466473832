package dynamodb

import (
	"errors"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// fault gives an error of a statement its code and words.
func (e *Engine) fault(err error, s partiql.Statement) *fault.Error {
	f := session.Fault(err, service, "run the statement")
	if f.Service != nil && f.Service.Line == 0 {
		f.Service.Line, f.Service.Column = engine.Position(f.Service.Message)
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		if !s.Reads() && f.Code == fault.Unavailable {
			f.Remedy = "whether the write was done is not known: read the item before trying again"
		}
		return f
	}
	switch api.ErrorCode() {
	case "ValidationException":
		f.Code, f.Message = fault.Statement, "DynamoDB refused the statement"
	case "ResourceNotFoundException":
		f.Code, f.Message = fault.NotFound, "DynamoDB has no table \""+s.Table+"\" in "+e.session.Region
		f.Remedy = "check the name and the region: fairlead schema " + e.session.Name
	case "ConditionalCheckFailedException":
		f.Code, f.Message = fault.Statement, "The item is not as the statement's condition asks, so nothing was changed"
	case "DuplicateItemException":
		f.Code, f.Message = fault.Statement, "An item with this key is there already, so nothing was inserted"
		f.Remedy = "change it with UPDATE, or DELETE it first"
	case "TransactionConflictException", "ReplicatedWriteConflictException":
		f.Code, f.Message = fault.Throttled, "Another write of the same item is under way"
		f.Remedy = "try again"
	}
	return f
}

// writeOptions are those of a statement that may change an item. It is not sent
// again when its answer got lost: a second INSERT would be refused as a
// duplicate of the first, and an UPDATE that adds would add twice.
func writeOptions(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, rawpage.KeepOnce)
	if r, ok := o.Retryer.(aws.RetryerV2); ok {
		o.Retryer = cautious{r}
	}
}

type cautious struct{ aws.RetryerV2 }

// IsErrorRetryable refuses to repeat a call that may have been carried out:
// sent, and never answered.
func (c cautious) IsErrorRetryable(err error) bool {
	if !c.RetryerV2.IsErrorRetryable(err) {
		return false
	}
	var answered smithy.APIError
	var dial *net.OpError
	return errors.As(err, &answered) || (errors.As(err, &dial) && dial.Op == "dial")
}
