//go:build cgo

package athena

import (
	"context"
	"path/filepath"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/salesdata"
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

// GenerateOnto writes the data set's orders to a place that may be full, and
// returns what is said of it.
func GenerateOnto(ctx context.Context, path string, rows int) error {
	db, err := duck.Open(ctx, duck.Options{AllowedDirs: []string{filepath.Dir(path)}, Database: []string{"SET GLOBAL integer_division = true"}})
	if err != nil {
		return err
	}
	defer db.Close()
	return noSpace(salesdata.Generate(ctx, db, "orders", rows, path), filepath.Dir(path), rows)
}
