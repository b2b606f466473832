//go:build cgo

package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"
)

// ParameterTypes tells the types that DuckDB expects of a statement's
// parameters, by parameter name ("1" for $1): "INTEGER", "DECIMAL". One that it
// cannot tell is absent. The statement is prepared on conn and not run; it has
// to be a single one, as those in front of the last would run.
func ParameterTypes(ctx context.Context, conn *sql.Conn, statement string) (map[string]string, error) {
	types := map[string]string{}
	err := conn.Raw(func(raw any) (err error) {
		c, ok := raw.(*duckdb.Conn)
		if !ok {
			return fmt.Errorf("SQL engine: %T is not a DuckDB connection", raw)
		}
		prepared, err := c.PrepareContext(ctx, statement)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, prepared.Close()) }()
		stmt, ok := prepared.(*duckdb.Stmt)
		if !ok {
			return fmt.Errorf("SQL engine: %T is not a DuckDB statement", prepared)
		}
		for i := 1; i <= stmt.NumInput(); i++ {
			name, err := stmt.ParamName(i)
			if err != nil {
				return err
			}
			t, err := stmt.ParamType(i)
			if err != nil {
				return err
			}
			if word := typeWord(t); word != "" {
				types[name] = word
			}
		}
		return nil
	})
	return types, err
}

// typeWord is the SQL name of the types that a parameter may have.
func typeWord(t duckdb.Type) string {
	switch t {
	case duckdb.TYPE_BOOLEAN:
		return "BOOLEAN"
	case duckdb.TYPE_TINYINT:
		return "TINYINT"
	case duckdb.TYPE_SMALLINT:
		return "SMALLINT"
	case duckdb.TYPE_INTEGER:
		return "INTEGER"
	case duckdb.TYPE_BIGINT:
		return "BIGINT"
	case duckdb.TYPE_HUGEINT:
		return "HUGEINT"
	case duckdb.TYPE_FLOAT:
		return "FLOAT"
	case duckdb.TYPE_DOUBLE:
		return "DOUBLE"
	case duckdb.TYPE_DECIMAL:
		return "DECIMAL"
	case duckdb.TYPE_DATE:
		return "DATE"
	case duckdb.TYPE_TIME:
		return "TIME"
	case duckdb.TYPE_TIMESTAMP:
		return "TIMESTAMP"
	case duckdb.TYPE_TIMESTAMP_TZ:
		return "TIMESTAMP WITH TIME ZONE"
	case duckdb.TYPE_BLOB:
		return "BLOB"
	case duckdb.TYPE_VARCHAR:
		return "VARCHAR"
	}
	return ""
}
