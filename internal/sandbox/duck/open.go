//go:build cgo

package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/duckdb/duckdb-go/v2"
)

// Available tells whether this build has the SQL engine.
const Available = true

// Open starts an in-memory database, runs the set-up statements and locks the
// configuration: no extension is fetched, no file outside AllowedDirs is
// touched. Closing the returned handle ends the database. A cancelled context
// interrupts the statement it was given to, and the connection stays usable.
func Open(ctx context.Context, o Options) (*sql.DB, error) {
	var ready atomic.Bool // the set-up connection comes before the schemas that Connection may name
	connector, err := duckdb.NewConnector("", func(execer driver.ExecerContext) error {
		if !ready.Load() {
			return nil
		}
		for _, statement := range o.Connection {
			if _, err := execer.ExecContext(context.Background(), statement, nil); err != nil {
				return fmt.Errorf("SQL engine connection set-up %q: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("SQL engine: %w", err)
	}
	if err := setUp(ctx, connector, o); err != nil {
		return nil, errors.Join(err, connector.Close())
	}
	ready.Store(true)
	return sql.OpenDB(connector), nil
}

// setUp runs the once-only statements on a connection of their own.
func setUp(ctx context.Context, connector *duckdb.Connector, o Options) (err error) {
	db := sql.OpenDB(borrowed{connector})
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, part := range [][]string{settings(o), o.Database, lockDown(o)} {
		for _, statement := range part {
			if _, err := db.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("SQL engine set-up %q: %w", statement, err)
			}
		}
	}
	return nil
}

func settings(o Options) []string {
	out := []string{
		"SET GLOBAL errors_as_json = true",
		"SET GLOBAL autoinstall_known_extensions = false",
		"SET GLOBAL autoload_known_extensions = false",
		"SET GLOBAL allow_community_extensions = false",
	}
	if o.MemoryLimit != "" {
		out = append(out, "SET GLOBAL memory_limit = "+quote(o.MemoryLimit))
	}
	if o.Threads > 0 {
		out = append(out, "SET GLOBAL threads = "+strconv.Itoa(o.Threads))
	}
	return append(out, "SET GLOBAL temp_directory = "+quote(o.TempDir))
}

func lockDown(o Options) []string {
	return []string{
		"SET GLOBAL allowed_directories = " + quoteList(o.AllowedDirs),
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL allowed_configs = " + quoteList(o.AllowedSettings),
		"SET GLOBAL lock_configuration = true",
	}
}

func quoteList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// borrowed keeps the database open when the pool over it closes.
type borrowed struct{ *duckdb.Connector }

// Close does nothing: the database belongs to whoever lent the connector.
func (borrowed) Close() error { return nil }

// AsError finds DuckDB's own account of a failure in err.
func AsError(err error) (*Error, bool) {
	var failed *duckdb.Error
	if !errors.As(err, &failed) {
		return nil, false
	}
	if e, ok := decodeError(failed.Msg); ok {
		return e, true
	}
	kind, message, found := strings.Cut(failed.Msg, " Error: ")
	if !found {
		kind, message = "Unknown", failed.Msg
	}
	return &Error{Kind: kind, Message: message, Position: -1}, true
}

// Plain turns a value scanned into an any into types that do not belong to the
// driver: Number for decimals, *big.Int for 128-bit integers, Interval, []any
// for lists and arrays, map[string]any for structs, []Pair for maps. Other
// values (bool, integers, floats, string, []byte, time.Time, nil) are returned
// as they are; a UUID is 16 bytes, so cast it to VARCHAR to read it.
func Plain(v any) any {
	switch v := v.(type) {
	case duckdb.Decimal:
		return decimalText(v.Value, int(v.Scale))
	case duckdb.Interval:
		return Interval{Months: v.Months, Days: v.Days, Micros: v.Micros}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = Plain(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = Plain(v[k])
		}
		return out
	case duckdb.OrderedMap:
		out := make([]Pair, v.Len())
		keys, values := v.Keys(), v.Values()
		for i := range out {
			out[i] = Pair{Plain(keys[i]), Plain(values[i])}
		}
		return out
	case duckdb.Map:
		out := make([]Pair, 0, len(v))
		for k, value := range v {
			out = append(out, Pair{Plain(k), Plain(value)})
		}
		return out
	}
	return v
}
