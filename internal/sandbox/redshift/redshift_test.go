package redshift_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestServerlessCredentialsOpenTheWarehouse(t *testing.T) {
	s := start(t)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		var one int
		if err := s.login(mode).QueryRow(t.Context(), "select 1 as one").Scan(&one); err != nil || one != 1 {
			t.Errorf("%v: %d, %v", mode, one, err)
		}
	}
}
