package engine

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/result"
)

// Reader is an optional power of an engine of items with keys: the service's
// own reading calls, for what its statements cannot say.
type Reader interface {
	// Read is Run for a call. The same duties hold.
	Read(ctx context.Context, r Read) (result.Stream, error)
}

// Resumable is an optional power of a stream that Read returned.
type Resumable interface {
	// Position tells where the stream is, after the batches that Next returned
	// so far; Read.Resume goes on behind it. nil when it cannot be told.
	Position() []byte
}

// Kinds of Read.
const (
	ReadGet   = "get"   // one item by its key
	ReadQuery = "query" // the items of one partition key
	ReadScan  = "scan"  // all items
)

// Read is one reading call.
type Read struct {
	Kind  string
	Table string
	Index string // "" for the table itself
	// Key are the values of a get's key by attribute, as text; binary is base64.
	Key map[string]string
	// Where is a query's condition on its keys, Filter a condition on other
	// attributes, both as in PartiQL.
	Where, Filter string
	Columns       []string // attributes to return, nil for all
	Descending    bool     // a query's order
	Limit         int64    // rows to return at most, 0 for all
	Consistent    bool
	Segments      int // of a scan, 0 lets it find them
	// Resume is a Position of the same call, made earlier.
	Resume []byte

	AllColumns bool
	Form       Form
	Budget     Budget
	Progress   func(Progress)
}

// Grouper is an optional power: run several statements in one call.
type Grouper interface {
	// RunGroup is Run for a group. Each row tells the number of its statement,
	// how it went, and an item that it returned.
	RunGroup(ctx context.Context, g Group) (result.Stream, error)
}

// Group is several statements.
type Group struct {
	Statements []Statement
	// Atomic makes all of them happen or none.
	Atomic bool
	// Token makes an atomic group that is sent again within ten minutes happen
	// once; "" has one made.
	Token string
}

// Sampler is an optional power of an engine without declared columns: read some
// items and tell which attributes they have.
type Sampler interface {
	Sample(ctx context.Context, table string, items int) (Sample, error)
}

// Sample is what some items of a table show.
type Sample struct {
	Items      int64
	Attributes []SampledAttribute
	Entities   []SampledEntity // kinds of items by the beginnings of their keys
	Stats      result.Stats    // what the reading cost
}

// SampledAttribute is one attribute.
type SampledAttribute struct {
	Name  string
	Types []string // in order of appearance
	Items int64    // that have it
}

// SampledEntity is one kind of item.
type SampledEntity struct {
	Keys       []string // the beginnings, e.g. "CUSTOMER#", "ORDER#"
	Items      int64
	Attributes []string // that its items have, keys left out
}

// Tally is an optional power of a stream that RunGroup returned.
type Tally interface {
	// Failed is how many statements failed, of the rows that Next returned.
	Failed() int64
}
