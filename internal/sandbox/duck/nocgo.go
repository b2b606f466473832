//go:build !cgo

package duck

import (
	"context"
	"database/sql"
)

// Available tells whether this build has the SQL engine.
const Available = false

// Open returns ErrUnavailable: this build has no SQL engine.
func Open(context.Context, Options) (*sql.DB, error) { return nil, ErrUnavailable }

// AsError finds nothing: without an engine no statement fails.
func AsError(error) (*Error, bool) { return nil, false }

// Plain returns v: without an engine there are no driver types.
func Plain(v any) any { return v }
