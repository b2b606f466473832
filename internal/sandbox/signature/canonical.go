package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest builds the text that was signed.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
func (s *Signed) canonicalRequest(bodyHash string) string {
	headers := slices.Clone(s.signedHeaders)
	slices.Sort(headers)
	var b strings.Builder
	b.WriteString(s.http.Method + "\n")
	b.WriteString(s.canonicalPath() + "\n")
	b.WriteString(s.canonicalQuery() + "\n")
	for _, name := range headers {
		b.WriteString(name + ":" + s.headerValue(name) + "\n")
	}
	b.WriteString("\n" + strings.Join(headers, ";") + "\n" + bodyHash)
	return b.String()
}

// canonicalPath encodes each segment, twice for every service but S3.
func (s *Signed) canonicalPath() string {
	raw := s.http.URL.EscapedPath()
	if raw == "" {
		return "/"
	}
	segments := strings.Split(raw, "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			plain = segment
		}
		segments[i] = encode(plain)
		if s.Service != "s3" {
			segments[i] = encode(segments[i])
		}
	}
	return strings.Join(segments, "/")
}

func (s *Signed) canonicalQuery() string {
	encoded := make([]pair, 0, len(s.query))
	for _, p := range s.query {
		if s.Presigned && p.key == "X-Amz-Signature" {
			continue
		}
		encoded = append(encoded, pair{encode(p.key), encode(p.value)})
	}
	slices.SortFunc(encoded, func(a, b pair) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	parts := make([]string, len(encoded))
	for i, p := range encoded {
		parts[i] = p.key + "=" + p.value
	}
	return strings.Join(parts, "&")
}

// headerValue is the canonical value of a header. Go's server keeps Host,
// Content-Length and Transfer-Encoding outside the header map.
func (s *Signed) headerValue(name string) string {
	switch name {
	case "host":
		return s.http.Host
	case "content-length":
		return strconv.FormatInt(max(s.http.ContentLength, 0), 10)
	case "transfer-encoding":
		return strings.Join(s.http.TransferEncoding, ",")
	}
	values := slices.Clone(s.http.Header.Values(name))
	for i, v := range values {
		values[i] = strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == ' ' }), " ")
	}
	return strings.Join(values, ",")
}

// compute is the signature this request should have with that secret.
func (s *Signed) compute(secret, bodyHash string) string {
	scope := strings.Join([]string{s.day, s.Region, s.Service, "aws4_request"}, "/")
	text := strings.Join([]string{
		algorithm, s.time.Format(basicFormat), scope, hashHex([]byte(s.canonicalRequest(bodyHash))),
	}, "\n")
	key := mac([]byte("AWS4"+secret), s.day)
	key = mac(key, s.Region)
	key = mac(key, s.Service)
	key = mac(key, "aws4_request")
	return hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hashHex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// encode percent-encodes every byte but A-Z a-z 0-9 - . _ ~, in upper case.
func encode(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
