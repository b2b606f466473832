// Package sqltext reads SQL and PartiQL only as far as a client must: where one
// statement ends, and whether it reads or writes. It does no I/O and knows no
// service; a statement it does not understand counts as a write.
package sqltext

// Dialect names a statement language.
type Dialect string

// The dialects.
const (
	Trino    Dialect = "trino"    // Athena
	Redshift Dialect = "redshift" // Redshift: PostgreSQL 8 and its own additions
	PartiQL  Dialect = "partiql"  // DynamoDB
)
