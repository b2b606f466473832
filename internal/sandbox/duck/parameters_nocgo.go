//go:build !cgo

package duck

import (
	"context"
	"database/sql"
)

// ParameterTypes returns ErrUnavailable: this build has no SQL engine.
func ParameterTypes(context.Context, *sql.Conn, string) (map[string]string, error) {
	return nil, ErrUnavailable
}
