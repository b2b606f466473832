// Package warehouse is the sandbox warehouse's database: DuckDB with the
// schemas, the data set, the macros and the system views that make it look
// like Redshift. It knows no session and no wire.
//
//	db, err := warehouse.Open(ctx, warehouse.Options{Now: now})
package warehouse

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// Options choose how the database starts.
type Options struct {
	Now     time.Time // the data set ends at this day
	TempDir string    // where large intermediate results may spill; empty is nowhere
	Rows    int       // of public.orders, which the other tables follow; 0 is 200,000
	Dirs    []string  // folders that statements may read and write
	Users   []string  // database users, for the system tables; at least one
}

// memory is what statements may use before they spill.
const memory = "1GB"

// Open makes the database. Its data are generated, always the same for one day.
func Open(ctx context.Context, o Options) (*sql.DB, error) {
	if o.Rows == 0 {
		o.Rows = 200_000
	}
	return duck.Open(ctx, duck.Options{
		MemoryLimit:     memory,
		TempDir:         o.TempDir,
		AllowedDirs:     o.Dirs,
		AllowedSettings: []string{"search_path", "TimeZone"},
		Database: slices.Concat([]string{
			"SET GLOBAL integer_division = true",
			"SET GLOBAL TimeZone = 'UTC'",
			"SET GLOBAL default_null_order = 'NULLS_LAST_ON_ASC_FIRST_ON_DESC'",
			"ATTACH ':memory:' AS dev",
			"ATTACH ':memory:' AS rs",
			"CREATE SCHEMA dev.public",
			"CREATE SCHEMA dev.analytics",
			"CREATE SCHEMA dev." + rsql.ExternalSchema,
			"ATTACH ':memory:' AS " + rsql.SharedDatabase,
			"CREATE SCHEMA " + rsql.SharedDatabase + ".public",
		}, rsql.Views(o.Users), rsql.Macros(), dataSet(o.Now, o.Rows)),
		Connection: []string{"USE dev.public"},
	})
}
