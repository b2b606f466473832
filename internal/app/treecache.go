package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

// treeFolder lies in the cache folder. Each file is one listing.
const treeFolder = "tree"

// Listing is what stands below a path of a catalog.
type Listing struct {
	Objects []engine.Object
	At      time.Time // when the service was asked
	Kept    bool      // it was not asked now: this is what it said then
}

// Tree lists what stands below path without a billed statement. A listing kept
// from an earlier call that is no older than maxAge answers without a call; 0
// always asks. What the service says is kept for later calls, of this program
// and others. Kept listings hold names and figures of the catalog, and no rows.
func (c *Connection) Tree(ctx context.Context, path []string, maxAge time.Duration) (Listing, error) {
	file := c.treeFile(path)
	if maxAge > 0 && file != "" {
		if l, ok := readListing(file); ok && time.Since(l.At) <= maxAge {
			return l, nil
		}
	}
	at := time.Now()
	objects, err := c.Browse(ctx, path)
	if err != nil {
		if fault.CodeOf(err) == fault.NotFound && file != "" {
			_ = os.Remove(file) // what is not there any more is not kept either
		}
		return Listing{}, err
	}
	l := Listing{Objects: objects, At: at}
	if file != "" {
		keepListing(file, l)
	}
	return l, nil
}

// treeFile is where a listing is kept: by all that decides what the service
// would say, so that an edited connection does not meet another's listings. ""
// when there is no place.
func (c *Connection) treeFile(path []string) string {
	dirs, err := c.app.dirs()
	if err != nil || c.Session == nil {
		return ""
	}
	e := c.Target.Entry
	parts := []string{e.Name, e.Engine, c.Session.Profile, c.Session.Region, e.Account, e.Auth}
	for name, value := range e.Params {
		parts = append(parts, name+"="+value)
	}
	slices.Sort(parts[6:])
	// Parameters may hold a password; a digest does not tell it.
	sum := sha256.Sum256([]byte(strings.Join(append(append(parts, "path"), path...), "\x00")))
	return filepath.Join(dirs.Cache, treeFolder, hex.EncodeToString(sum[:16])+".json")
}

// keptListing is a Listing as it lies on disk; what is empty is left out, since
// there may be tens of thousands of objects.
type keptListing struct {
	At      time.Time
	Objects []keptObject
}

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

// keepListing writes a listing. A cache that cannot be written is none: the
// next call asks again.
func keepListing(file string, l Listing) {
	doc := keptListing{At: l.At, Objects: make([]keptObject, len(l.Objects))}
	for i, o := range l.Objects {
		k := keptObject{Name: o.Name, Kind: o.Kind, Type: o.Type, Comment: o.Comment, Rows: o.Rows, Bytes: o.Bytes, Leaf: o.Leaf, Broken: o.Broken, Details: o.Details}
		if !o.AsOf.IsZero() {
			k.AsOf = &o.AsOf
		}
		doc.Objects[i] = k
	}
	data, err := json.Marshal(doc)
	if err == nil {
		_ = home.WriteFile(file, data)
	}
}

func readListing(file string) (Listing, bool) {
	data, err := os.ReadFile(file)
	var doc keptListing
	if err != nil || json.Unmarshal(data, &doc) != nil || doc.At.After(time.Now()) {
		return Listing{}, false
	}
	l := Listing{At: doc.At, Kept: true, Objects: make([]engine.Object, len(doc.Objects))}
	for i, k := range doc.Objects {
		o := engine.Object{Name: k.Name, Kind: k.Kind, Type: k.Type, Comment: k.Comment, Rows: k.Rows, Bytes: k.Bytes, Leaf: k.Leaf, Broken: k.Broken, Details: k.Details}
		if k.AsOf != nil {
			o.AsOf = *k.AsOf
		}
		l.Objects[i] = o
	}
	return l, true
}
