package signature

import (
	"fmt"
	"time"
)

// Reason is why a signature was refused. How it is said is the protocol's matter.
type Reason int

// The reasons.
const (
	Missing           Reason = iota + 1 // no signature at all
	Incomplete                          // a part of it is missing or unreadable; see Detail
	UnknownKey                          // no such access key
	WrongToken                          // session token absent, foreign, or given with a long-term key
	ExpiredKey                          // temporary credentials past their end
	WrongRegion                         // scope names a region the endpoint does not answer for
	WrongService                        // scope names another service; see Detail
	WrongDate                           // scope's day is not the request's day; see Detail
	TooOld                              // signed too long ago; see Detail
	TooNew                              // signed in the future; see Detail
	ExpiredURL                          // presigned URL past its end
	UnsignedHeader                      // a header that must be signed is not; see Detail
	BodyHashMissing                     // S3 wants x-amz-content-sha256
	BodyHashMismatch                    // x-amz-content-sha256 is not the body's hash
	StreamingBody                       // aws-chunked body, which this server does not take
	SignatureMismatch                   // everything is in order but the signature
)

// Refusal is the outcome of a signature that is not good.
type Refusal struct {
	Reason Reason
	Detail string // words for the reader, when the reason has any
	KeyID  string // the access key, when it could be read
}

func (r *Refusal) Error() string {
	if r.Detail != "" {
		return r.Detail
	}
	return fmt.Sprintf("signature refused (reason %d)", r.Reason)
}

func refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

const (
	basicFormat = "20060102T150405Z"
	dayFormat   = "20060102"
)

// tooOld and tooNew word the clock's disagreement as AWS does.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
func tooOld(signed, now time.Time, skew time.Duration) *Refusal {
	return refuse(TooOld, "Signature expired: %s is now earlier than %s (%s - %d min.)",
		signed.Format(basicFormat), now.Add(-skew).Format(basicFormat), now.Format(basicFormat), int(skew.Minutes()))
}

func tooNew(signed, now time.Time, skew time.Duration) *Refusal {
	return refuse(TooNew, "Signature not yet current: %s is still later than %s (%s + %d min.)",
		signed.Format(basicFormat), now.Add(skew).Format(basicFormat), now.Format(basicFormat), int(skew.Minutes()))
}
