package dynamodb

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// sql makes an ExecuteStatement request.
func sql(statement string, rest ...string) string {
	text, err := json.Marshal(statement)
	if err != nil {
		panic(err)
	}
	return `{"Statement":` + string(text) + strings.Join(rest, "") + `}`
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
func TestSelect(t *testing.T) {
	s := withTables(t)
	fillComp(t, s)
	setUp(t, s, putTo("hash", `{"pk":{"S":"h"},"s":{"S":"str"},"n":{"N":"7310000"},"ss":{"SS":["a","b"]},"nul":{"NULL":true},"flag":{"BOOL":true},"m":{"M":{"sub":{"S":"x"},"l":{"L":[{"N":"1"},{"M":{"deep":{"N":"2"}}}]}}},"odd name":{"S":"it's"}}`))
	for _, c := range []struct{ where, want string }{ // over table comp, ordered by the sort key within a partition
		{"pk = 'p'", "1 2 3 4 5 6 7 8 9"},
		{"pk = 'p' ORDER BY sk DESC", "9 8 7 6 5 4 3 2 1"},
		{"pk = 'p' ORDER BY pk, sk ASC", "1 2 3 4 5 6 7 8 9"},
		{"pk = 'p' AND sk = 3", "3"},
		{"sk = 3 AND 'p' = pk", "3"},
		{"pk = 'p' AND sk > 7.5", "8 9"},
		{"pk = 'p' AND sk BETWEEN 3 AND 5", "3 4 5"},
		{"pk = 'p' AND sk >= 3 AND sk < 5", "3 4"},
		{"pk = 'p' AND sk IN [2, 4, 20]", "2 4"},
		{"pk = 'p' AND sk IN (2, 4)", "2 4"},
		{"pk = 'p' AND sk NOT IN [2, 4] AND sk < 6", "1 3 5"},
		{"pk = 'p' AND NOT sk = 1 AND sk < 4", "2 3"},
		{"pk = 'p' AND sk <> 1 AND sk != 2 AND sk < 5", "3 4"},
		{"pk = 'p' AND even = true", "2 4 6 8"},
		{"pk = 'p' AND (sk = 1 OR sk = 9)", "1 9"},
		{"pk = 'p' AND sk = 1 OR pk = 'p' AND sk = 3", "1 3"},
		{"pk = 'p' AND sk = 1 OR pk = 'p2'", "1 1"},
		{"pk IN ['p2', 'neg']", "1 -10 -9.5 0"},
		{"pk IN ['p2', 'neg'] ORDER BY pk", "-10 -9.5 0 1"},
		{"pk IN ['p2', 'neg'] ORDER BY pk DESC, sk DESC", "1 0 -9.5 -10"},
		{"pk = 'nobody'", ""},
		{"pk = 'p' AND missing(even)", ""},
		{"pk = 'p2' AND even IS MISSING", "1"},
		{"pk = 'p' AND even IS NOT MISSING AND sk < 3", "1 2"},
	} {
		t.Run(c.where, func(t *testing.T) {
			got, err := do(s, "ExecuteStatement", sql(`SELECT sk FROM "comp" WHERE `+c.where))
			if err != nil {
				t.Fatal(err)
			}
			if keys := sortKeys(t, got); keys != c.want {
				t.Errorf("got %q, want %q", keys, c.want)
			}
		})
	}
	found, lost := `{"Items":[{"pk":{"S":"h"}}]}`, `{"Items":[]}`
	var checks []check
	for where, want := range map[string]string{
		"attribute_exists(ss)": found, "ATTRIBUTE_EXISTS(ss)": found, "attribute_exists(nope)": lost, "attribute_not_exists(nope)": found, "NOT attribute_exists(nope)": found,
		"(attribute_exists(nope) OR attribute_exists(ss))": found, "attribute_exists(ss) = true": found, "attribute_exists(ss) = false": lost, `attribute_exists("ss")`: found, "attribute_exists(m.sub)": found, "attribute_exists(m.nope)": lost,
		"size(s) = 3": found, "size(s) = 4": lost, "attribute_type(ss, 'SS')": found, "attribute_type(ss, 'S')": lost, "nul IS NULL": found, "s IS NULL": lost, "s IS NOT NULL": found, "flag IS BOOL": found, "s IS STRING": found, "s IS BOOL": lost,
		"begins_with(s, 'st')": found, "begins_with(s, 'x')": lost, "contains(ss, 'a')": found, "contains(s, 'tr')": found, "m.l[0] = 1": found, "m.l[1].deep = 2": found, "m.l[2] = 1": lost, "m['sub'] = 'x'": found,
		"n = 7.31e6": found, "n = 731E4": found, "n = 73100000e-1": found, "n > -.5": found, "n = 7310000 -- a note": found, "n /* a note */ = 7310000": found, `"odd name" = 'it''s'`: found,
		"ss = <<'b', 'a'>>": found, "ss = <<'b'>>": lost, "m.l = [1, {'deep': 2}]": found, "n + 1 = 7310001": found, "n - 1 < 7310000": found, "nope <> 1": found, "nope = 1": lost, "NOT nope = 1": found, "flag": "",
	} {
		if want != "" {
			checks = append(checks, check{where, "ExecuteStatement", sql(`select pk from hash where pk = 'h' and ` + where), want})
		}
	}
	run(t, s, append(checks, []check{
		{"a path is named by its last step", "ExecuteStatement", sql(`SELECT m.sub, m.l[1].deep, m.l[0], zz FROM hash WHERE pk = 'h'`), `{"Items":[{"sub":{"S":"x"},"deep":{"N":"2"},"l[0]":{"N":"1"}}]}`},
		{"parameters", "ExecuteStatement", sql(`SELECT s FROM hash WHERE pk = ? AND n IN [?, 1]`, `,"Parameters":[{"S":"h"},{"N":"7.31e6"}]`), `{"Items":[{"s":{"S":"str"}}]}`},
		{"a scan", "ExecuteStatement", sql(`SELECT pk FROM hash WHERE n > 1`), found},
		{"everything", "ExecuteStatement", sql(`SELECT pk FROM hash;`), found},
		{"capacity", "ExecuteStatement", sql(`SELECT pk FROM hash WHERE pk = 'h'`, `,"ReturnConsumedCapacity":"INDEXES","ConsistentRead":true`), `{"Items":[{"pk":{"S":"h"}}],"ConsumedCapacity":{"TableName":"hash","CapacityUnits":1,"Table":{"CapacityUnits":1}}}`},
		{"a whole key needs no second page", "ExecuteStatement", sql(`SELECT pk FROM hash WHERE pk = 'h'`, `,"Limit":1`), found},
	}...))
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
func TestSelectPages(t *testing.T) {
	s := withTables(t)
	fillComp(t, s)
	for i := range 23 {
		setUp(t, s, putTo("comp", fmt.Sprintf(`{"pk":{"S":"in%02d"},"sk":{"N":"%d"}}`, i, i)))
	}
	pages := func(statement, rest string) (keys []string) {
		t.Helper()
		next := ""
		for range 100 {
			got, err := do(s, "ExecuteStatement", sql(statement, rest+next))
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, sortKeys(t, got))
			var a struct{ NextToken string }
			if err := json.Unmarshal([]byte(got), &a); err != nil {
				t.Fatal(err)
			}
			if a.NextToken == "" {
				return keys
			}
			next = `,"NextToken":"` + a.NextToken + `"`
		}
		t.Fatal("no end of pages")
		return nil
	}
	var in []string
	for i := range 23 {
		in = append(in, fmt.Sprintf("'in%02d'", i))
	}
	for _, c := range []struct{ statement, rest, want string }{
		{`SELECT sk FROM comp WHERE pk = 'p' AND even = true`, `,"Limit":4`, "2 4|6 8"},
		{`SELECT sk FROM comp WHERE pk = 'p' ORDER BY sk DESC`, `,"Limit":4`, "9 8 7 6|5 4 3 2|1"},
		{`SELECT sk FROM comp WHERE pk IN ['p', 'neg', 'p2']`, `,"Limit":5`, "1 2 3 4 5|6 7 8 9 -10|-9.5 0 1"},
		{`SELECT sk FROM comp WHERE pk IN [` + strings.Join(in, ",") + `]`, ``, "0 1 2 3 4 5 6 7 8 9|10 11 12 13 14 15 16 17 18 19|20 21 22"},
	} {
		if got := strings.Join(pages(c.statement, c.rest), "|"); strings.TrimRight(got, "|") != strings.TrimRight(c.want, "|") {
			t.Errorf("%s%s:\n got %s\nwant %s", c.statement, c.rest, got, c.want)
		}
	}
	all := strings.Fields(strings.Join(pages(`SELECT sk FROM comp`, `,"Limit":7`), " "))
	if len(all) != 36 {
		t.Errorf("a scan of 36 items gave %d", len(all))
	}
	got, err := do(s, "ExecuteStatement", sql(`SELECT sk FROM comp`, `,"Limit":1`))
	if err != nil {
		t.Fatal(err)
	}
	var a struct{ NextToken string }
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatal(err)
	}
	run(t, s, []check{
		{"the token of another statement", "ExecuteStatement", sql(`SELECT pk FROM comp`, `,"NextToken":"`+a.NextToken+`"`), "error ValidationException: NextToken does not match request"},
		{"no token at all", "ExecuteStatement", sql(`SELECT sk FROM comp`, `,"NextToken":"nonsense"`), "error ValidationException: NextToken does not match request"},
	})
}

