//go:build cgo

package athena

import (
	"context"
	"path/filepath"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// WriteUnsigned writes a Parquet file whose numbers no bigint holds.
func WriteUnsigned(ctx context.Context, path string) error {
	db, err := duck.Open(ctx, duck.Options{AllowedDirs: []string{filepath.Dir(path)}})
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "COPY (SELECT 18446744073709551615::UBIGINT AS n, [18446744073709551615::UBIGINT] AS l) TO "+trino.QuoteText(path)+" (FORMAT parquet)")
	return err
}
