package s3

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Handler answers S3 requests from a Store.
type Handler struct{ store *Store }

// NewHandler serves the objects of store.
func NewHandler(store *Store) *Handler { return &Handler{store} }

// Serve answers one verified request, addressed path-style (/bucket/key) or by
// virtual host (bucket.s3.region.amazonaws.com/key).
func (h *Handler) Serve(w http.ResponseWriter, c *wire.Call) {
	bucket, key := address(c.HTTP)
	answer := &reply{ResponseWriter: w, call: c, bucket: bucket, key: key}
	w.Header().Set("x-amz-request-id", c.RequestID)
	w.Header().Set("Server", "AmazonS3")
	if err := h.route(answer); err != nil {
		answer.refuse(err)
	}
}

// reply is one answer under way.
type reply struct {
	http.ResponseWriter
	call        *wire.Call
	bucket, key string
}

func (h *Handler) route(a *reply) error {
	r := a.call.HTTP
	query := r.URL.Query()
	switch {
	case a.bucket == "":
		if r.Method != http.MethodGet {
			return errMethod
		}
		return h.listBuckets(a)
	case a.key == "":
		return h.routeBucket(a, query)
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return h.get(a)
	case http.MethodPut:
		return h.put(a)
	case http.MethodDelete:
		if err := h.store.Delete(a.bucket, a.key); err != nil {
			return err
		}
		a.WriteHeader(http.StatusNoContent)
		return nil
	}
	return errMethod
}

func (h *Handler) routeBucket(a *reply, query map[string][]string) error {
	switch a.call.HTTP.Method {
	case http.MethodPut:
		if err := h.store.CreateBucket(a.bucket); err != nil {
			return err
		}
		a.Header().Set("Location", "/"+a.bucket)
		return nil
	case http.MethodHead:
		if !h.store.HasBucket(a.bucket) {
			return ErrNoBucket
		}
		a.Header().Set("x-amz-bucket-region", a.call.Region)
		return nil
	case http.MethodGet:
		if _, ok := query["location"]; ok {
			return h.location(a)
		}
		return h.list(a)
	}
	return errMethod
}

func (h *Handler) put(a *reply) error {
	body := a.call.Body
	if strings.Contains(a.call.HTTP.Header.Get("Content-Encoding"), "aws-chunked") || a.call.HTTP.Header.Get("X-Amz-Decoded-Content-Length") != "" {
		var err error
		if body, err = unchunk(body); err != nil {
			return err
		}
	}
	if a.call.HTTP.Header.Get("If-None-Match") == "*" {
		if _, err := h.store.Head(a.bucket, a.key); err == nil {
			return errPrecondition
		}
	}
	object, err := h.store.Put(a.bucket, a.key, bytes.NewReader(body))
	if err != nil {
		return err
	}
	a.Header().Set("ETag", object.ETag)
	return nil
}

// get serves GetObject and HeadObject. No checksum header is sent: one over
// the whole object would be wrong on a part, and clients verify it.
func (h *Handler) get(a *reply) error {
	file, object, err := h.store.Open(a.bucket, a.key)
	if err != nil {
		return err
	}
	defer file.Close()
	r := a.call.HTTP
	head := a.Header()
	head.Set("ETag", object.ETag)
	head.Set("Last-Modified", object.Modified.UTC().Format(http.TimeFormat))
	head.Set("Accept-Ranges", "bytes")
	status, err := condition(r.Header, object)
	if err != nil {
		return err
	}
	if status == http.StatusNotModified {
		a.WriteHeader(status)
		return nil
	}
	begin, length, partial, err := byteRange(r.Header, object)
	if err != nil {
		head.Set("Content-Range", fmt.Sprintf("bytes */%d", object.Size))
		return err
	}
	head.Set("Content-Type", contentType(a.key))
	head.Set("Content-Length", strconv.FormatInt(length, 10))
	if partial {
		head.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", begin, begin+length-1, object.Size))
		status = http.StatusPartialContent
	}
	a.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	// The status line is out: a reader that has gone away is no longer ours to tell.
	_, _ = io.Copy(a.ResponseWriter, io.NewSectionReader(file, begin, length))
	return nil
}

func contentType(key string) string {
	switch {
	case strings.HasSuffix(key, ".csv"):
		return "text/csv"
	case strings.HasSuffix(key, ".txt"):
		return "text/plain"
	}
	return "application/octet-stream"
}

// condition judges the If-* headers as RFC 9110 orders them.
func condition(head http.Header, object Object) (int, error) {
	if want := head.Get("If-Match"); want != "" {
		if !tagMatches(want, object.ETag) {
			return 0, errPrecondition
		}
	} else if since, err := http.ParseTime(head.Get("If-Unmodified-Since")); err == nil && object.Modified.Truncate(time.Second).After(since) {
		return 0, errPrecondition
	}
	if not := head.Get("If-None-Match"); not != "" {
		if tagMatches(not, object.ETag) {
			return http.StatusNotModified, nil
		}
	} else if since, err := http.ParseTime(head.Get("If-Modified-Since")); err == nil && !object.Modified.Truncate(time.Second).After(since) {
		return http.StatusNotModified, nil
	}
	return http.StatusOK, nil
}

