package app

import (
	"bytes"
	"encoding/json"
	"hash/crc32"
	"os"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

// A kept listing is a file of lines: a head, then pages of objects, so that the
// first names of a large catalog can be shown before the last are read.

// keptHead is the first line.
type keptHead struct {
	At  time.Time // when the service was asked
	Sum uint32    // CRC-32 of the pages: what is damaged is no listing
}

// keptObject is an object as it lies on disk; what is empty is left out, since
// there may be tens of thousands.
type keptObject struct {
	Name    string          `json:"n"`
	Kind    string          `json:"k"`
	Type    string          `json:"t,omitempty"`
	Comment string          `json:"c,omitempty"`
	Rows    *int64          `json:"r,omitempty"`
	Bytes   *int64          `json:"b,omitempty"`
	AsOf    *time.Time      `json:"a,omitempty"`
	Leaf    bool            `json:"l,omitempty"`
	Broken  string          `json:"x,omitempty"`
	Details []engine.Detail `json:"d,omitempty"`
}

func newKept(o engine.Object) keptObject {
	k := keptObject{Name: o.Name, Kind: o.Kind, Type: o.Type, Comment: o.Comment, Rows: o.Rows, Bytes: o.Bytes, Leaf: o.Leaf, Broken: o.Broken, Details: o.Details}
	if !o.AsOf.IsZero() {
		k.AsOf = &o.AsOf
	}
	return k
}

func (k keptObject) object() engine.Object {
	o := engine.Object{Name: k.Name, Kind: k.Kind, Type: k.Type, Comment: k.Comment, Rows: k.Rows, Bytes: k.Bytes, Leaf: k.Leaf, Broken: k.Broken, Details: k.Details}
	if k.AsOf != nil {
		o.AsOf = *k.AsOf
	}
	return o
}

// keptPage is how many objects stand in one line.
const keptPage = 500

// keepListing writes a listing. A cache that cannot be written is none: the
// next call asks again.
func keepListing(file string, at time.Time, objects []engine.Object) {
	var pages bytes.Buffer
	lines := json.NewEncoder(&pages) // ends each with a newline
	for from := 0; from == 0 || from < len(objects); from += keptPage {
		part := objects[from:min(from+keptPage, len(objects))]
		page := make([]keptObject, len(part))
		for i, o := range part {
			page[i] = newKept(o)
		}
		if lines.Encode(page) != nil {
			return
		}
	}
	head, err := json.Marshal(keptHead{At: at, Sum: crc32.ChecksumIEEE(pages.Bytes())})
	if err == nil {
		_ = home.WriteFile(file, append(append(head, '\n'), pages.Bytes()...))
	}
}

// keptListing is a kept listing that was found whole; its pages are read one at
// a time.
type keptListing struct {
	at    time.Time
	pages []byte
}

// openListing returns the listing in file, nil when there is none that is whole
// and no older than maxAge.
func openListing(file string, maxAge time.Duration) *keptListing {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	first, pages, _ := bytes.Cut(data, []byte{'\n'})
	var head keptHead
	if json.Unmarshal(first, &head) != nil || head.Sum != crc32.ChecksumIEEE(pages) ||
		head.At.After(time.Now()) || time.Since(head.At) > maxAge {
		return nil
	}
	return &keptListing{head.At, pages}
}

// each hands on the pages.
func (l *keptListing) each(yield func(Page, error) bool) {
	for line := range bytes.Lines(l.pages) {
		var page []keptObject
		if err := json.Unmarshal(line, &page); err != nil {
			yield(Page{At: l.at, Kept: true}, fault.Wrap(err, fault.Internal, "A kept listing cannot be read")) // its sum was right
			return
		}
		objects := make([]engine.Object, len(page))
		for i, k := range page {
			objects[i] = k.object()
		}
		if !yield(Page{Objects: objects, At: l.at, Kept: true}, nil) {
			return
		}
	}
}
