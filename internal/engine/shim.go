package engine

import (
	"context"
	"errors"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// Fault classifies an SDK error.
func Fault(err error, service, doing string) *fault.Error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrapf(err, fault.Timeout, "%s: time is up while %s", service, doing)
	case errors.Is(err, context.Canceled):
		return fault.Wrapf(err, fault.Interrupted, "Interrupted while %s", doing)
	}
	return fault.Wrapf(err, fault.Unavailable, "%s failed while %s", service, doing)
}
