// Package engine says what a database engine is: a kind with declared
// parameters (Spec) that opens on a session and turns a statement into a
// stream. The engines themselves live in the folders below, one a service;
// this package knows none of them.
package engine

import (
	"context"
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
}

// Progress is a moment of a running statement.
type Progress struct {
	State        string // the service's own word in lower case: "queued", "running", "fetching"
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
	Secret   bool
	Default  string
	Choices  []string
}

// Pinger is an optional power: prove with the cheapest call that the service
// answers and the connection may use it. The text says what answered, e.g.
// `workgroup primary, engine version 3`.
type Pinger interface {
	Ping(ctx context.Context) (string, error)
}

// Browser is an optional power: list what stands below a path in the catalog
// without a billed statement. An empty path lists the top.
type Browser interface {
	Browse(ctx context.Context, path []string) ([]Object, error)
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
}
