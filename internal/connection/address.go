package connection

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// Address is a target written out in place of a saved name:
//
//	athena://PROFILE@REGION/CATALOG/DATABASE?workgroup=W
//	redshift://PROFILE@REGION/WORKGROUP-OR-CLUSTER/DATABASE
//	dynamodb://PROFILE@REGION
//
// Region may be left out (athena://PROFILE/...), the profile too
// (athena:///..., athena://@REGION/...). Every part is percent-encoded where
// it must be (RFC 3986): a space is %20, an @ in a profile's name %40. A plus
// is a plus.
type Address struct {
	Kind    string // the scheme, in lower case
	Profile string
	Region  string
	Path    []string // may hold empty segments, as in athena://dev//sales
	Query   map[string]string
}

// ParseAddress reads s as an address. The second result is false when s is
// not one (it has no "://"), and then it is a name. The error is a fault with
// code usage.
func ParseAddress(s string) (Address, bool, error) {
	kind, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Address{}, false, nil
	}
	p := addressParser{text: s}
	a := Address{Kind: strings.ToLower(kind)}
	if !validScheme(a.Kind) {
		return Address{}, true, p.refuse("it begins with %q, not with an engine's name", kind)
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	host, path, hasPath := strings.Cut(rest, "/")
	if strings.Contains(host, ":") {
		// Never echo it: what follows the colon may be a password.
		return Address{}, true, fault.New(fault.Usage, "An address holds no password and no port, and this one has a colon before its first slash").
			WithRemedy("write PROFILE@REGION there; a colon in a profile's name is %3A")
	}
	if hasQuery {
		a.Query = p.query(query)
	}
	a.Profile, a.Region = p.host(host)
	if hasPath {
		a.Path = p.path(path)
	}
	if p.err != nil {
		return Address{}, true, p.err
	}
	return a, true, nil
}

// addressParser keeps the first error.
type addressParser struct {
	text string
	err  error
}

func (p *addressParser) refuse(format string, args ...any) error {
	if p.err == nil {
		p.err = fault.Newf(fault.Usage, "The address %q cannot be read: %s", p.text, fmt.Sprintf(format, args...)).
			WithRemedy("the form is KIND://PROFILE@REGION/PATH?key=value, for example athena://dev@us-east-1/AwsDataCatalog/sales?workgroup=primary")
	}
	return p.err
}

func (p *addressParser) host(host string) (profile, region string) {
	if n := strings.Count(host, "@"); n > 1 {
		p.refuse("it has %d @ signs before the path; an @ in a profile's name is %%40", n)
		return "", ""
	}
	profile, region, _ = strings.Cut(host, "@")
	profile = p.decode(profile, "the profile")
	region = p.decode(region, "the region")
	for _, c := range []byte(region) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			p.refuse("%q is not a region's name", region)
		}
	}
	return profile, region
}

func (p *addressParser) path(path string) []string {
	path = strings.TrimSuffix(path, "/")
	if path == "" {
		return nil
	}
	segments := strings.Split(path, "/")
	for i := range segments {
		segments[i] = p.decode(segments[i], "the path")
	}
	return segments
}

func (p *addressParser) query(query string) map[string]string {
	values := map[string]string{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		key = p.decode(key, "a parameter's name")
		if secretLooking(key) {
			p.err = fault.Newf(fault.Usage, "An address holds no secret, and this one has the parameter %q", key).
				WithRemedy("store it in the keyring: fairlead auth add NAME")
			return nil
		}
		if _, twice := values[key]; twice {
			p.refuse("the parameter %q is given twice", key)
		}
		if !ok || key == "" {
			p.refuse("%q after the question mark is not key=value", part)
		}
		values[key] = p.decode(value, "the parameter "+key)
	}
	if len(values) == 0 {
		return nil
	}
	return values
}

// decode undoes percent-encoding and refuses what no name can hold.
func (p *addressParser) decode(text, what string) string {
	decoded, err := url.PathUnescape(text)
	if err != nil {
		p.refuse("%s has a %% that is not followed by two hexadecimal digits; a %% itself is %%25", what)
		return ""
	}
	if strings.ContainsFunc(decoded, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0xfffd }) {
		p.refuse("%s holds a control character or is not UTF-8", what)
	}
	return decoded
}

func validScheme(s string) bool {
	for i, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '-')) {
			return false
		}
	}
	return s != ""
}

// String writes the address so that ParseAddress reads the same back.
func (a Address) String() string {
	var b strings.Builder
	b.WriteString(a.Kind)
	b.WriteString("://")
	b.WriteString(encode(a.Profile, ""))
	if a.Region != "" {
		b.WriteByte('@')
		b.WriteString(encode(a.Region, ""))
	}
	for _, segment := range a.Path {
		b.WriteByte('/')
		b.WriteString(encode(segment, ""))
	}
	if n := len(a.Path); n > 0 && a.Path[n-1] == "" {
		b.WriteByte('/')
	}
	names := make([]string, 0, len(a.Query))
	for name := range a.Query {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(encode(name, ""))
		b.WriteByte('=')
		b.WriteString(encode(a.Query[name], "/:@"))
	}
	return b.String()
}

// encode percent-encodes all but the unreserved characters of RFC 3986, a few
// that mean nothing in an address and are common in values, and those in also.
func encode(s, also string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~+,$!*", c) >= 0 || strings.IndexByte(also, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
