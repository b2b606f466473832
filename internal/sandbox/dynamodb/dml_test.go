package dynamodb

import (
	"strings"
	"testing"
)

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
func TestWritingStatements(t *testing.T) {
	s := withTables(t)
	const e = "ExecuteStatement"
	const none = `{"Items":[]}`
	read := func(name, want string) check {
		return check{name, "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}}}`, want}
	}
	run(t, s, []check{
		{"insert", e, sql(`INSERT INTO "hash" VALUE {'pk': 'a', 'n': 0, 's': '', 'z': null, 'l': [1, 'x', ?], 'm': {'k': true}, 'ss': <<'a', 'b', 'c'>>, 'ns': <<1, 2.50>>}`, `,"Parameters":[{"B":"AQI="}]`), none},
		read("inserted", `{"Item":{"pk":{"S":"a"},"n":{"N":"0"},"s":{"S":""},"z":{"NULL":true},"l":{"L":[{"N":"1"},{"S":"x"},{"B":"AQI="}]},"m":{"M":{"k":{"BOOL":true}}},"ss":{"SS":["a","b","c"]},"ns":{"NS":["1","2.5"]}}}`),
		{"insert again", e, sql(`INSERT INTO hash VALUE {'pk': 'a'}`), "error DuplicateItemException: Duplicate primary key exists in table"},
		{"insert without key", e, sql(`INSERT INTO hash VALUE {'x': 'a'}`), "error ValidationException: One or more parameter values were invalid: Missing the key pk in the item"},
		{"insert no item", e, sql(`INSERT INTO hash VALUE 5`), "error~ ValidationException: Statement wasn't well formed"},
		{"update", e, sql(`UPDATE hash SET n = n + 1, m.k = 'v' SET new1 = [9] REMOVE s, z WHERE pk = 'a' RETURNING MODIFIED NEW *`), `{"Items":[{"n":{"N":"1"},"m":{"M":{"k":{"S":"v"}}},"new1":{"L":[{"N":"9"}]}}]}`},
		{"update functions", e, sql(`UPDATE hash SET l = list_append(l, [2]), c = if_not_exists(c, 5) REMOVE new1 WHERE pk = 'a' RETURNING MODIFIED OLD *`), `{"Items":[{"l":{"L":[{"N":"1"},{"S":"x"},{"B":"AQI="}]},"new1":{"L":[{"N":"9"}]}}]}`},
		{"set_add and set_delete", e, sql(`UPDATE hash SET ss = set_add(ss, <<'z','a'>>) SET ns = SET_DELETE(ns, ?) WHERE pk = 'a' RETURNING ALL NEW *`, `,"Parameters":[{"NS":["1"]}]`),
			`{"Items":[{"pk":{"S":"a"},"n":{"N":"1"},"m":{"M":{"k":{"S":"v"}}},"l":{"L":[{"N":"1"},{"S":"x"},{"B":"AQI="},{"N":"2"}]},"c":{"N":"5"},"ss":{"SS":["a","b","c","z"]},"ns":{"NS":["2.5"]}}]}`},
		{"FROM first", e, sql(`from hash where pk = 'a' set n = ? remove l, ss, m, ns`, `,"Parameters":[{"N":"7"}]`), none},
		{"remove a list element", e, sql(`UPDATE hash REMOVE l[0] WHERE pk = 'a'`), "error ValidationException: The document path provided in the update expression is invalid for update"},
		read("updated", `{"Item":{"pk":{"S":"a"},"n":{"N":"7"},"c":{"N":"5"}}}`),
		{"update with a condition that holds", e, sql(`UPDATE hash SET n = 8 WHERE pk = 'a' AND n = 7 AND attribute_not_exists(q)`), none},
		{"update with one that does not", e, sql(`UPDATE hash SET n = 9 WHERE pk = 'a' AND n = 7`), "error ConditionalCheckFailedException: The conditional request failed"},
		{"update of nothing", e, sql(`UPDATE hash SET n = 9 WHERE pk = 'none'`), "error ConditionalCheckFailedException: The conditional request failed"},
		{"even if it asks for nothing", e, sql(`UPDATE hash SET n = 9 WHERE pk = 'none' AND attribute_not_exists(pk)`), "error ConditionalCheckFailedException: The conditional request failed"},
		{"update without the key", e, sql(`UPDATE hash SET n = 9 WHERE n = 8`), "error ValidationException: Where clause does not contain a mandatory equality on all key attributes"},
		{"update of half a key", e, sql(`UPDATE comp SET n = 9 WHERE pk = 'a'`), "error ValidationException: Where clause does not contain a mandatory equality on all key attributes"},
		{"update of all", e, sql(`UPDATE hash SET n = 9`), "error ValidationException: Where clause does not contain a mandatory equality on all key attributes"},
		{"update of the key", e, sql(`UPDATE hash SET pk = 'b' WHERE pk = 'a'`), "error ValidationException: One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"},
		{"update of one place twice", e, sql(`UPDATE hash SET x = 1, x = 2 WHERE pk = 'a'`), "error~ ValidationException: Two document paths overlap"},
		{"update of an index", e, sql(`UPDATE "idx"."gsi-all" SET x = 1 WHERE pk = 'a' AND sk = 'b'`), "error~ ValidationException: not supported on indexes"},
		{"key of wrong type", e, sql(`UPDATE hash SET x = 1 WHERE pk = 5`), "error ValidationException: The provided key element does not match the schema"},
		{"set_add elsewhere", e, sql(`UPDATE hash SET t = set_add(ss, <<'x'>>) WHERE pk = 'a'`), "error ValidationException: The first argument to SET_ADD must equal the assignment value at 1:21:7"},
		{"set_add of text", e, sql(`UPDATE hash SET ss = set_add(ss, 'x') WHERE pk = 'a'`), "error ValidationException: The second argument to SET_ADD must be a value with type SET at 1:30:2"},
		{"set_add of one", e, sql(`UPDATE hash SET ss = set_add(ss) WHERE pk = 'a'`), "error ValidationException: SET_ADD must have exactly two arguments at 1:22:7"},
		{"set_add to a number", e, sql(`UPDATE hash SET n = set_add(n, <<'x'>>) WHERE pk = 'a'`), "error ValidationException: An operand in the update expression has an incorrect data type"},
		{"duplicates in a bag", e, sql(`UPDATE hash SET ss = set_add(ss, <<'x', 'x'>>) WHERE pk = 'a'`), "error ValidationException: One or more parameter values were invalid: Input collection [x, x] contains duplicates."},
		{"function in an item", e, sql(`INSERT INTO hash VALUE {'pk': 'i', 'ss': set_add(<<'a'>>, <<'b'>>)}`), "error~ ValidationException: Unsupported data type: set_add under key root at 1:"},
		{"failed condition with the item", e, sql(`DELETE FROM hash WHERE pk = 'a' AND n = 0`, `,"ReturnValuesOnConditionCheckFailure":"ALL_OLD"`), "error ConditionalCheckFailedException: The conditional request failed"},
		{"delete new values", e, sql(`DELETE FROM hash WHERE pk = 'a' RETURNING ALL NEW *`), "error ValidationException: Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements."},
		{"delete without a key", e, sql(`DELETE FROM hash WHERE n = 1`), "error ValidationException: Where clause does not contain a mandatory equality on all key attributes"},
		{"delete", e, sql(`DELETE FROM hash WHERE pk = 'a' AND n = 8 RETURNING ALL OLD *`, `,"ReturnConsumedCapacity":"TOTAL"`), `{"Items":[{"pk":{"S":"a"},"n":{"N":"8"},"c":{"N":"5"}}],"ConsumedCapacity":{"TableName":"hash","CapacityUnits":1}}`},
		{"delete of nothing", e, sql(`DELETE FROM hash WHERE pk = 'a'`), none},
	})
}

// members makes the statements of a batch or a transaction.
func members(name string, statements ...string) string {
	parts := make([]string, len(statements))
	for i, text := range statements {
		parts[i] = sql(text)
	}
	return `{"` + name + `":[` + strings.Join(parts, ",") + `]}`
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
func TestBatchExecuteStatement(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("hash", `{"pk":{"S":"a"},"n":{"N":"1"}}`))
	batch := func(statements ...string) string { return members("Statements", statements...) }
	const needKey = `{"Code":"ValidationError","Message":"Select statements within BatchExecuteStatement must specify the primary key in the where clause."}`
	run(t, s, []check{
		{"reads", "BatchExecuteStatement", batch(`SELECT n FROM hash WHERE pk = 'a'`, `SELECT * FROM hash WHERE pk = 'none'`, `SELECT * FROM nowhere WHERE pk = 'a'`, `SLECT`),
			`{"Responses":[{"TableName":"hash","Item":{"n":{"N":"1"}}},{"TableName":"hash"},{"TableName":"nowhere","Error":{"Code":"ResourceNotFound","Message":"Requested resource not found"}},{"Error":{"Code":"ValidationError","Message":"Statement wasn't well formed, can't be processed: Expected data manipulation"}}]}`},
		{"reads need the whole key", "BatchExecuteStatement", batch(`SELECT * FROM hash WHERE n = 1`, `SELECT * FROM comp WHERE pk = 'a'`, `SELECT * FROM "idx"."gsi-all" WHERE pk = 'p' AND sk = '1'`, `SELECT * FROM hash WHERE pk = 'a' AND attribute_exists(n)`),
			`{"Responses":[{"TableName":"hash","Error":` + needKey + `},{"TableName":"comp","Error":` + needKey + `},{"TableName":"idx","Error":` + needKey + `},{"TableName":"hash","Error":` + needKey + `}]}`},
		{"writes", "BatchExecuteStatement", batch(`INSERT INTO hash VALUE {'pk': 'b'}`, `UPDATE hash SET n = 2 WHERE pk = 'a' RETURNING ALL NEW *`, `INSERT INTO hash VALUE {'pk': 'a'}`, `DELETE FROM hash WHERE pk = 'a' AND n = 9`),
			`{"Responses":[{"TableName":"hash"},{"TableName":"hash","Item":{"pk":{"S":"a"},"n":{"N":"2"}}},{"TableName":"hash","Error":{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"}},{"TableName":"hash","Error":{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}}]}`},
		{"mixed", "BatchExecuteStatement", batch(`SELECT * FROM hash WHERE pk = 'a'`, `DELETE FROM hash WHERE pk = 'a'`), "error~ ValidationException: cannot be mixed"},
		{"none", "BatchExecuteStatement", `{"Statements":[]}`, "error~ ValidationException: Value at 'Statements' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"26", "BatchExecuteStatement", `{"Statements":[` + repeat(26, `{"Statement":"SELECT * FROM hash WHERE pk = 'k%d'"}`) + `]}`, "error~ ValidationException: less than or equal to 25"},
		{"capacity by member", "BatchExecuteStatement", `{"ReturnConsumedCapacity":"TOTAL","Statements":[{"Statement":"SELECT n FROM hash WHERE pk = 'a'","ConsistentRead":true},{"Statement":"SELECT n FROM hash WHERE pk = 'a'"}]}`,
			`{"Responses":[{"TableName":"hash","Item":{"n":{"N":"2"}}},{"TableName":"hash","Item":{"n":{"N":"2"}}}],"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":1.5}]}`},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
func TestExecuteTransaction(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("hash", `{"pk":{"S":"a"},"n":{"N":"1"}}`))
	tx := func(statements ...string) string { return members("TransactStatements", statements...) }
	const e = "ExecuteTransaction"
	const in0 = "error ValidationException: Validation failed in TransactStatements[0]: "
	run(t, s, []check{
		{"writes", e, tx(`INSERT INTO hash VALUE {'pk': 'b', 'n': 5}`, `UPDATE hash SET n = n + 1 WHERE pk = 'a'`), `{"Responses":[]}`},
		{"reads", e, tx(`SELECT n FROM hash WHERE pk = 'a'`, `SELECT * FROM hash WHERE pk = 'none'`, `SELECT n FROM hash WHERE pk = 'b'`), `{"Responses":[{"Item":{"n":{"N":"2"}}},{},{"Item":{"n":{"N":"5"}}}]}`},
		{"a failing part", e, tx(`INSERT INTO hash VALUE {'pk': 'c'}`, `INSERT INTO hash VALUE {'pk': 'a'}`), "error TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [None, DuplicateItem]"},
		{"leaves nothing", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"c"}}}`, `{}`},
		{"a check that holds", e, tx(`EXISTS(SELECT * FROM hash WHERE pk = 'a' AND n = 2)`, `DELETE FROM hash WHERE pk = 'b'`), `{"Responses":[]}`},
		{"a check that does not", e, tx(`EXISTS(SELECT * FROM hash WHERE pk = 'a' AND n = 9)`, `DELETE FROM hash WHERE pk = 'b'`), "error TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]"},
		{"a check of nothing", e, tx(`EXISTS(SELECT * FROM hash WHERE pk = 'a')`), in0 + "EXISTS() must contain a single item read with additional condition"},
		{"returning", e, tx(`UPDATE hash SET n = 3 WHERE pk = 'a' RETURNING ALL NEW *`), in0 + "RETURNING clause is not supported in ExecuteTransaction."},
		{"an index", e, tx(`SELECT * FROM "idx"."gsi-all" WHERE g = 'x'`), in0 + "Reads on indices are not supported within transactions."},
		{"not the whole key", e, tx(`SELECT * FROM hash WHERE pk = 'a' AND attribute_exists(n)`), in0 + "Select statements within ExecuteTransaction must specify the primary key in the where clause."},
		{"malformed", e, tx(`SLECT`), in0 + "Statement wasn't well formed, can't be processed: Expected data manipulation"},
		{"mixed", e, tx(`SELECT * FROM hash WHERE pk = 'a'`, `DELETE FROM hash WHERE pk = 'a'`), "error~ ValidationException: cannot be mixed"},
		{"none", e, `{"TransactStatements":[]}`, "error~ ValidationException: Value at 'TransactStatements' failed to satisfy constraint"},
		{"capacity", e, `{"ReturnConsumedCapacity":"TOTAL","TransactStatements":[{"Statement":"SELECT n FROM hash WHERE pk = 'a'"}]}`, `{"Responses":[{"Item":{"n":{"N":"2"}}}],"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":2,"ReadCapacityUnits":2}]}`},
		{"with a token", e, `{"ClientRequestToken":"t1","ReturnConsumedCapacity":"TOTAL","TransactStatements":[{"Statement":"UPDATE hash SET n = n + 1 WHERE pk = 'a'"}]}`, `{"Responses":[],"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":2,"WriteCapacityUnits":2}]}`},
		{"and once more", e, `{"ClientRequestToken":"t1","ReturnConsumedCapacity":"TOTAL","TransactStatements":[{"Statement":"UPDATE hash SET n = n + 1 WHERE pk = 'a'"}]}`, `{"Responses":[],"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":2,"ReadCapacityUnits":2}]}`},
		{"happened once", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}}}`, `{"Item":{"pk":{"S":"a"},"n":{"N":"3"}}}`},
	})
}
