package front

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/signature"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// protocol is how a service speaks on the wire.
type protocol int

const (
	jsonRPC  protocol = iota // AWS JSON 1.0 and 1.1: X-Amz-Target, JSON both ways
	queryXML                 // AWS query: form in, XML out
	restXML                  // S3
	restJSON                 // SSO-OIDC and portal
	page                     // HTML for people
)

// route is what a request was found to be.
type route struct {
	service   string // signing name, or "sso-oidc" and "sso"
	operation string
	variant   string // finer name for the counters, e.g. the grant type of CreateToken
	protocol  protocol
	unsigned  bool // answered without a signature
	err       *wire.Error

	json  wire.JSONService
	query wire.QueryService
	form  url.Values
	s3    func(http.ResponseWriter, *wire.Call)
	pages http.Handler
}

// target is the X-Amz-Target prefix of a JSON service.
// The names are the services' Smithy shape names, as each SDK sends them.
func target(prefix string) (service string, ok bool) {
	switch prefix {
	case "AmazonAthena":
		return "athena", true
	case "AWSGlue":
		return "glue", true
	case "DynamoDB_20120810":
		return "dynamodb", true
	case "RedshiftServerless":
		return "redshift-serverless", true
	case "RedshiftData":
		return "redshift-data", true
	}
	return "", false
}

// queryNamespace is the XML namespace of a query service.
func queryNamespace(service string) (string, bool) {
	switch service {
	case "sts":
		return "https://sts.amazonaws.com/doc/2011-06-15/", true
	case "redshift":
		return "http://redshift.amazonaws.com/doc/2012-12-01/", true
	}
	return "", false
}

// find tells what is meant: by X-Amz-Target, then by the credential scope, then
// by path.
func (f *Front) find(r *http.Request, signed *signature.Signed, body []byte) route {
	if t := r.Header.Get("X-Amz-Target"); t != "" {
		return f.findJSON(r, t)
	}
	isSigned := signature.IsSigned(r)
	if !isSigned {
		if rt, ok := f.findByPath(r, body); ok {
			return rt
		}
	}
	scope := ""
	if signed != nil {
		scope = signed.Service
	}
	form := formOf(r, body)
	switch {
	case scope == "s3":
		return f.findS3(r)
	case scope == "" && form.Get("Action") != "":
		return f.findQuery("sts", form)
	case scope == "":
		return f.findS3(r)
	}
	if _, ok := queryNamespace(scope); ok {
		return f.findQuery(scope, form)
	}
	for _, prefix := range []string{"AmazonAthena", "AWSGlue", "DynamoDB_20120810", "RedshiftServerless", "RedshiftData"} {
		if s, _ := target(prefix); s == scope {
			return route{service: scope, protocol: jsonRPC, err: unknownOperation("")}
		}
	}
	return route{service: scope, protocol: queryXML, err: &wire.Error{
		Code: "UnsupportedService", Status: http.StatusNotImplemented,
		Message: "The sandbox does not speak " + printable(scope) + ".",
	}}
}

func (f *Front) findJSON(r *http.Request, targetHeader string) route {
	prefix, operation, _ := strings.Cut(targetHeader, ".")
	service, ok := target(prefix)
	rt := route{service: service, operation: operation, protocol: jsonRPC}
	switch {
	case !ok || !isName(operation):
		rt.service, rt.operation = "unknown", ""
		rt.err = unknownOperation(targetHeader)
	case r.Method != http.MethodPost, !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json-1."):
		rt.err = unknownOperation(targetHeader)
	default:
		rt.json = f.opts.JSON[service]
		if rt.json == nil {
			rt.err = unavailable(service)
		}
	}
	return rt
}

func (f *Front) findQuery(service string, form url.Values) route {
	rt := route{service: service, operation: form.Get("Action"), protocol: queryXML, form: form, query: f.opts.Query[service]}
	switch {
	case rt.operation == "":
		rt.err = &wire.Error{Code: "MissingAction", Message: "The request must contain the parameter Action."}
	case !isName(rt.operation):
		rt.operation = ""
		rt.err = &wire.Error{Code: "InvalidAction", Message: "Could not find operation for the version " + printable(form.Get("Version"))}
	case rt.query == nil:
		rt.err = unavailable(service)
	}
	// The one STS call that proves its caller by a token instead of a key.
	rt.unsigned = service == "sts" && rt.operation == "AssumeRoleWithWebIdentity"
	return rt
}

func (f *Front) findS3(r *http.Request) route {
	rt := route{service: "s3", operation: s3Operation(r), protocol: restXML, s3: f.opts.S3}
	if rt.s3 == nil {
		rt.err = unavailable("s3")
	}
	return rt
}

// findByPath knows the unsigned calls and the pages.
func (f *Front) findByPath(r *http.Request, body []byte) (route, bool) {
	operation, service := ssoOperation(r.Method, r.URL.Path)
	if service != "" {
		rt := route{service: service, operation: operation, protocol: restJSON, unsigned: true, json: f.opts.SSO}
		if operation == "CreateToken" {
			rt.variant = grantOf(body)
		}
		if rt.json == nil {
			rt.err = unavailable(service)
		}
		return rt, true
	}
	if f.opts.Pages != nil {
		if h, pattern := f.opts.Pages.Handler(r); pattern != "" {
			return route{service: "signin", operation: "page", protocol: page, unsigned: true, pages: h}, true
		}
	}
	return route{}, false
}

// ssoOperation tells the SSO-OIDC and portal calls by method and path.
func ssoOperation(method, path string) (operation, service string) {
	switch method + " " + path {
	case "POST /client/register":
		return "RegisterClient", "sso-oidc"
	case "POST /device_authorization":
		return "StartDeviceAuthorization", "sso-oidc"
	case "POST /token":
		return "CreateToken", "sso-oidc"
	case "GET /federation/credentials":
		return "GetRoleCredentials", "sso"
	case "GET /assignment/accounts":
		return "ListAccounts", "sso"
	case "GET /assignment/roles":
		return "ListAccountRoles", "sso"
	case "POST /logout":
		return "Logout", "sso"
	}
	return "", ""
}

// formOf reads a query-protocol request's parameters from body or URL.
func formOf(r *http.Request, body []byte) url.Values {
	text := r.URL.RawQuery
	if r.Method == http.MethodPost {
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			return nil
		}
		text = string(body)
	}
	form, err := url.ParseQuery(text)
	if err != nil {
		return nil
	}
	return form
}

func unknownOperation(name string) *wire.Error {
	e := &wire.Error{Code: "UnknownOperationException"}
	if name != "" {
		e.Message = "Operation " + printable(name) + " is not known, or was not sent as a POST of AWS JSON."
	}
	return e
}

func unavailable(service string) *wire.Error {
	return &wire.Error{
		Code: "ServiceUnavailable", Status: http.StatusServiceUnavailable,
		Message: "This sandbox was started without " + service + ".",
	}
}

// isName keeps what a caller calls an operation out of logs and counters unless
// it looks like one.
func isName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range s {
		if !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9') {
			return false
		}
	}
	return true
}

// printable makes foreign text safe to show.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if len(s) > 100 {
		s = s[:100] + "..."
	}
	return s
}
