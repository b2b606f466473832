package front

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// succeed writes a result. An error means nothing was written yet.
func (x *exchange) succeed(result any) error {
	switch x.route.protocol {
	case queryXML:
		body, err := queryResult(x.route.service, x.route.operation, x.id, result)
		if err != nil {
			return err
		}
		x.send(http.StatusOK, "text/xml", body)
	default:
		body := []byte("{}")
		if result != nil {
			var err error
			if body, err = marshalJSON(result); err != nil {
				return err
			}
		}
		x.send(http.StatusOK, x.jsonType(), body)
	}
	return nil
}

// fail writes an error in the route's protocol.
func (x *exchange) fail(e *wire.Error) {
	x.failed(e.Code)
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	switch x.route.protocol {
	case queryXML:
		x.send(status, "text/xml", queryError(x.route.service, x.id, status, e))
	case restXML:
		x.send(status, "application/xml", s3Error(x.r.URL.Path, x.id, e))
	case restJSON:
		x.w.Header().Set("x-amzn-ErrorType", e.Code)
		x.send(status, x.jsonType(), restError(x.route.service, e))
	default:
		x.send(status, x.jsonType(), rpcError(x.route.service, e))
	}
}

func (x *exchange) send(status int, contentType string, body []byte) {
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if x.route.protocol == restXML {
		h.Set("x-amz-request-id", x.id)
	} else {
		h.Set("x-amzn-RequestId", x.id)
	}
	if x.route.service == "dynamodb" {
		h.Set("x-amz-crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	}
	x.settle(len(body))
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		_, _ = x.w.Write(body) // a client that went away is not our concern
	}
}

// The AWS SDK for Go closes its request body when an answer's header arrives.
// If net/http has then sent the body but not yet looked past its end, it takes
// that for a failed request and drops the connection, and with it whatever of
// the answer does not fit its read buffer of 4 KB. No real service answers so
// soon; a stand-in on the same machine does.
const (
	unbuffered = 3000                 // bytes of an answer's body that are safe beside its header
	settleTime = 3 * time.Millisecond // since the request's end; most clients need a tenth of it
)

// settle waits until the caller has surely noticed the end of its own request,
// when a larger answer would be lost otherwise.
func (x *exchange) settle(size int) {
	if len(x.body) > 0 && size > unbuffered {
		wait(x.r.Context(), settleTime-time.Since(x.read))
	}
}

// jsonType answers in the version that was asked in.
func (x *exchange) jsonType() string {
	if x.route.protocol == restJSON {
		return "application/json"
	}
	if strings.HasPrefix(x.r.Header.Get("Content-Type"), "application/x-amz-json-1.0") {
		return "application/x-amz-json-1.0"
	}
	return "application/x-amz-json-1.1"
}

func marshalJSON(v any) ([]byte, error) {
	// A service that wrote its own JSON is believed: a page of a megabyte need
	// not be read again.
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// rpcError is the error document of the JSON protocols.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
func rpcError(service string, e *wire.Error) []byte {
	doc := document(e)
	kind := e.Code
	if service == "dynamodb" {
		kind = "com.amazonaws.dynamodb.v20120810#" + e.Code
	}
	doc["__type"] = kind
	if e.Message != "" {
		doc[messageKey(service, e.Code)] = e.Message
	}
	return mustJSON(doc)
}

// restError is the error document of the portal, and of SSO-OIDC, which carries
// OAuth's members instead of a message.
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors
func restError(service string, e *wire.Error) []byte {
	doc := document(e)
	if service == "sso-oidc" {
		doc["error"] = oauthCode(e.Code)
		doc["error_description"] = e.Message
	} else {
		doc["message"] = e.Message
		doc["__type"] = e.Code
	}
	return mustJSON(doc)
}

// oauthCode is OAuth's name of an SSO-OIDC exception:
// AuthorizationPendingException is authorization_pending.
func oauthCode(exception string) string {
	var b strings.Builder
	for i, c := range strings.TrimSuffix(exception, "Exception") {
		if 'A' <= c && c <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

func document(e *wire.Error) map[string]any {
	doc := make(map[string]any, len(e.Fields)+2)
	for k, v := range e.Fields {
		doc[k] = v
	}
	return doc
}

func mustJSON(doc map[string]any) []byte {
	b, err := marshalJSON(doc)
	if err != nil {
		return []byte(`{"__type":"InternalServerException","message":"the error document could not be written"}`)
	}
	return b
}

// messageKey is how the service's model spells the message member; some
// exceptions of DynamoDB differ from its others.
func messageKey(service, code string) string {
	switch {
	case service == "athena" || service == "glue" || service == "redshift-data":
		return "Message"
	case code == "TransactionCanceledException" || code == "TransactionInProgressException" || code == "IdempotentParameterMismatchException":
		return "Message"
	}
	return "message"
}

// queryResult wraps a result as the query protocol does.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
func queryResult(service, operation, id string, result any) ([]byte, error) {
	ns, _ := queryNamespace(service)
	var b bytes.Buffer
	fmt.Fprintf(&b, "<%sResponse xmlns=%q>\n", operation, ns)
	if result != nil {
		enc := xml.NewEncoder(&b)
		enc.Indent("  ", "  ")
		if err := enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: operation + "Result"}}); err != nil {
			return nil, err
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  <ResponseMetadata>\n    <RequestId>%s</RequestId>\n  </ResponseMetadata>\n</%sResponse>\n", id, operation)
	return b.Bytes(), nil
}

func queryError(service, id string, status int, e *wire.Error) []byte {
	ns, ok := queryNamespace(service)
	if !ok {
		ns = "http://webservices.amazon.com/AWSFault/2005-15-09"
	}
	kind := "Sender"
	if status >= 500 {
		kind = "Receiver"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<ErrorResponse xmlns=%q>\n  <Error>\n    <Type>%s</Type>\n", ns, kind)
	element(&b, "    ", "Code", e.Code)
	element(&b, "    ", "Message", e.Message)
	fields(&b, "    ", e.Fields)
	fmt.Fprintf(&b, "  </Error>\n  <RequestId>%s</RequestId>\n</ErrorResponse>\n", id)
	return b.Bytes()
}

func s3Error(resource, id string, e *wire.Error) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<Error>")
	element(&b, "", "Code", e.Code)
	element(&b, "", "Message", e.Message)
	fields(&b, "", e.Fields)
	element(&b, "", "Resource", resource)
	element(&b, "", "RequestId", id)
	element(&b, "", "HostId", "sandbox")
	b.WriteString("</Error>")
	return b.Bytes()
}

func fields(b *bytes.Buffer, indent string, m map[string]any) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		element(b, indent, name, fmt.Sprint(m[name]))
	}
}

func element(b *bytes.Buffer, indent, name, text string) {
	b.WriteString(indent + "<" + name + ">")
	_ = xml.EscapeText(b, []byte(text)) // a bytes.Buffer does not fail
	b.WriteString("</" + name + ">")
	if indent != "" {
		b.WriteByte('\n')
	}
}
