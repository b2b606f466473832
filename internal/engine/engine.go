// Package engine says what a database engine is: a kind with declared
// parameters (Spec) that opens on a session and turns a statement into a
// stream. The engines themselves live in the folders below, one a service;
// this package knows none of them.
package engine

import (
	"context"
	"iter"
	"time"

	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

// Engine runs statements on one opened session. It may be used by several
// goroutines at once.
type Engine interface {
	// Run sends the statement and returns once its schema is known. Cancelling
	// ctx before that stops the remote statement; after that, the stream's own
	// rules hold. A refusal by the service is a *fault.Error with its Service
	// filled in.
	Run(ctx context.Context, s Statement) (result.Stream, error)
	// Close frees what the engine holds. Streams are closed before.
	Close() error
}

// Statement is one statement and how to run it.
type Statement struct {
	Text string
	// Progress, when not nil, is told each change of state while Run waits and
	// while the stream is pulled. It is called from the calling goroutine and
	// must not block.
	Progress func(Progress)
	// Args are the values of the statement's placeholders, in the order in which
	// they stand in Text. Text holds the dialect's own: ? for Athena and
	// DynamoDB, $1 for Redshift.
	Args []Arg
	// Submitted, when not nil, is told the service's id of the statement as soon
	// as the service has given one and before anything waits for its end, so
	// that the statement can be found again after a crash. An error stops the
	// statement remotely and is returned from Run.
	Submitted func(remoteID string) error
	// Budget ends the statement before it costs more than the caller allows.
	Budget Budget
	// Form is how rows are wanted. An engine whose rows all have the same
	// columns ignores it; the schema tells what came (result.WholeRow).
	Form Form
	// Columns are the columns wanted, in their order; nil for the engine's own
	// choice. AllColumns asks for every column there is, which may mean to read
	// all rows before the first is handed on. Engines whose rows all have the
	// same columns ignore both.
	Columns    []string
	AllColumns bool
}

// Form is a form of rows.
type Form string

// The forms.
const (
	FormColumns Form = ""        // a column for each attribute
	FormObjects Form = "objects" // one column: the row as a plain JSON object
	FormTyped   Form = "typed"   // one column: the row as JSON in the service's own typed form
)

// Arg is the value of one placeholder.
type Arg struct {
	Value string
	// Type is "text", "number", "boolean", "date", "timestamp" or "null". The
	// engine renders the value so that the service takes it for that type; text
	// that is not of the type is a fault with code usage.
	Type string
	// Secret values are sent but never written down.
	Secret bool
}

// Budget is what a statement may cost. The zero value sets no bound. An engine
// that meets a bound stops the statement remotely and ends with a fault of code
// guarded, which tells what was spent. Bounds an engine has no measure for do
// not apply to it.
type Budget struct {
	ScanBytes     int64   // bytes the service may read (Athena)
	CapacityUnits float64 // capacity units the statement may consume (DynamoDB)
	UnitRate      float64 // capacity units a second (DynamoDB); a rate, never an end
}

// Progress is a moment of a running statement.
type Progress struct {
	State        string // the service's own word in lower case: "queued", "running", "fetching"
	Reason       string // why it is in that state, in the service's words; often ""
	RemoteID     string
	Rows         int64
	BytesScanned int64
}

// Spec declares one kind of engine. Flags, help, completion, forms and
// documentation are drawn from it.
type Spec struct {
	Kind    string // "athena"; also the scheme of an address
	Title   string // "Amazon Athena"
	Dialect sqltext.Dialect
	Params  []Param
	// Path names the parameters that an address's path segments fill, in
	// order: athena://PROFILE@REGION/CATALOG/DATABASE has {"catalog", "database"}.
	Path []string
	// Probe is a statement that is cheap, free of cost and touches no user
	// data; `connections test` runs it. Empty when Open proves enough through Pinger.
	Probe string
	// Check, when not nil, refuses parameters that Open would refuse whatever
	// the session: a connection is checked so before it is saved. The error is a
	// fault with code config.
	Check func(params map[string]string) error
	// Alone, when not nil, reports that the parameters lead to a service that asks
	// AWS for nothing: the session then has neither credentials nor a region.
	Alone func(params map[string]string) bool
	// Parse, when not nil, reads what a person may paste in place of a name: an
	// endpoint, an ARN, a JDBC URL. It tells the parameters and the region that
	// the text holds; ok is false for text that is none of this engine's. It does
	// no I/O. Text with a password in it is still read, without the password.
	Parse func(text string) (params map[string]string, region string, ok bool)
	// ReadPolicy is an IAM session policy that allows what reading needs and
	// nothing that changes data or definitions. A read-only connection whose
	// profile assumes a role asks for a session narrowed by it, so that AWS
	// refuses writes too. Empty where IAM does not decide them.
	ReadPolicy string
	// Open makes an engine. It does no network I/O that can wait for the first
	// statement. params holds only declared names; an unknown choice is a
	// fault with code config.
	Open func(ctx context.Context, s *session.Session, params map[string]string) (Engine, error)
}

// Param is one parameter of an engine, declared once.
type Param struct {
	Name     string // key in connections.toml and, with dashes for underscores, the flag
	Title    string
	Help     string // one sentence
	Required bool
	// Secret: the value is kept in the secret store, never in a file and never on
	// a command line. With names the parameter that makes it needed: Open is
	// given it, from the store, the environment or a question, when that is set.
	Secret  bool
	With    string
	Default string
	Choices []string
}

// Pinger is an optional power: prove with the cheapest call that the service
// answers and the connection may use it. The text says what answered, e.g.
// `workgroup primary, engine version 3`.
type Pinger interface {
	Ping(ctx context.Context) (string, error)
}

// Browser is an optional power: list what stands below a path in the catalog
// without a billed statement. An empty path lists the top. The listing comes in
// parts, each handed on as soon as the service has told it, since a catalog may
// hold tens of thousands of tables; Listing gathers them. No name comes twice.
// An error ends it, and what came before stands. Who stops pulling, or cancels
// ctx, has no further call sent.
type Browser interface {
	Browse(ctx context.Context, path []string) iter.Seq2[[]Object, error]
}

// Describer is an optional power: one object of the catalog with all its
// details, which a listing of many may leave out.
type Describer interface {
	Describe(ctx context.Context, path []string) (Object, error)
}

// Attacher is an optional power: bring the rows of a statement that was
// submitted earlier, by this process or another, and may still run. The text of
// s may be empty when it is no longer known.
type Attacher interface {
	Attach(ctx context.Context, remoteID string, s Statement) (result.Stream, error)
}

// Planner is an optional power: say what a statement would read and cost before
// anything billed is sent. What cannot be told for free stays nil.
type Planner interface {
	Plan(ctx context.Context, s Statement) (Plan, error)
}

// Plan is what is known of a statement before it runs.
type Plan struct {
	Access string // how it reads, e.g. "GetItem", "Query", "Scan", "partitions"; "" when unknown
	Object string // the table it reads; several are joined by ", "
	Index  string // the index it reads, if any
	// Full reports that all of the object is read whatever is returned, which a
	// connection may want to be asked about.
	Full          bool
	Rows          *int64   // rows or items it is likely to read
	Bytes         *int64   // bytes it is likely to read
	CapacityUnits *float64 // DynamoDB read or write units it is likely to consume
	CostUSD       *float64 // at list price
	Basis         string   // what the figures rest on, e.g. "table statistics of 2026-11-20"
	Better        string   // a sentence that names a cheaper way, if there is one
	Notes         []string // further sentences worth showing
}

// Object is one entry of a catalog.
type Object struct {
	Name    string
	Kind    string // "catalog", "database", "schema", "table", "view", "column", "index", "key"
	Type    string // the engine's type name, for columns
	Comment string
	Rows    *int64    // when known for free
	Bytes   *int64    // when known for free
	AsOf    time.Time // the age of Rows and Bytes
	Leaf    bool
	// Broken says why the object cannot be read, when the service tells; its
	// siblings are listed all the same.
	Broken string
	// Details are further facts in the order to show them: a table's DDL and
	// location, an index's keys and projection, a stream.
	Details []Detail
}

// Detail is one fact about an object.
type Detail struct{ Name, Value string }
