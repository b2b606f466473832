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
