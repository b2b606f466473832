package signature

import (
	"crypto/hmac"
	"slices"
	"strings"
	"time"
)

// How far the clocks may disagree.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)
const (
	skew   = 5 * time.Minute
	skewS3 = 15 * time.Minute
)

// Rules are what a request must have been signed for.
type Rules struct {
	Service string                   // signing name
	Region  func(region string) bool // whether the endpoint answers for a region
	Now     time.Time
}

// Key is what is on file for an access key.
type Key struct {
	Secret  string
	Token   string    // empty for a long-term key
	Expires time.Time // zero for a long-term key
}

// Verify checks the signature against the key on file and the body as it
// arrived. It returns nil when all is well.
func (s *Signed) Verify(rules Rules, key Key, body []byte) *Refusal {
	refusal := s.verify(rules, key, body)
	if refusal != nil {
		refusal.KeyID = s.AccessKeyID
	}
	return refusal
}

func (s *Signed) verify(rules Rules, key Key, body []byte) *Refusal {
	if refusal := s.checkScope(rules); refusal != nil {
		return refusal
	}
	if refusal := s.checkTime(rules.Now); refusal != nil {
		return refusal
	}
	if s.Token != key.Token {
		return refuse(WrongToken, "The security token included in the request is invalid.")
	}
	if !key.Expires.IsZero() && !rules.Now.Before(key.Expires) {
		return refuse(ExpiredKey, "The security token included in the request is expired")
	}
	if refusal := s.checkHeaders(); refusal != nil {
		return refusal
	}
	bodyHash, refusal := s.bodyHash(body)
	if refusal != nil {
		return refusal
	}
	if !hmac.Equal([]byte(s.compute(key.Secret, bodyHash)), []byte(s.signature)) {
		return refuse(SignatureMismatch, "The request signature we calculated does not match the signature you provided.")
	}
	return nil
}

func (s *Signed) checkScope(rules Rules) *Refusal {
	if s.Service != rules.Service {
		return refuse(WrongService, "Credential should be scoped to correct service: '%s'. ", rules.Service)
	}
	if !rules.Region(s.Region) {
		return refuse(WrongRegion, "Credential should be scoped to a valid region. ")
	}
	if day := s.time.Format(dayFormat); s.day != day {
		return refuse(WrongDate, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			s.day, day, s.time.Format(basicFormat))
	}
	return nil
}

func (s *Signed) checkTime(now time.Time) *Refusal {
	allowed := skew
	if s.Service == "s3" {
		allowed = skewS3
	}
	// Requests carry whole seconds.
	now = now.Truncate(time.Second)
	if s.time.After(now.Add(allowed)) {
		return tooNew(s.time, now, allowed)
	}
	if s.Presigned && s.expires > 0 {
		if now.After(s.time.Add(s.expires)) {
			return refuse(ExpiredURL, "Request has expired")
		}
		return nil
	}
	if s.time.Before(now.Add(-allowed)) {
		return tooOld(s.time, now, allowed)
	}
	return nil
}

// checkHeaders sees to it that host and every x-amz- header of the request are
// covered by the signature.
func (s *Signed) checkHeaders() *Refusal {
	if !slices.Contains(s.signedHeaders, "host") {
		return refuse(UnsignedHeader, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range s.http.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(s.signedHeaders, lower) {
			return refuse(UnsignedHeader, "'%s' must be a 'SignedHeader' in the AWS Authorization.", lower)
		}
	}
	return nil
}

const unsignedPayload = "UNSIGNED-PAYLOAD"

// bodyHash is the hash the signature must cover. Only S3 takes a body that was
// left out of the signature.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
func (s *Signed) bodyHash(body []byte) (string, *Refusal) {
	actual := hashHex(body)
	claimed := s.http.Header.Get("X-Amz-Content-Sha256")
	if claimed == "" {
		claimed = s.param("X-Amz-Content-Sha256")
	}
	if s.Service != "s3" {
		// Other services hash what arrived, whatever the header says.
		if claimed != "" && claimed != actual {
			return "", refuse(SignatureMismatch, "The request signature we calculated does not match the signature you provided.")
		}
		return actual, nil
	}
	switch {
	case claimed == "" && s.Presigned, claimed == unsignedPayload:
		return unsignedPayload, nil
	case claimed == "":
		return "", refuse(BodyHashMissing, "Missing required header for this request: x-amz-content-sha256")
	case strings.HasPrefix(claimed, "STREAMING-"):
		return "", refuse(StreamingBody, "A header you provided implies functionality that is not implemented")
	case !strings.EqualFold(claimed, actual):
		return "", refuse(BodyHashMismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	return claimed, nil
}
