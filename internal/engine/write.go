package engine

import (
	"context"
	"io"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// ItemStore is an optional power of an engine of items with keys: one item at a
// time, each in the service's own typed JSON, so that no value loses anything.
type ItemStore interface {
	// ItemKey gives the texts of a key's attributes the types that the table
	// declares; binary is base64. What is missing or not of the key is a fault
	// with code usage.
	ItemKey(ctx context.Context, table string, texts map[string]string) (key []byte, err error)
	// GetItem reads an item as it was written last; nil when there is none.
	GetItem(ctx context.Context, table string, key []byte) (item []byte, cost ItemCost, err error)
	// PutItem writes an item. When the present one is not what was read the
	// error is a *ChangedError and nothing is written.
	PutItem(ctx context.Context, w ItemWrite) (ItemCost, error)
	// DeleteItem deletes an item under the same condition. Deleting what is not
	// there, without a condition, is no error.
	DeleteItem(ctx context.Context, w ItemWrite) (ItemCost, error)
}

// ItemWrite is the change of one item.
type ItemWrite struct {
	Table string
	Key   []byte // typed JSON of the key's attributes; "" takes them from Item
	Item  []byte // typed JSON of the item as it shall be; not of a delete
	// Was is the item as it was read. The write happens only while that is what
	// is there. nil means that there must be no item yet.
	Was []byte
	// Always writes whatever is there; Was is not looked at.
	Always bool
}

// ItemCost is what calls consumed; nil where it is not told.
type ItemCost struct {
	CapacityUnits *float64
	CostUSD       *float64
}

// ChangedError says that an item is not what it was read as, so that nothing
// was written. Its text and code are the fault's.
type ChangedError struct {
	Fault *fault.Error
	Now   []byte // the item as it is, in typed JSON; nil when there is none
}

// Error implements error.
func (c *ChangedError) Error() string { return c.Fault.Error() }

// Unwrap returns the fault.
func (c *ChangedError) Unwrap() error { return c.Fault }

// Importer is an optional power of an engine of items with keys: write the rows
// of a file.
type Importer interface {
	// Import reads the rows and writes each as an item, replacing one of the same
	// key; of rows with the same key the last one stands in the end. Rows that
	// cannot be items are refused one by one. Writing is done when Import
	// returns, also with an error: what the last Checkpoint counts is written.
	Import(ctx context.Context, im Import) (ImportReport, error)
	// CreateLike makes an empty table with the same keys as another and waits
	// until it can be written to.
	CreateLike(ctx context.Context, table, like string) error
	// TableExists reports whether there is a table of that name.
	TableExists(ctx context.Context, table string) (bool, error)
}

// Formats of Import.
const (
	ImportLines = "jsonl"         // an object on a line, plain or typed
	ImportTyped = "dynamodb-json" // a typed object on a line, bare or as {"Item":{...}}
	ImportArray = "json"          // an array of objects, plain or typed; or what `aws dynamodb scan` prints
	ImportCSV   = "csv"           // with a header
)

// Import says what to write from where.
type Import struct {
	Table  string
	From   io.Reader
	Format string
	// Types are the types of attributes that the format cannot tell, as DynamoDB
	// names them (S, N, B, BOOL, NULL, L, M, SS, NS, BS), or "json" for JSON of
	// any type and "merge" for a JSON object whose members are the item's.
	Types map[string]string
	// Infer takes the types of CSV values from how they look.
	Infer bool
	// NullAbsent leaves an attribute out whose value is null.
	NullAbsent bool
	// Skip is how many rows at the beginning were dealt with earlier.
	Skip    int64
	DryRun  bool // read and check, and write nothing
	Writers int  // calls at once; 0 finds its own number
	Budget  Budget
	// Refused, when not nil, is told each row that is not written, in the order of
	// the rows.
	Refused func(RefusedRow) error
	// Checkpoint, when not nil, is told from time to time and at the end that all
	// rows up to a number are written or refused.
	Checkpoint func(rows int64) error
	Progress   func(ImportReport)
}

// RefusedRow is a row that was not written.
type RefusedRow struct {
	Row    int64  // counted from 1
	Line   int64  // of the file, where it has lines; else 0
	Reason string // begins in lower case
	Raw    []byte // the row as it stands in the file
}

// ImportReport is how far an import is.
type ImportReport struct {
	Rows      int64 // read, those skipped not among them
	Written   int64 // items the service has taken
	Refused   int64
	Repeated  int64 // rows that a later row of the same key took the place of before they were sent
	Bytes     int64 // of items written, as the service counts them
	Throttled int64 // calls that were told to slow down, wholly or in part
	Writers   int   // calls at once, just now
	Elapsed   time.Duration
	ItemCost
}
