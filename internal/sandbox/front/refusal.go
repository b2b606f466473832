package front

import (
	"net/http"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/signature"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// refuse words a bad signature as the service's own front door does. The three
// families of codes are those of AWS's JSON services, its query services and S3.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func (f *Front) refuse(rt route, r *signature.Refusal) *wire.Error {
	switch rt.protocol {
	case restXML:
		return refuseS3(r, f.opts.Region)
	case queryXML:
		return refuseQuery(r)
	}
	return refuseJSON(rt.service, r)
}

const (
	tokenInvalid = "The security token included in the request is invalid."
	tokenExpired = "The security token included in the request is expired"
	noMatch      = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

func refuseJSON(service string, r *signature.Refusal) *wire.Error {
	switch r.Reason {
	case signature.Missing:
		if service == "dynamodb" {
			return wire.Fail("MissingAuthenticationTokenException", "Request is missing Authentication Token")
		}
		return wire.Fail("MissingAuthenticationTokenException", "Missing Authentication Token")
	case signature.Incomplete:
		return wire.Fail("IncompleteSignatureException", r.Detail)
	case signature.UnknownKey, signature.WrongToken:
		return wire.Fail("UnrecognizedClientException", tokenInvalid)
	case signature.ExpiredKey:
		return wire.Fail("ExpiredTokenException", tokenExpired)
	case signature.SignatureMismatch:
		return wire.Fail("InvalidSignatureException", noMatch)
	}
	return wire.Fail("InvalidSignatureException", r.Detail)
}

func refuseQuery(r *signature.Refusal) *wire.Error {
	e := &wire.Error{Status: http.StatusForbidden}
	switch r.Reason {
	case signature.Missing:
		e.Code, e.Message = "MissingAuthenticationToken", "Request is missing Authentication Token"
	case signature.Incomplete:
		e.Code, e.Message, e.Status = "IncompleteSignature", r.Detail, http.StatusBadRequest
	case signature.UnknownKey, signature.WrongToken:
		e.Code, e.Message = "InvalidClientTokenId", tokenInvalid
	case signature.ExpiredKey:
		e.Code, e.Message = "ExpiredToken", tokenExpired
	case signature.SignatureMismatch:
		e.Code, e.Message = "SignatureDoesNotMatch", noMatch
	default:
		e.Code, e.Message = "SignatureDoesNotMatch", r.Detail
	}
	return e
}

func refuseS3(r *signature.Refusal, region string) *wire.Error {
	e := &wire.Error{Status: http.StatusForbidden}
	switch r.Reason {
	case signature.Missing:
		e.Code, e.Message = "AccessDenied", "Access Denied"
	case signature.Incomplete:
		e.Code, e.Message, e.Status = "AuthorizationHeaderMalformed", "The authorization header is malformed; "+r.Detail, http.StatusBadRequest
	case signature.UnknownKey:
		e.Code, e.Message = "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
		e.Fields = map[string]any{"AWSAccessKeyId": printable(r.KeyID)}
	case signature.WrongToken:
		e.Code, e.Message, e.Status = "InvalidToken", "The provided token is malformed or otherwise invalid.", http.StatusBadRequest
	case signature.ExpiredKey:
		e.Code, e.Message, e.Status = "ExpiredToken", "The provided token has expired.", http.StatusBadRequest
	case signature.WrongRegion:
		e.Code, e.Status = "AuthorizationHeaderMalformed", http.StatusBadRequest
		e.Message = "The authorization header is malformed; the region is wrong; expecting '" + region + "'"
		e.Fields = map[string]any{"Region": region}
	case signature.WrongService, signature.WrongDate:
		e.Code, e.Message, e.Status = "AuthorizationHeaderMalformed", "The authorization header is malformed; "+r.Detail, http.StatusBadRequest
	case signature.TooOld, signature.TooNew:
		e.Code, e.Message = "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."
	case signature.ExpiredURL:
		e.Code, e.Message = "AccessDenied", "Request has expired"
	case signature.UnsignedHeader:
		e.Code, e.Message = "AccessDenied", "There were headers present in the request which were not signed"
	case signature.BodyHashMissing:
		e.Code, e.Message, e.Status = "InvalidRequest", r.Detail, http.StatusBadRequest
	case signature.BodyHashMismatch:
		e.Code, e.Message, e.Status = "XAmzContentSHA256Mismatch", r.Detail, http.StatusBadRequest
	case signature.StreamingBody:
		e.Code, e.Message, e.Status = "NotImplemented", r.Detail, http.StatusNotImplemented
	default:
		e.Code, e.Message = "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. Check your key and signing method."
	}
	return e
}

// permit asks the identity store whether the caller may do this at all.
func (x *exchange) permit() *wire.Error {
	for _, a := range actionsOf(x.route, x.region(), x.key.Principal.AccountID, x.body) {
		if x.front.opts.Store.Allowed(x.key, a.name) {
			continue
		}
		return x.route.denied(x.key.Principal.ARN, a)
	}
	return nil
}

// denied words a missing permission as the service does.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (rt route) denied(principal string, a action) *wire.Error {
	var b strings.Builder
	b.WriteString("User: " + principal + " is not authorized to perform: " + a.name)
	if a.resource != "" {
		b.WriteString(" on resource: " + a.resource)
	}
	b.WriteString(" with an explicit deny in an identity-based policy")
	switch rt.protocol {
	case restXML, queryXML:
		return &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: b.String()}
	}
	return &wire.Error{Code: "AccessDeniedException", Message: b.String()}
}
