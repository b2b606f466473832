// Package trino translates Amazon Athena's SQL (Trino, and Hive's DDL) to
// DuckDB's, so that silent differences come out right: 7/2 is 3, 10.00/3 is
// 3.33, a date plus an interval stays a date, UNNEST of rows makes a column a
// field. It also names what is wrong with a statement in Athena's words and at
// its place in the original text. It holds no data, starts no engine and knows
// no AWS call; the caller resolves table names and runs the result.
//
//	st, err := trino.Parse("select sum(amount) / count(*) from orders")
//	r := &trino.Rewriter{Table: resolve}
//	for {
//		q, err := st.Rewrite(r)
//		if err = bind(q.SQL); r.Learn(q, err) {
//			continue // the engine has told a type; translate again with it
//		}
//		...
//	}
package trino
