// Package rsql turns Redshift SQL into DuckDB SQL: by tokens for what differs
// in form, by macros (Macros) for what differs in meaning, and by views for
// the system tables. It runs nothing; the leader package does.
//
// It keeps for every piece of its output where in the source it came from, so
// that an error's position is told in the user's own text.
//
//	out, err := rsql.Rewrite("select top 3 nvl(a, 0) from t", rsql.Context{...})
//	db.Query(out.SQL)
package rsql
