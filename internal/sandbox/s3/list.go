package s3

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	xmlSpace = "http://s3.amazonaws.com/doc/2006-03-01/"
	isoMilli = "2006-01-02T15:04:05.000Z"
	pageSize = 1000 // most keys that one ListObjectsV2 answer holds
)

var errToken = errors.New("the continuation token provided is incorrect")

type listed struct {
	Key          string
	LastModified string
	ETag         string
	Size         int64
	StorageClass string
}

type listing struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Space                 string   `xml:"xmlns,attr"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	KeyCount              int
	MaxKeys               int
	IsTruncated           bool
	Contents              []listed
	CommonPrefixes        []struct{ Prefix string }
}

// list answers ListObjectsV2; the first version of the call gets the same
// document, which is a superset of what its clients read.
func (h *Handler) list(a *reply) error {
	query := a.call.HTTP.URL.Query()
	out := listing{
		Space: xmlSpace, Name: a.bucket, Prefix: query.Get("prefix"), Delimiter: query.Get("delimiter"),
		StartAfter: query.Get("start-after"), ContinuationToken: query.Get("continuation-token"), MaxKeys: pageSize,
	}
	if n, err := strconv.Atoi(query.Get("max-keys")); err == nil {
		out.MaxKeys = max(0, min(n, pageSize))
	}
	after := max(out.StartAfter, query.Get("marker"))
	if out.ContinuationToken != "" {
		decoded, err := base64.URLEncoding.DecodeString(out.ContinuationToken)
		if err != nil {
			return errToken
		}
		after = string(decoded)
	}
	objects, err := h.store.List(a.bucket, out.Prefix)
	if err != nil {
		return err
	}
	if err := h.fill(&out, a.bucket, objects, after); err != nil {
		return err
	}
	return a.write(out)
}

// fill takes objects after the given key into the page, folding those that
// share a delimiter into one common prefix.
func (h *Handler) fill(out *listing, bucket string, objects []Object, after string) error {
	last := ""
	for _, o := range objects {
		folder := ""
		if out.Delimiter != "" {
			if at := strings.Index(o.Key[len(out.Prefix):], out.Delimiter); at >= 0 {
				folder = o.Key[:len(out.Prefix)+at+len(out.Delimiter)]
			}
		}
		seen := folder != "" && slices.ContainsFunc(out.CommonPrefixes, func(p struct{ Prefix string }) bool { return p.Prefix == folder })
		if o.Key <= after || folder != "" && strings.HasPrefix(after, folder) || seen {
			continue
		}
		if out.KeyCount >= out.MaxKeys {
			out.IsTruncated = true
			out.NextContinuationToken = base64.URLEncoding.EncodeToString([]byte(last))
			break
		}
		out.KeyCount++
		if folder != "" {
			out.CommonPrefixes = append(out.CommonPrefixes, struct{ Prefix string }{folder})
			last = folder
			continue
		}
		head, err := h.store.Head(bucket, o.Key)
		if errors.Is(err, ErrNoKey) {
			continue // deleted since the listing
		}
		if err != nil {
			return err
		}
		out.Contents = append(out.Contents, listed{o.Key, o.Modified.UTC().Format(isoMilli), head.ETag, o.Size, "STANDARD"})
		last = o.Key
	}
	return nil
}

func (h *Handler) listBuckets(a *reply) error {
	type bucket struct{ Name, CreationDate string }
	out := struct {
		XMLName xml.Name `xml:"ListAllMyBucketsResult"`
		Space   string   `xml:"xmlns,attr"`
		Owner   struct{ ID string }
		Buckets []bucket `xml:"Buckets>Bucket"`
	}{Space: xmlSpace}
	out.Owner.ID = a.call.Principal.AccountID
	names, err := h.store.Buckets()
	if err != nil {
		return err
	}
	for _, name := range names {
		out.Buckets = append(out.Buckets, bucket{name, time.Unix(0, 0).UTC().Format(isoMilli)})
	}
	return a.write(out)
}

// location answers GetBucketLocation, where us-east-1 is the empty string.
func (h *Handler) location(a *reply) error {
	if !h.store.HasBucket(a.bucket) {
		return ErrNoBucket
	}
	out := struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		Space   string   `xml:"xmlns,attr"`
		Region  string   `xml:",chardata"`
	}{Space: xmlSpace}
	if a.call.Region != "us-east-1" {
		out.Region = a.call.Region
	}
	return a.write(out)
}

func (a *reply) write(document any) error {
	body, err := xml.Marshal(document)
	if err != nil {
		return err
	}
	a.Header().Set("Content-Type", "application/xml")
	_, _ = io.WriteString(a.ResponseWriter, xml.Header+string(body)) // the status is out; a closed connection has no one to tell
	return nil
}

// unchunk takes the payload out of an aws-chunked body:
// hex-size[;chunk-signature=...] CRLF bytes CRLF ... 0 CRLF [trailers].
func unchunk(body []byte) ([]byte, error) {
	var out []byte
	for {
		line, rest, found := bytes.Cut(body, []byte("\r\n"))
		if !found {
			return nil, errChunks
		}
		text, _, _ := strings.Cut(string(line), ";")
		size, err := strconv.ParseUint(strings.TrimSpace(text), 16, 40)
		if err != nil || size > uint64(len(rest)) {
			return nil, errChunks
		}
		if size == 0 {
			return out, nil
		}
		out = append(out, rest[:size]...)
		if !bytes.HasPrefix(rest[size:], []byte("\r\n")) {
			return nil, errChunks
		}
		body = rest[size+2:]
	}
}
