// Package signature checks AWS Signature Version 4 on a received request: it
// builds the canonical request again from what arrived, signs it with the
// secret on file and compares. It is written from AWS's description and shares
// no code with any client, so that a client's mistake cannot cancel itself out.
//
// It refuses to know who the key belongs to, what the service does and how a
// refusal is worded on the wire.
//
//	signed, refusal := signature.Parse(r)
//	...
//	refusal = signed.Verify(signature.Rules{Service: "athena", Region: isMine, Now: now}, key, body)
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package signature

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const algorithm = "AWS4-HMAC-SHA256"

// Signed is a request's signature as it was sent, not yet checked.
type Signed struct {
	AccessKeyID string
	Region      string // from the credential scope
	Service     string // signing name, from the credential scope
	Presigned   bool   // in the query instead of the Authorization header
	Token       string // session token

	day           string
	time          time.Time
	expires       time.Duration // of a presigned URL
	signedHeaders []string
	signature     string
	http          *http.Request
	query         []pair
}

// pair is a query parameter, decoded.
type pair struct{ key, value string }

// IsSigned reports whether r carries a signature, good or not.
func IsSigned(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") ||
		strings.Contains(r.URL.RawQuery, "X-Amz-Algorithm=")
}

// Parse reads the signature of r from the Authorization header or the query.
func Parse(r *http.Request) (*Signed, *Refusal) {
	query, refusal := parseQuery(r.URL.RawQuery)
	if refusal != nil {
		return nil, refusal
	}
	s := &Signed{http: r, query: query}
	auth := r.Header.Get("Authorization")
	switch {
	case auth != "":
		refusal = s.parseHeader(auth)
	case s.param("X-Amz-Algorithm") != "":
		refusal = s.parsePresigned()
	default:
		refusal = refuse(Missing, "Missing Authentication Token")
	}
	if refusal != nil {
		refusal.KeyID = s.AccessKeyID
		return nil, refusal
	}
	return s, nil
}

func (s *Signed) parseHeader(auth string) *Refusal {
	scheme, rest, _ := strings.Cut(auth, " ")
	if scheme != algorithm {
		return refuse(Incomplete, "Unsupported AWS 'algorithm': '%s' (only %s is supported)", scheme, algorithm)
	}
	parts := map[string]string{}
	for _, field := range strings.Split(rest, ",") {
		field = strings.TrimSpace(field)
		key, value, ok := strings.Cut(field, "=")
		if !ok {
			return refuse(Incomplete, "'%s' not a valid key=value pair (missing equal-sign) in Authorization header.", field)
		}
		parts[key] = value
	}
	var missing []string
	for _, key := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[key] == "" {
			missing = append(missing, "Authorization header requires '"+key+"' parameter.")
		}
	}
	if missing != nil {
		return refuse(Incomplete, "%s", strings.Join(missing, " "))
	}
	if refusal := s.parseScope(parts["Credential"]); refusal != nil {
		return refusal
	}
	s.signature = parts["Signature"]
	s.signedHeaders = strings.Split(parts["SignedHeaders"], ";")
	s.Token = s.http.Header.Get("X-Amz-Security-Token")
	return s.parseTime(s.http.Header.Get("X-Amz-Date"), s.http.Header.Get("Date"))
}

// maxPresigned is the longest life of a presigned URL.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
const maxPresigned = 7 * 24 * time.Hour

func (s *Signed) parsePresigned() *Refusal {
	s.Presigned = true
	if a := s.param("X-Amz-Algorithm"); a != algorithm {
		return refuse(Incomplete, "X-Amz-Algorithm only supports \"%s\"", algorithm)
	}
	for _, key := range []string{"X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if s.param(key) == "" {
			return refuse(Incomplete, "AWS query-string parameters must include '%s'.", key)
		}
	}
	if refusal := s.parseScope(s.param("X-Amz-Credential")); refusal != nil {
		return refusal
	}
	s.signature = s.param("X-Amz-Signature")
	s.signedHeaders = strings.Split(s.param("X-Amz-SignedHeaders"), ";")
	s.Token = s.param("X-Amz-Security-Token")
	if text := s.param("X-Amz-Expires"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 || time.Duration(seconds)*time.Second > maxPresigned {
			return refuse(Incomplete, "X-Amz-Expires must be a number of seconds from 0 to 604800")
		}
		s.expires = time.Duration(seconds) * time.Second
	}
	return s.parseTime(s.param("X-Amz-Date"), "")
}

// parseScope reads KEY/DAY/REGION/SERVICE/aws4_request.
func (s *Signed) parseScope(credential string) *Refusal {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[0] == "" || parts[4] != "aws4_request" {
		return refuse(Incomplete, "Credential must have exactly 5 slash-delimited elements, "+
			"e.g. keyid/date/region/service/term, got '%s'", credential)
	}
	s.AccessKeyID, s.day, s.Region, s.Service = parts[0], parts[1], parts[2], parts[3]
	return nil
}

func (s *Signed) parseTime(amzDate, date string) *Refusal {
	var err error
	switch {
	case amzDate != "":
		s.time, err = time.Parse(basicFormat, amzDate)
	case date != "":
		s.time, err = http.ParseTime(date)
	default:
		return refuse(Incomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if err != nil {
		return refuse(Incomplete, "Date must be in ISO-8601 'basic format'. Got '%s'.", amzDate+date)
	}
	return nil
}

// param is the first query parameter with that name.
func (s *Signed) param(key string) string {
	i := slices.IndexFunc(s.query, func(p pair) bool { return p.key == key })
	if i < 0 {
		return ""
	}
	return s.query[i].value
}

// parseQuery splits a raw query by hand: net/url would refuse a semicolon, and
// would lose the order and emptiness of parameters that the signature covers.
func parseQuery(raw string) ([]pair, *Refusal) {
	if raw == "" {
		return nil, nil
	}
	var pairs []pair
	for _, part := range strings.Split(raw, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return nil, refuse(Incomplete, "The query string is not valid: %v", err)
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, refuse(Incomplete, "The query string is not valid: %v", err)
		}
		pairs = append(pairs, pair{key, value})
	}
	return pairs, nil
}