// TestSelectOfSeveralPartitionsIsOnePage: 1 MB is the most that one request
// reads, however many partitions it names.
func TestSelectOfSeveralPartitionsIsOnePage(t *testing.T) {
	s := withTables(t)
	for i := range 6 {
		setUp(t, s, putTo("comp", fmt.Sprintf(`{"pk":{"S":"p%d"},"sk":{"N":"1"},"d":{"S":"%s"}}`, i, strings.Repeat("x", 300_000))))
	}
	var pages []int
	next, seen := "", map[string]bool{}
	for range 10 {
		got, err := do(s, "ExecuteStatement", sql(`SELECT pk FROM comp WHERE pk IN ['p0','p1','p2','p3','p4','p5']`, next))
		if err != nil {
			t.Fatal(err)
		}
		var a struct {
			Items     []map[string]map[string]string
			NextToken string
		}
		if err := json.Unmarshal([]byte(got), &a); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, len(a.Items))
		for _, item := range a.Items {
			seen[item["pk"]["S"]] = true
		}
		if a.NextToken == "" {
			break
		}
		next = `,"NextToken":"` + a.NextToken + `"`
	}
	if fmt.Sprint(pages) != "[3 3]" || len(seen) != 6 {
		t.Errorf("pages of %v items, %d different", pages, len(seen))
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
func TestSelectFromIndexes(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("idx", `{"pk":{"S":"p"},"sk":{"S":"1"},"g":{"S":"x"},"l":{"S":"l1"},"p":{"S":"proj"},"q":{"S":"np1"}}`),
		putTo("idx", `{"pk":{"S":"p"},"sk":{"S":"2"},"g":{"S":"y"},"l":{"S":"l2"}}`), putTo("idx", `{"pk":{"S":"p"},"sk":{"S":"3"},"q":{"S":"np3"}}`))
	const e = "ExecuteStatement"
	run(t, s, []check{
		{"keyed", e, sql(`SELECT sk FROM "idx"."gsi-all" WHERE g = 'x'`), `{"Items":[{"sk":{"S":"1"}}]}`},
		{"scanned", e, sql(`SELECT sk FROM "idx"."gsi-all" WHERE pk = 'p'`), `has "sk":{"S":"2"}`},
		{"star is the index's own", e, sql(`SELECT * FROM "idx"."gsi-keys" WHERE g = 'x'`, `,"ReturnConsumedCapacity":"INDEXES"`), `{"Items":[{"pk":{"S":"p"},"sk":{"S":"1"},"g":{"S":"x"}}],"ConsumedCapacity":{"TableName":"idx","CapacityUnits":0.5,"Table":{"CapacityUnits":0},"GlobalSecondaryIndexes":{"gsi-keys":{"CapacityUnits":0.5}}}}`},
		{"a local index reaches back", e, sql(`SELECT q FROM "idx"."lsi-keys" WHERE pk = 'p' AND l = 'l1'`), `{"Items":[{"q":{"S":"np1"}}]}`},
		{"a global one does not", e, sql(`SELECT q, sk, zz FROM "idx"."gsi-inc" WHERE g = 'x'`), "error ValidationException: One or more parameter values were invalid: Global secondary index gsi-inc does not project [q, zz]"},
		{"unprojected filter, keyed", e, sql(`SELECT pk FROM "idx"."gsi-inc" WHERE g = 'x' AND q = 'np1'`), "error ValidationException: One or more parameter values were invalid: Secondary index gsi-inc does not project one or more filter attributes: [q]"},
		{"unprojected filter, keyed by IN", e, sql(`SELECT pk FROM "idx"."gsi-inc" WHERE g IN ['x','y'] AND q IS MISSING`), "error~ ValidationException: Secondary index gsi-inc does not project one or more filter attributes: [q]"},
		{"unprojected filter on a local index", e, sql(`SELECT pk FROM "idx"."lsi-keys" WHERE pk = 'p' AND q = 'np1'`), "error ValidationException: One or more parameter values were invalid: Secondary index lsi-keys does not project one or more filter attributes: [q]"},
		{"unprojected filter of a scan", e, sql(`SELECT pk FROM "idx"."gsi-inc" WHERE q = 'np1'`), `{"Items":[]}`},
		{"unprojected filter in a branch", e, sql(`SELECT sk FROM "idx"."gsi-inc" WHERE (g = 'x' AND q = 'np1') OR (g = 'y')`), `{"Items":[{"sk":{"S":"2"}}]}`},
		{"no such index", e, sql(`SELECT * FROM "idx"."nope"`, `,"ConsistentRead":true`), "error ValidationException: The table does not have the specified index"},
		{"consistent", e, sql(`SELECT * FROM "idx"."gsi-all"`, `,"ConsistentRead":true`), "error ValidationException: Strongly consistent read is not supported on Global Secondary Indexes"},
		{"consistent on a local index", e, sql(`SELECT sk FROM "idx"."lsi-keys" WHERE pk = 'p'`, `,"ConsistentRead":true`), `{"Items":[{"sk":{"S":"1"}},{"sk":{"S":"2"}}]}`},
		{"the order of an index", e, sql(`SELECT sk FROM "idx"."lsi-keys" WHERE pk = 'p' ORDER BY l DESC`), `{"Items":[{"sk":{"S":"2"}},{"sk":{"S":"1"}}]}`},
		{"three names", e, sql(`SELECT * FROM "idx"."gsi-all"."x"`), "error ValidationException: A path may contain at most 2 components in the FROM clause"},
		{"empty index name", e, sql(`SELECT * FROM "idx".""`), "error ValidationException: Path component cannot be an empty string"},
		{"empty table name", e, sql(`SELECT * FROM ""`), "error ValidationException: Path component cannot be an empty string"},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
func TestStatementRefusals(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("hash", `{"pk":{"S":"h"},"ss":{"SS":["a"]},"s":{"S":"x"}}`))
	const e = "ExecuteStatement"
	const malformed = "error ValidationException: Statement wasn't well formed, can't be processed: "
	const leftover = malformed + "Unexpected token after expression"
	run(t, s, []check{
		{"empty", e, `{"Statement":""}`, "error ValidationException: 1 validation error detected: Value '' at 'statement' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"8192 characters", e, sql(`SELECT pk FROM hash WHERE pk = 'h' --` + strings.Repeat("é", 8192-37)), `{"Items":[{"pk":{"S":"h"}}]}`},
		{"8193 characters", e, sql(`SELECT pk FROM hash WHERE pk = 'h' --` + strings.Repeat("é", 8192-36)), "error~ ValidationException: at 'statement' failed to satisfy constraint: Member must have length less than or equal to 8192"},
		{"no verb", e, sql(`SLECT * FROM hash`), malformed + "Expected data manipulation"},
		{"no SET", e, sql(`UPDATE hash WHERE pk = 'h'`), malformed + "Expected data manipulation"},
		{"a keyword for a table", e, sql(`SELECT * FROM select`), malformed + "Unexpected keyword"},
		{"nothing for a table", e, sql(`SELECT * FROM`), malformed + "Expected identifier"},
		{"a keyword in a path", e, sql(`SELECT m.size FROM hash`), malformed + "Invalid path dot component"},
		{"a quoted keyword in a path", e, sql(`SELECT m."size" FROM hash WHERE pk = 'h'`), `{"Items":[{}]}`},
		{"left over", e, sql(`SELECT * FROM hash WHERE pk = 'h' foo`), leftover},
		{"a split number", e, sql(`SELECT * FROM hash WHERE n = 1 e5`), leftover},
		{"a stray parenthesis", e, sql(`SELECT * FROM hash WHERE n = 1)`), leftover},
		{"ORDER BY before WHERE", e, sql(`SELECT * FROM hash ORDER BY pk WHERE pk = 'h'`), leftover},
		{"ORDER BY on DELETE", e, sql(`DELETE FROM hash WHERE pk = 'h' ORDER BY pk`), leftover},
		{"left over after INSERT", e, sql(`INSERT INTO hash VALUE {'pk': 'n'} foo`), leftover},
		{"alias on INSERT", e, sql(`INSERT INTO hash t VALUE {'pk': 'n'}`), leftover},
		{"alias", e, sql(`SELECT * FROM hash t WHERE pk = 'h'`), "error ValidationException: Aliasing is not supported"},
		{"AS alias", e, sql(`SELECT * FROM hash AS t`), "error ValidationException: Aliasing is not supported"},
		{"alias on UPDATE", e, sql(`UPDATE hash t SET a = 1 WHERE pk = 'h'`), "error ValidationException: Aliasing is not supported"},
		{"alias on DELETE", e, sql(`DELETE FROM hash t WHERE pk = 'h'`), "error ValidationException: Aliasing is not supported"},
		{"open quote", e, sql(`SELECT * FROM "hash`), malformed},
		{"hash comment", e, sql(`SELECT * FROM hash # note`), malformed},
		{"open comment", e, sql(`SELECT * FROM hash /* note`), malformed},
		{"huge exponent", e, sql(`SELECT * FROM hash WHERE n = 1e2147483648`), malformed},
		{"huge scale", e, sql(`SELECT * FROM hash WHERE n = 1.5e-2147483647`), malformed},
		{"overflow", e, sql(`SELECT * FROM hash WHERE n = 1e126`), "error ValidationException: Number overflow. Attempting to store a number with magnitude larger than supported range under root"},
		{"39 digits", e, sql(`SELECT * FROM hash WHERE n = 123456789012345678901234567890123456789`), "error ValidationException: Attempting to store more than 38 significant digits in a Number under root"},
		{"overflow in a map", e, sql(`INSERT INTO hash VALUE {'pk': 'n', 'm': {'x': 1e126}}`), "error~ ValidationException: supported range under root.x"},
		{"overflow in a list", e, sql(`INSERT INTO hash VALUE {'pk': 'n', 'l': [1, 1e126]}`), "error~ ValidationException: supported range under root[1]"},
		{"overflow of an item", e, sql(`INSERT INTO hash VALUE {'pk': 1e126}`), "error~ ValidationException: supported range under root"},
		{"function as a column", e, sql(`SELECT attribute_exists(ss) FROM hash`), "error ValidationException: Unexpected path component at 1:8:16"},
		{"count", e, sql("SELECT\n COUNT(*) FROM hash"), "error ValidationException: Unexpected path component at 2:2:5"},
		{"unknown function", e, sql(`SELECT * FROM hash WHERE EXISTS(ss)`), "error ValidationException: Unrecognized function: exists at 1:26:6"},
		{"document path", e, sql(`SELECT * FROM hash WHERE attribute_exists('ss')`), "error ValidationException: Operator or function requires a document path; operator or function: attribute_exists"},
		{"number of operands", e, sql(`SELECT * FROM hash WHERE attribute_exists()`), "error ValidationException: Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 0"},
		{"order of a boolean", e, sql(`SELECT * FROM hash WHERE pk = 'h' AND a < ?`, `,"Parameters":[{"BOOL":true}]`), "error ValidationException: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"},
		{"limit clause", e, sql(`SELECT * FROM hash LIMIT 5`), "error~ ValidationException: Unsupported clause: LIMIT at 1:"},
		{"group by", e, sql(`SELECT pk FROM hash GROUP BY pk`), "error~ ValidationException: Unsupported clause: GROUP BY at 1:"},
		{"join", e, sql(`SELECT * FROM hash, comp`), "error~ ValidationException: Only select from a single table or index is supported."},
		{"missing parameter", e, sql(`SELECT * FROM hash WHERE pk = ?`), "error ValidationException: Number of parameters in request and statement don't match."},
		{"spare parameter", e, sql(`SELECT * FROM hash WHERE pk = 'h'`, `,"Parameters":[{"S":"x"}]`), "error ValidationException: Number of parameters in request and statement don't match."},
		{"no parameters", e, sql(`SELECT * FROM hash WHERE pk = 'h'`, `,"Parameters":[]`), "error~ ValidationException: at 'parameters' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"no such table", e, sql(`SELECT * FROM "nowhere" WHERE pk = 'h'`), "error ResourceNotFoundException: Requested resource not found"},
		{"ORDER BY without WHERE", e, sql(`SELECT * FROM comp ORDER BY sk`), "error ValidationException: Must have WHERE clause in the statement when using ORDER BY clause."},
		{"ORDER BY of a scan", e, sql(`SELECT * FROM comp WHERE sk = 1 ORDER BY sk`), "error ValidationException: Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."},
		{"ORDER BY of another attribute", e, sql(`SELECT * FROM comp WHERE pk = 'h' ORDER BY x`), "error ValidationException: Variable reference x in ORDER BY clause must be part of the primary key"},
		{"ORDER BY sort key over partitions", e, sql(`SELECT * FROM comp WHERE pk IN ['a','b'] ORDER BY sk`), "error~ ValidationException: Must have hash key in the ORDER BY clause"},
		{"key of wrong type", e, sql(`SELECT * FROM hash WHERE pk = 5`), "error ValidationException: One or more parameter values were invalid: Condition parameter type does not match schema type"},
		{"empty bag", e, sql(`SELECT * FROM hash WHERE ss = <<>>`), "error ValidationException: Empty bags are not supported"},
		{"limit 0", e, sql(`SELECT * FROM hash`, `,"Limit":0`), "error~ ValidationException: at 'limit' failed to satisfy constraint"},
		{"EXISTS alone", e, sql(`EXISTS(SELECT * FROM hash WHERE pk = 'h')`), "error~ ValidationException: EXISTS is only supported within ExecuteTransaction"},
		{"51 keys", e, sql(`SELECT * FROM hash WHERE pk IN [` + repeat(51, `'k%d'`) + `]`), "error~ ValidationException: the limit is 50"},
		{"nothing was inserted", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"n"}}}`, `{}`},
		{"nothing was deleted", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"h"}}}`, `{"Item":{"pk":{"S":"h"},"ss":{"SS":["a"]},"s":{"S":"x"}}}`},
	})
}