func tagMatches(list, etag string) bool {
	for candidate := range strings.SplitSeq(list, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.Trim(candidate, `"`) == strings.Trim(etag, `"`) {
			return true
		}
	}
	return false
}

// byteRange reads a Range of one part. As in S3, a range it cannot read or one
// of several parts is ignored and the whole object is sent.
func byteRange(head http.Header, object Object) (begin, length int64, partial bool, err error) {
	spec, found := strings.CutPrefix(head.Get("Range"), "bytes=")
	first, last, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !found || !dash || strings.Contains(spec, ",") || !rangeApplies(head.Get("If-Range"), object) {
		return 0, object.Size, false, nil
	}
	if first == "" {
		n, err := strconv.ParseInt(last, 10, 64)
		switch {
		case err != nil:
			return 0, object.Size, false, nil
		case n == 0 || object.Size == 0:
			return 0, 0, false, errRange
		}
		n = min(n, object.Size)
		return object.Size - n, n, true, nil
	}
	begin, err = strconv.ParseInt(first, 10, 64)
	if err != nil {
		return 0, object.Size, false, nil
	}
	end := object.Size - 1
	if last != "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < begin {
			return 0, object.Size, false, nil
		}
		end = min(end, n)
	}
	if begin >= object.Size {
		return 0, 0, false, errRange
	}
	return begin, end - begin + 1, true, nil
}

// rangeApplies tells whether an If-Range still holds; otherwise the whole
// object is sent.
func rangeApplies(condition string, object Object) bool {
	if condition == "" {
		return true
	}
	if at, err := http.ParseTime(condition); err == nil {
		return !object.Modified.Truncate(time.Second).After(at)
	}
	return strings.Trim(condition, `"`) == strings.Trim(object.ETag, `"`)
}

// address finds bucket and key in host and path.
func address(r *http.Request) (bucket, key string) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if bucket := hostBucket(r.Host); bucket != "" {
		return bucket, path
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

// hostBucket is the bucket in front of a virtual host name, or empty.
func hostBucket(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if net.ParseIP(strings.Trim(host, "[]")) != nil || host == "localhost" || strings.HasPrefix(host, "s3.") || strings.HasPrefix(host, "s3-") {
		return ""
	}
	for _, mark := range []string{".s3.", ".s3-", ".127.0.0.1", ".localhost"} {
		if at := strings.LastIndex(host, mark); at > 0 {
			return host[:at]
		}
	}
	return ""
}

var (
	errMethod       = errors.New("method not allowed")
	errPrecondition = errors.New("precondition failed")
	errRange        = errors.New("range not satisfiable")
	errChunks       = errors.New("malformed aws-chunked body")
)

// refuse writes the XML error of S3; the codes are those of
// docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
func (a *reply) refuse(err error) {
	type document struct {
		XMLName    xml.Name `xml:"Error"`
		Code       string
		Message    string
		BucketName string `xml:",omitempty"`
		Key        string `xml:",omitempty"`
		Resource   string
		RequestID  string `xml:"RequestId"`
	}
	doc := document{Resource: a.call.HTTP.URL.Path, RequestID: a.call.RequestID}
	status := http.StatusInternalServerError
	set := func(code int, name, message string) { status, doc.Code, doc.Message = code, name, message }
	switch {
	case errors.Is(err, ErrNoBucket):
		set(404, "NoSuchBucket", "The specified bucket does not exist")
		doc.BucketName = a.bucket
	case errors.Is(err, ErrNoKey):
		set(404, "NoSuchKey", "The specified key does not exist.")
		doc.Key = a.key
	case errors.Is(err, ErrBadName) && a.key == "":
		set(400, "InvalidBucketName", "The specified bucket is not valid.")
	case errors.Is(err, ErrBadName):
		set(400, "KeyTooLongError", "Your key is too long or ends in a slash, which this store cannot keep")
	case errors.Is(err, errMethod):
		set(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	case errors.Is(err, errPrecondition):
		set(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	case errors.Is(err, errRange):
		set(416, "InvalidRange", "The requested range is not satisfiable")
	case errors.Is(err, errChunks), errors.Is(err, errToken):
		set(400, "InvalidArgument", strings.ToUpper(err.Error()[:1])+err.Error()[1:])
	default:
		set(500, "InternalError", "We encountered an internal error. Please try again. ("+err.Error()+")")
	}
	body, marshalErr := xml.Marshal(doc)
	if marshalErr != nil {
		body = nil
	}
	for _, name := range []string{"ETag", "Last-Modified", "Accept-Ranges", "Content-Length"} {
		a.Header().Del(name)
	}
	a.Header().Set("Content-Type", "application/xml")
	a.WriteHeader(status)
	if a.call.HTTP.Method != http.MethodHead {
		_, _ = io.WriteString(a.ResponseWriter, xml.Header+string(body))
	}
}
