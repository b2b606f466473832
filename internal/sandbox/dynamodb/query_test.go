package dynamodb

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// fillComp puts sort keys 1 to 9 into partition p and a few beside it.
func fillComp(t *testing.T, s *Service) {
	t.Helper()
	for i := 1; i <= 9; i++ {
		setUp(t, s, putTo("comp", fmt.Sprintf(`{"pk":{"S":"p"},"sk":{"N":"%d"},"even":{"BOOL":%v}}`, i, i%2 == 0)))
	}
	setUp(t, s, putTo("comp", `{"pk":{"S":"p2"},"sk":{"N":"1"}}`), putTo("comp", `{"pk":{"S":"neg"},"sk":{"N":"-10"}}`), putTo("comp", `{"pk":{"S":"neg"},"sk":{"N":"-9.5"}}`), putTo("comp", `{"pk":{"S":"neg"},"sk":{"N":"0"}}`))
}

// sortKeys lists the sort keys of an answer's items.
func sortKeys(t *testing.T, answer string) string {
	t.Helper()
	var a struct{ Items []map[string]map[string]any }
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, item := range a.Items {
		for _, v := range item["sk"] {
			keys = append(keys, fmt.Sprint(v))
		}
	}
	return strings.Join(keys, " ")
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
func TestQueryRanges(t *testing.T) {
	s := withTables(t)
	fillComp(t, s)
	for _, c := range []struct{ cond, rest, want string }{
		{"pk = :p", "", "1 2 3 4 5 6 7 8 9"},
		{"pk = :p", `,"ScanIndexForward":false`, "9 8 7 6 5 4 3 2 1"},
		{"pk = :p", `,"ScanIndexForward":true,"Limit":2`, "1 2"},
		{"pk = :p", `,"ScanIndexForward":false,"Limit":2,"ExclusiveStartKey":{"pk":{"S":"p"},"sk":{"N":"4"}}`, "3 2"},
		{"pk = :p", `,"ExclusiveStartKey":{"pk":{"S":"p"},"sk":{"N":"6.5"}}`, "7 8 9"},
		{"pk = :p AND sk = :a", "", "3"},
		{"pk = :p AND sk < :a", "", "1 2"},
		{"pk = :p AND sk <= :a", "", "1 2 3"},
		{"pk = :p AND sk > :b", "", "8 9"},
		{"pk = :p AND sk >= :b", "", "7 8 9"},
		{"pk = :p AND :b <= sk", "", "7 8 9"},
		{"sk >= :b AND :p = pk", "", "7 8 9"},
		{"pk = :p AND sk BETWEEN :a AND :b", "", "3 4 5 6 7"},
		{"(pk = :p) AND (sk BETWEEN :a AND :b)", `,"ScanIndexForward":false`, "7 6 5 4 3"},
	} {
		t.Run(c.cond+c.rest, func(t *testing.T) {
			values := `":p":{"S":"p"}`
			if strings.Contains(c.cond, ":a") {
				values += `,":a":{"N":"3"}`
			}
			if strings.Contains(c.cond, ":b") {
				values += `,":b":{"N":"7"}`
			}
			got, err := do(s, "Query", `{"TableName":"comp","KeyConditionExpression":"`+c.cond+`","ExpressionAttributeValues":{`+values+`}`+c.rest+`}`)
			if err != nil || sortKeys(t, got) != c.want {
				t.Errorf("got %q %v, want %q", sortKeys(t, got), err, c.want)
			}
		})
	}
	got, err := do(s, "Query", `{"TableName":"comp","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"neg"}}}`)
	if err != nil || sortKeys(t, got) != "-10 -9.5 0" {
		t.Errorf("numbers sort by magnitude: %s %v", got, err)
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
func TestQueryAnswers(t *testing.T) {
	s := withTables(t)
	fillComp(t, s)
	q := func(rest string) string {
		return `{"TableName":"comp","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"p"}` + rest + `}`
	}
	run(t, s, []check{
		{"the limit counts what is evaluated", "Query", q(`,":t":{"BOOL":true}},"FilterExpression":"even = :t","Limit":3,"ProjectionExpression":"sk"`), `{"Count":1,"ScannedCount":3,"Items":[{"sk":{"N":"2"}}],"LastEvaluatedKey":{"pk":{"S":"p"},"sk":{"N":"3"}}}`},
		{"an empty page with a key", "Query", q(`,":t":{"BOOL":true}},"FilterExpression":"even = :t","Limit":1`), `{"Count":0,"ScannedCount":1,"Items":[],"LastEvaluatedKey":{"pk":{"S":"p"},"sk":{"N":"1"}}}`},
		{"a limit just met leaves a key", "Query", q(`},"Limit":9,"Select":"COUNT"`), `{"Count":9,"ScannedCount":9,"LastEvaluatedKey":{"pk":{"S":"p"},"sk":{"N":"9"}}}`},
		{"a limit not met leaves none", "Query", q(`},"Limit":10,"Select":"COUNT"`), `{"Count":9,"ScannedCount":9}`},
		{"count", "Query", q(`,":t":{"BOOL":true}},"FilterExpression":"even = :t","Select":"COUNT"`), `{"Count":4,"ScannedCount":9}`},
		{"no such partition", "Query", `{"TableName":"comp","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"zz"}}}`, `{"Count":0,"ScannedCount":0,"Items":[]}`},
		{"capacity of a page", "Query", q(`},"Select":"COUNT","ReturnConsumedCapacity":"INDEXES"`), `{"Count":9,"ScannedCount":9,"ConsumedCapacity":{"TableName":"comp","CapacityUnits":0.5,"Table":{"CapacityUnits":0.5}}}`},
		{"consistent capacity", "Query", q(`},"Select":"COUNT","ConsistentRead":true,"ReturnConsumedCapacity":"TOTAL"`), `{"Count":9,"ScannedCount":9,"ConsumedCapacity":{"TableName":"comp","CapacityUnits":1}}`},
		{"KeyConditions", "Query", `{"TableName":"comp","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"p"}]},"sk":{"ComparisonOperator":"GE","AttributeValueList":[{"N":"9"}]}}}`, `{"Count":1,"ScannedCount":1,"Items":[{"pk":{"S":"p"},"sk":{"N":"9"},"even":{"BOOL":false}}]}`},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
func TestQueryRefusals(t *testing.T) {
	s := withTables(t)
	q := func(cond, values, rest string) string {
		return `{"TableName":"comp","KeyConditionExpression":"` + cond + `","ExpressionAttributeValues":{` + values + `}` + rest + `}`
	}
	const p = `":p":{"S":"p"}`
	const bad = "error ValidationException: Invalid KeyConditionExpression: "
	run(t, s, []check{
		{"no condition", "Query", `{"TableName":"comp"}`, "error ValidationException: Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."},
		{"empty", "Query", `{"TableName":"comp","KeyConditionExpression":""}`, bad + "The expression can not be empty;"},
		{"hash key missing", "Query", q("sk = :p", `":p":{"N":"1"}`, ""), "error ValidationException: Query condition missed key schema element: pk"},
		{"not the hash key", "Query", q("x = :p", p, ""), "error ValidationException: Query condition missed key schema element: pk"},
		{"not the sort key", "Query", q("pk = :p AND x = :p", p, ""), "error ValidationException: Query condition missed key schema element: sk"},
		{"range of hash keys", "Query", q("pk > :p", p, ""), "error ValidationException: Query key condition not supported"},
		{"or", "Query", q("pk = :p OR pk = :q", p+`,":q":{"S":"q"}`, ""), "error ValidationException: Invalid operator used in KeyConditionExpression: OR"},
		{"not", "Query", q("pk = :p AND NOT sk = :n", p+`,":n":{"N":"1"}`, ""), "error ValidationException: Invalid operator used in KeyConditionExpression: NOT"},
		{"<>", "Query", q("pk = :p AND sk <> :n", p+`,":n":{"N":"1"}`, ""), "error ValidationException: Invalid operator used in KeyConditionExpression: <>"},
		{"in", "Query", q("pk IN (:p)", p, ""), "error ValidationException: Invalid operator used in KeyConditionExpression: IN"},
		{"contains", "Query", q("pk = :p AND contains(sk, :p)", p, ""), "error ValidationException: Invalid operator used in KeyConditionExpression: contains"},
		{"two on one key", "Query", q("pk = :p AND sk > :a AND sk < :b", p+`,":a":{"N":"1"},":b":{"N":"2"}`, ""), bad + "KeyConditionExpressions must only contain one condition per key"},
		{"three attributes", "Query", q("pk = :p AND sk > :a AND x = :b", p+`,":a":{"N":"1"},":b":{"N":"2"}`, ""), "error ValidationException: The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"},
		{"nested", "Query", q("pk = :p AND sk.x = :a", p+`,":a":{"N":"1"}`, ""), bad + "KeyConditionExpressions cannot have conditions on nested attributes"},
		{"wrong type of hash", "Query", q("pk = :p", `":p":{"N":"1"}`, ""), "error ValidationException: One or more parameter values were invalid: Condition parameter type does not match schema type"},
		{"wrong type of sort", "Query", q("pk = :p AND begins_with(sk, :p)", p, ""), "error ValidationException: One or more parameter values were invalid: Condition parameter type does not match schema type"},
		{"begins_with a number", "Query", q("pk = :p AND begins_with(sk, :n)", p+`,":n":{"N":"1"}`, ""), bad + "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		{"order of a boolean", "Query", q("pk = :p AND :n >= sk", p+`,":n":{"BOOL":true}`, ""), bad + "Incorrect operand type for operator or function; operator or function: >=, operand type: BOOL"},
		{"empty key", "Query", q("pk = :p", `":p":{"S":""}`, ""), "error~ ValidationException: cannot contain an empty string value. Key: pk"},
		{"filter on the key", "Query", q("pk = :p", p, `,"FilterExpression":"sk = :p"`), "error ValidationException: Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		{"filter with an undefined name", "Query", q("pk = :p", p, `,"FilterExpression":"#x = :p"`), "error ValidationException: Invalid FilterExpression: An expression attribute name used in the document path is not defined; attribute name: #x"},
		{"unused name", "Query", q("pk = :p", p, `,"ExpressionAttributeNames":{"#u":"x"}`), "error ValidationException: Value provided in ExpressionAttributeNames unused in expressions: keys: {#u}"},
		{"unknown select", "Query", q("pk = :p", p, `,"Select":"SOME"`), "error ValidationException: 1 validation error detected: Value 'SOME' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"},
		{"SPECIFIC_ATTRIBUTES of nothing", "Query", q("pk = :p", p, `,"Select":"SPECIFIC_ATTRIBUTES"`), "error~ ValidationException: Must specify the AttributesToGet or ProjectionExpression"},
		{"projection and ALL_ATTRIBUTES", "Query", q("pk = :p", p, `,"Select":"ALL_ATTRIBUTES","ProjectionExpression":"sk"`), "error ValidationException: Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"},
		{"projection and COUNT", "Query", q("pk = :p", p, `,"Select":"COUNT","ProjectionExpression":"sk"`), "error ValidationException: Cannot specify the ProjectionExpression when choosing to get only the Count"},
		{"projected attributes of a table", "Query", q("pk = :p", p, `,"Select":"ALL_PROJECTED_ATTRIBUTES"`), "error ValidationException: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
		{"limit 0", "Query", q("pk = :p", p, `,"Limit":0`), "error ValidationException: 1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"start key of another partition", "Query", q("pk = :p", p, `,"ExclusiveStartKey":{"pk":{"S":"q"},"sk":{"N":"1"}}`), "error ValidationException: The provided starting key is outside query boundaries based on provided conditions"},
		{"half a start key", "Query", q("pk = :p", p, `,"ExclusiveStartKey":{"pk":{"S":"p"}}`), "error ValidationException: The provided starting key is invalid: The provided key element does not match the schema"},
		{"no such index", "Query", q("pk = :p", p, `,"IndexName":"nope"`), "error ValidationException: The table does not have the specified index: nope"},
		{"no such table", "Query", `{"TableName":"nowhere","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{` + p + `}}`, "error ResourceNotFoundException: Requested resource not found"},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html
func TestIndexReads(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("idx", `{"pk":{"S":"p"},"sk":{"S":"1"},"g":{"S":"x"},"l":{"S":"l1"},"p":{"S":"proj"},"q":{"S":"not"}}`),
		putTo("idx", `{"pk":{"S":"p"},"sk":{"S":"2"},"g":{"S":"y"},"l":{"S":"l0"}}`), putTo("idx", `{"pk":{"S":"p"},"sk":{"S":"3"},"q":{"S":"sparse"}}`))
	q := func(index, rest string) string {
		return `{"TableName":"idx","IndexName":"` + index + `","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}}` + rest + `}`
	}
	lsi := func(rest string) string {
		return `{"TableName":"idx","IndexName":"lsi-keys","KeyConditionExpression":"pk = :g","ExpressionAttributeValues":{":g":{"S":"p"}}` + rest + `}`
	}
	full := `{"pk":{"S":"p"},"sk":{"S":"1"},"g":{"S":"x"},"l":{"S":"l1"},"p":{"S":"proj"},"q":{"S":"not"}}`
	run(t, s, []check{
		{"ALL", "Query", q("gsi-all", ""), `{"Count":1,"ScannedCount":1,"Items":[` + full + `]}`},
		{"KEYS_ONLY", "Query", q("gsi-keys", ""), `{"Count":1,"ScannedCount":1,"Items":[{"pk":{"S":"p"},"sk":{"S":"1"},"g":{"S":"x"}}]}`},
		{"INCLUDE", "Query", q("gsi-inc", ""), `{"Count":1,"ScannedCount":1,"Items":[{"pk":{"S":"p"},"sk":{"S":"1"},"g":{"S":"x"},"p":{"S":"proj"}}]}`},
		{"a sparse index", "Scan", `{"TableName":"idx","IndexName":"gsi-all","Select":"COUNT"}`, `{"Count":2,"ScannedCount":2}`},
		{"key of an index page", "Query", q("gsi-all", `,"Limit":1,"Select":"COUNT"`), `{"Count":1,"ScannedCount":1,"LastEvaluatedKey":{"g":{"S":"x"},"pk":{"S":"p"},"sk":{"S":"1"}}}`},
		{"resume an index", "Query", q("gsi-all", `,"ExclusiveStartKey":{"g":{"S":"x"},"pk":{"S":"p"},"sk":{"S":"1"}}`), `{"Count":0,"ScannedCount":0,"Items":[]}`},
		{"an index does not resume from a table key", "Query", q("gsi-all", `,"ExclusiveStartKey":{"pk":{"S":"p"},"sk":{"S":"1"}}`), "error~ ValidationException: The provided starting key is invalid"},
		{"consistent read of a global index", "Query", q("gsi-all", `,"ConsistentRead":true`), "error ValidationException: Consistent reads are not supported on global secondary indexes"},
		{"consistent scan of a global index", "Scan", `{"TableName":"idx","IndexName":"gsi-all","ConsistentRead":true}`, "error ValidationException: Consistent reads are not supported on global secondary indexes"},
		{"all attributes of a narrow global index", "Query", q("gsi-inc", `,"Select":"ALL_ATTRIBUTES"`), "error ValidationException: One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index gsi-inc because its projection type is not ALL"},
		{"what a global index does not project", "Query", q("gsi-inc", `,"ProjectionExpression":"q"`), "error ValidationException: One or more parameter values were invalid: Global secondary index gsi-inc does not project [q]"},
		{"filter on what it does not project", "Query", `{"TableName":"idx","IndexName":"gsi-inc","KeyConditionExpression":"g = :g","FilterExpression":"q = :g","ExpressionAttributeValues":{":g":{"S":"x"}}}`, "error ValidationException: One or more parameter values were invalid: Global secondary index gsi-inc does not project one or more filter attributes: [q]"},
		{"a local index in its order", "Query", lsi(`,"ProjectionExpression":"sk"`), `{"Count":2,"ScannedCount":2,"Items":[{"sk":{"S":"2"}},{"sk":{"S":"1"}}]}`},
		{"a local index reaches back", "Query", lsi(`,"ProjectionExpression":"q","ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES"`),
			`{"Count":2,"ScannedCount":2,"Items":[{},{"q":{"S":"not"}}],"ConsumedCapacity":{"TableName":"idx","CapacityUnits":3,"Table":{"CapacityUnits":2},"LocalSecondaryIndexes":{"lsi-keys":{"CapacityUnits":1}}}}`},
		{"all attributes of a local index", "Query", lsi(`,"Select":"ALL_ATTRIBUTES","Limit":2,"ScanIndexForward":false,"ReturnConsumedCapacity":"TOTAL"`),
			`{"Count":2,"ScannedCount":2,"Items":[` + full + `,{"pk":{"S":"p"},"sk":{"S":"2"},"g":{"S":"y"},"l":{"S":"l0"}}],"LastEvaluatedKey":{"pk":{"S":"p"},"sk":{"S":"2"},"l":{"S":"l0"}},"ConsumedCapacity":{"TableName":"idx","CapacityUnits":1.5}}`},
		{"capacity of a global index", "Query", q("gsi-keys", `,"Select":"COUNT","ReturnConsumedCapacity":"INDEXES"`), `{"Count":1,"ScannedCount":1,"ConsumedCapacity":{"TableName":"idx","CapacityUnits":0.5,"Table":{"CapacityUnits":0},"GlobalSecondaryIndexes":{"gsi-keys":{"CapacityUnits":0.5}}}}`},
	})
	setUp(t, s, [2]string{"UpdateItem", `{"TableName":"idx","Key":{"pk":{"S":"p"},"sk":{"S":"1"}},"UpdateExpression":"SET g = :z","ExpressionAttributeValues":{":z":{"S":"z"}}}`},
		[2]string{"DeleteItem", `{"TableName":"idx","Key":{"pk":{"S":"p"},"sk":{"S":"2"}}}`})
	run(t, s, []check{
		{"a moved item leaves its old place", "Query", q("gsi-all", `,"Select":"COUNT"`), `{"Count":0,"ScannedCount":0}`},
		{"a deleted item leaves the index", "Scan", `{"TableName":"idx","IndexName":"gsi-keys"}`, `{"Count":1,"ScannedCount":1,"Items":[{"pk":{"S":"p"},"sk":{"S":"1"},"g":{"S":"z"}}]}`},
	})
}
