//go:build cgo

package trino_test

import (
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// What Athena says to a wrong statement, with the place in the text as it was
// sent. Those without a name in front are refused by StartQueryExecution.
func TestRefusals(t *testing.T) {
	db := engine(t)
	const denied = " cannot be resolved or requester is not authorized to access requested resources"
	tests := []struct{ query, want string }{
		{"selec 1", "line 1:1: mismatched input 'selec'. Expecting: 'ALTER', 'ANALYZE', 'CALL', 'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DENY', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK', 'SET', 'SHOW', 'START', 'TRUNCATE', 'UPDATE', 'USE', 'WITH', <query>"},
		{"select 1 +", "line 1:11: mismatched input '<EOF>'. Expecting: <expression>"},
		{"select i + from t", "line 1:12: mismatched input 'from'. Expecting: <expression>"},
		{"select from t", "line 1:8: mismatched input 'from'. Expecting: '*', <expression>"},
		{"select (1 from t", "line 1:17: mismatched input '<EOF>'. Expecting: ')', ','"},
		{"select 1::varchar", "line 1:9: mismatched input ':'. Expecting: <expression>"},
		{"select 'abc", "line 1:8: mismatched input '''. Expecting: <expression>"},
		{"select 1;\nselect 2", "Only one sql statement is allowed. Got: select 1;\nselect 2"},
		{"grant select on t to x", "Queries of this type are not supported"},

		{"select nope from t", "COLUMN_NOT_FOUND: line 1:8: Column 'nope'" + denied},
		{"select i,\n  upper(s) as u,\n  nope + 1\nfrom t", "COLUMN_NOT_FOUND: line 3:3: Column 'nope'" + denied},
		{"select t.nope from t", "COLUMN_NOT_FOUND: line 1:8: Column 't.nope'" + denied},
		{"select x.i from t", "COLUMN_NOT_FOUND: line 1:8: Column 'x.i'" + denied},
		{"select 1 from t where if(nope > 1, true, false)", "COLUMN_NOT_FOUND: line 1:26: Column 'nope'" + denied},
		{"select 'é', Ü from t", "COLUMN_NOT_FOUND: line 1:13: Column 'ü'" + denied},
		{"select a.i from t a, t b where i = 1", "AMBIGUOUS_NAME: line 1:32: Column 'i' is ambiguous"},
		{"select i, count(*) from t", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'i' must be an aggregate expression or appear in GROUP BY clause"},
		{"select foo(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered"},
		{"select list_transform(array[1], x -> x)", "NOT_SUPPORTED: line 1:8: the sandbox's list_transform takes no lambda"},
		{"select nvl(i, 1) from t", "FUNCTION_NOT_FOUND: line 1:8: Function 'nvl' not registered"},
		{"select avg(s) from t", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar) for function avg. Expected: avg(decimal(p,s)), avg(double), avg(interval day to second), avg(interval year to month), avg(real)"},
		{"select sum(s) from t", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar) for function sum"},
		{"select s / 2 from t", "TYPE_MISMATCH: line 1:10: Cannot apply operator: varchar / integer"},
		{"select dt - 's' from t", "TYPE_MISMATCH: line 1:11: Cannot apply operator: date - varchar"},
		{"select * from t where dt >= '2024-01-01'", "TYPE_MISMATCH: line 1:26: Cannot apply operator: date >= varchar(10)"},
		{"select * from t where s != 5", "TYPE_MISMATCH: line 1:25: Cannot apply operator: varchar <> integer"},
		{"select '1' = i from t", "TYPE_MISMATCH: line 1:12: Cannot apply operator: varchar(1) = integer"},
		{"select cast(l as varchar) from t", "TYPE_MISMATCH: line 1:8: Cannot cast array(integer) to varchar"},
		{"select cast(dt as bigint) from t", "TYPE_MISMATCH: line 1:8: Cannot cast date to bigint"},
		{"select cast(i as nope) from t", "SYNTAX_ERROR: line 1:18: Unknown type: nope"},
		{"select x from o cross join unnest(items) as u(x)", "MISMATCHED_COLUMN_ALIASES: line 1:28: Column alias list has 1 entries but 'u' has 2 columns available"},
		{"select * from unnest(5) as u(x)", "TYPE_MISMATCH: line 1:15: Cannot unnest type: integer"},

		{"select 1/0", "DIVISION_BY_ZERO: Division by zero"},
		{"select i / (i - 1) from t", "DIVISION_BY_ZERO: Division by zero"},
		{"select 1.5 / 0", "DIVISION_BY_ZERO: Division by zero"},
		{"select 5 % 0", "DIVISION_BY_ZERO: Division by zero"},
		{"select cast(s as integer) from t", "INVALID_CAST_ARGUMENT: Cannot cast 'one' to INT"},
		{"select cast('2.5' as bigint)", "INVALID_CAST_ARGUMENT: Cannot cast '2.5' to BIGINT"},
		{"select cast('x' as double)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to DOUBLE"},
		{"select cast('x' as boolean)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to BOOLEAN"},
		{"select cast('2024-13-01' as date)", "INVALID_CAST_ARGUMENT: Value cannot be cast to date: 2024-13-01"},
		{"select cast('nope' as timestamp)", "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: nope"},
		{"select (select i from t)", "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"},
		{"select i from t where i = ?", "INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 1 but found 0"},
		{"select 9223372036854775807 + 1", "NUMERIC_VALUE_OUT_OF_RANGE: Overflow in addition of INT64 (9223372036854775807 + 1)!"},
		{"select date_add('fortnight', 1, dt) from t", "INVALID_FUNCTION_ARGUMENT: 'fortnight' is not a valid time field"},
	}
	for _, test := range tests {
		got, err := answer(t.Context(), db, test.query)
		if err == nil {
			t.Errorf("%s\n\tanswered %s", test.query, got)
		} else if err.Error() != test.want {
			t.Errorf("%s\n\tgot  %v\n\twant %s", test.query, err, test.want)
		}
	}
}

// The syntax check stands before any name is looked up.
func TestSyntaxIsCheckedWithoutNames(t *testing.T) {
	db := engine(t)
	tests := map[string]string{
		"select * from no_such_table where x = ?":            "",
		"select a, b from x join y using (k) order by 1 asc": "",
		"select cast(a as bigint) / b from x":                "",
		"select * from t where":                              "line 1:22: mismatched input '<EOF>'. Expecting: <expression>",
		"select * from t where where x = 1":                  "line 1:23: mismatched input 'where'. Expecting: <expression>",
		"select a b c from t":                                "line 1:12: mismatched input 'c'. Expecting: <expression>",
		"select 1 order limit 5":                             "line 1:16: mismatched input 'limit'. Expecting: <expression>",
	}
	for query, want := range tests {
		st, err := trino.Parse(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		q, err := st.Rewrite(&trino.Rewriter{Unchecked: true})
		if err == nil {
			err = trino.CheckSyntax(t.Context(), db, q)
		}
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", query, got, want)
		}
	}
}

func TestParametersStandInOrder(t *testing.T) {
	db := engine(t)
	got, err := answer(t.Context(), db, "select i, ? as word from t where i in (?, ?) and d / ? > 0 order by i", "'it''s'", "1", "2", "2")
	if want := "1|it's"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if _, err := answer(t.Context(), db, "select ?", "1", "2"); err == nil || err.Error() != "INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 1 but found 2" {
		t.Errorf("got %v", err)
	}
}
