package redshift

import (
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
)

// tolerant also tries again when an answer breaks off in its middle, which the
// SDK takes for a malformed one. All our calls may be repeated: they only read,
// or hand out one more temporary password.
type tolerant struct{ aws.RetryerV2 }

// IsErrorRetryable implements aws.Retryer.
func (t tolerant) IsErrorRetryable(err error) bool {
	return t.RetryerV2.IsErrorRetryable(err) || errors.Is(err, io.ErrUnexpectedEOF)
}

func tolerate(r aws.Retryer) aws.Retryer {
	if v2, ok := r.(aws.RetryerV2); ok {
		return tolerant{v2}
	}
	return r
}

func clusterCall(o *redshift.Options) { o.Retryer = tolerate(o.Retryer) }

func workgroupCall(o *redshiftserverless.Options) { o.Retryer = tolerate(o.Retryer) }
