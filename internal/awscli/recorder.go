package awscli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// recorder keeps one answer, so that it can be sent on with its length.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

func (r *recorder) send(w io.Writer) error {
	r.header.Set("Content-Length", fmt.Sprint(r.body.Len()))
	r.header.Del("Transfer-Encoding")
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	if err := r.header.Write(&head); err != nil {
		return err
	}
	head.WriteString("\r\n")
	if _, err := head.WriteTo(w); err != nil {
		return err
	}
	_, err := r.body.WriteTo(w)
	return err
}
