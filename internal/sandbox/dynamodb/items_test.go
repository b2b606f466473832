package dynamodb

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
func TestPutItem(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("hash", `{"pk":{"S":"there"},"n":{"N":"1"}}`))
	deep := strings.Repeat(`{"M":{"n":`, 31) + `{"S":"leaf"}` + strings.Repeat(`}}`, 31)
	big := strings.Repeat("x", 400*1024-2-3-1)
	run(t, s, []check{
		{"nothing returned by default", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}}}`, `{}`},
		{"ALL_OLD of a new item", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"fresh"}},"ReturnValues":"ALL_OLD"}`, `{}`},
		{"ALL_OLD of a standing item", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"there"},"n":{"N":"2"}},"ReturnValues":"ALL_OLD"}`, `{"Attributes":{"pk":{"S":"there"},"n":{"N":"1"}}}`},
		{"ReturnValues of updates", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ReturnValues":"ALL_NEW"}`, "error ValidationException: ReturnValues can only be ALL_OLD or NONE"},
		{"unknown ReturnValues", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ReturnValues":"X"}`, "error ValidationException: 1 validation error detected: Value 'X' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"},
		{"no table name", "PutItem", `{"Item":{"pk":{"S":"a"}}}`, "error ValidationException: 1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null"},
		{"empty table name", "PutItem", `{"TableName":"","Item":{"pk":{"S":"a"}}}`, "error~ ValidationException: Member must have length greater than or equal to 1"},
		{"bad table name", "PutItem", `{"TableName":"bad table!@#","Item":{"pk":{"S":"a"}}}`, "error ValidationException: 1 validation error detected: Value 'bad table!@#' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"long table name", "PutItem", `{"TableName":"` + strings.Repeat("a", 256) + `","Item":{"pk":{"S":"a"}}}`, "error~ ValidationException: at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 255"},
		{"missing table", "PutItem", `{"TableName":"nowhere","Item":{"pk":{"S":"a"}}}`, "error ResourceNotFoundException: Requested resource not found"},
		{"key missing", "PutItem", `{"TableName":"hash","Item":{"x":{"S":"a"}}}`, "error ValidationException: One or more parameter values were invalid: Missing the key pk in the item"},
		{"key of wrong type", "PutItem", `{"TableName":"hash","Item":{"pk":{"N":"5"}}}`, "error ValidationException: One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"},
		{"empty string key", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":""}}}`, "error ValidationException: One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		{"hash key too long", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"` + strings.Repeat("k", 2049) + `"}}}`, "error~ ValidationException: Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		{"hash key at its limit", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"` + strings.Repeat("k", 2048) + `"}}}`, `{}`},
		{"empty string off the key", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e"},"s":{"S":""},"b":{"B":""}}}`, `{}`},
		{"empty set", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e"},"s":{"SS":[]}}}`, "error~ ValidationException: An string set  may not be empty"},
		{"duplicate in a set", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e"},"s":{"SS":["a","a"]}}}`, "error ValidationException: One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
		{"NULL false", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e"},"s":{"NULL":false}}}`, "error~ ValidationException: Null attribute value types must have the value of true"},
		{"two types", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e","N":"1"}}}`, "error~ ValidationException: more than one datatypes set"},
		{"no type", "PutItem", `{"TableName":"hash","Item":{"pk":{}}}`, "error~ ValidationException: Supplied AttributeValue is empty"},
		{"number not as text", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e"},"n":{"N":5}}}`, "error SerializationException: NUMBER_VALUE cannot be converted to String"},
		{"39 digits", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e"},"n":{"N":"123456789012345678901234567890123456789"}}}`, "error ValidationException: Attempting to store more than 38 significant digits in a Number"},
		{"too large", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e"},"n":{"N":"1e126"}}}`, "error~ ValidationException: Number overflow"},
		{"32 levels", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"deep"},"d":` + deep + `}}`, `{}`},
		{"33 levels", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"deep"},"d":{"L":[` + deep + `]}}}`, "error~ ValidationException: nested levels beyond supported limit"},
		{"400 KB", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"big"},"d":{"S":"` + big + `"}}}`, `{}`},
		{"400 KB and a byte", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"big"},"d":{"S":"` + big + `x"}}}`, "error ValidationException: Item size has exceeded the maximum allowed size"},
		{"capacity of a big item", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"big"},"d":{"S":"` + big + `"}},"ReturnConsumedCapacity":"TOTAL"}`, `{"ConsumedCapacity":{"TableName":"hash","CapacityUnits":400}}`},
		{"capacity follows the larger of old and new", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"big"}},"ReturnConsumedCapacity":"INDEXES"}`, `{"ConsumedCapacity":{"TableName":"hash","CapacityUnits":400,"Table":{"CapacityUnits":400}}}`},
		{"unknown capacity mode", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"e"}},"ReturnConsumedCapacity":"ALL"}`, "error~ ValidationException: at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"},
		{"table by ARN", "PutItem", `{"TableName":"arn:aws:dynamodb:us-east-1:111122223333:table/hash","Item":{"pk":{"S":"arn"}}}`, `{}`},
		{"index key of wrong type", "PutItem", `{"TableName":"idx","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"N":"1"}}}`, "error ValidationException: One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: gsi-all"},
		{"empty index key", "PutItem", `{"TableName":"idx","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"S":""}}}`, "error~ ValidationException: cannot contain an empty string value. IndexName: gsi-all, IndexKey: g"},
		{"capacity by index", "PutItem", `{"TableName":"idx","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"S":"x"}},"ReturnConsumedCapacity":"INDEXES"}`,
			`{"ConsumedCapacity":{"TableName":"idx","CapacityUnits":4,"Table":{"CapacityUnits":1},"GlobalSecondaryIndexes":{"gsi-all":{"CapacityUnits":1},"gsi-keys":{"CapacityUnits":1},"gsi-inc":{"CapacityUnits":1}}}}`},
		{"a changed index key is two writes, an unchanged projection none", "PutItem", `{"TableName":"idx","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"S":"x"},"other":{"S":"y"}},"ReturnConsumedCapacity":"INDEXES"}`,
			`{"ConsumedCapacity":{"TableName":"idx","CapacityUnits":2,"Table":{"CapacityUnits":1},"GlobalSecondaryIndexes":{"gsi-all":{"CapacityUnits":1}}}}`},
		{"item collection metrics", "PutItem", `{"TableName":"idx","Item":{"pk":{"S":"a"},"sk":{"S":"c"}},"ReturnItemCollectionMetrics":"SIZE"}`, `{"ItemCollectionMetrics":{"ItemCollectionKey":{"pk":{"S":"a"}},"SizeEstimateRangeGB":[0,1]}}`},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
func TestConditions(t *testing.T) {
	s := withTables(t)
	item := `{"pk":{"S":"c"},"n":{"N":"5"},"s":{"S":"abcdef"},"b":{"B":"AQID"},"t":{"BOOL":true},"z":{"NULL":true},"l":{"L":[{"S":"x"},{"N":"2"}]},"m":{"M":{"k":{"S":"v"},"deep":{"L":[{"M":{"q":{"N":"7"}}}]}}},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},"u":{"S":"é𝄞"},"data":{"S":"d"}}`
	setUp(t, s, putTo("hash", item))
	values := map[string]string{
		":five": `{"N":"5.0"}`, ":four": `{"N":"4"}`, ":six": `{"N":"6"}`, ":three": `{"N":"3"}`, ":two": `{"N":"2"}`, ":one": `{"N":"1"}`,
		":abc": `{"S":"abc"}`, ":S": `{"S":"S"}`, ":SS": `{"S":"SS"}`, ":x": `{"S":"x"}`, ":a": `{"S":"a"}`, ":true": `{"BOOL":true}`, ":b": `{"B":"AQ=="}`,
		":set": `{"SS":["b","a"]}`, ":list": `{"L":[{"S":"x"},{"N":"2"}]}`, ":null": `{"NULL":true}`,
	}
	holds := []string{
		"n = :five", "n <> :four", "n > :four", "n >= :five", "n < :six", "n <= :five", "NOT n = :four", "absent <> :four",
		"n BETWEEN :four AND :six", "n IN (:four, :five)", "attribute_exists(n)", "attribute_not_exists(absent)", "attribute_type(s, :S)", "attribute_type(ss, :SS)",
		"begins_with(s, :abc)", "begins_with(b, :b)", "contains(s, :abc)", "contains(l, :x)", "contains(l, :two)", "contains(ss, :a)", "contains(ns, :two)", "contains(b, :b)",
		"size(s) = :six", "size(l) = :two", "size(ss) = :two", "size(m) = :two", "size(b) = :three", "size(u) = :three",
		"ss = :set", "l = :list", "z = :null", "t = :true", "m.deep[0].q > :six", "l[1] = :two", "attribute_exists(m.deep[0].q)", "attribute_not_exists(m.deep[1])", "attribute_not_exists(l[2])",
		"n = :four OR n = :five", "n = :five AND s > :abc", "n = :four OR n = :five AND s > :abc", "(n = :four OR n = :five) AND s > :abc", "NOT (n = :four OR n = :six)", "NOT n = :four AND n = :five",
		"n = :five OR n = :four AND n = :six", ":five = n", ":four < n", "(n) = (:five)", "NOT contains(s, :x)", "size(m.k) = :one", "NOT NOT n = :five", "n In (:five)", "n between :four and :six",
	}
	fails := []string{
		"n = :abc", "n > :abc", "absent = :four", "absent < :four", "NOT attribute_exists(n)", "begins_with(n, :abc)", "contains(n, :four)", "size(n) = :one",
		"n BETWEEN :six AND :six", "n IN (:four, :abc)", "attribute_type(s, :SS)", "n = :four AND n = :five OR n = :six", "(n = :four OR n = :five) AND n = :six", "m.k.x = :x", "l[7] = :x", "attribute_exists(s.x)",
		"s < :five", "t <> :true",
	}
	used := func(cond string) string {
		pairs := map[string]string{}
		for _, word := range strings.FieldsFunc(cond, func(r rune) bool { return strings.ContainsRune(" (),", r) }) {
			if v, ok := values[word]; ok {
				pairs[word] = `"` + word + `":` + v
			}
		}
		if len(pairs) == 0 {
			return ""
		}
		return `,"ExpressionAttributeValues":{` + strings.Join(slices.Sorted(maps.Values(pairs)), ",") + `}`
	}
	var checks []check
	for _, cond := range holds {
		checks = append(checks, check{cond, "PutItem", `{"TableName":"hash","Item":` + item + `,"ConditionExpression":"` + cond + `"` + used(cond) + `}`, `{}`})
	}
	for _, cond := range fails {
		checks = append(checks, check{cond, "PutItem", `{"TableName":"hash","Item":` + item + `,"ConditionExpression":"` + cond + `"` + used(cond) + `}`, "error ConditionalCheckFailedException: The conditional request failed"})
	}
	run(t, s, checks)
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
func TestExpressionRefusals(t *testing.T) {
	s := withTables(t)
	with := func(cond, rest string) string {
		return `{"TableName":"hash","Item":{"pk":{"S":"c"}},"ConditionExpression":"` + cond + `"` + rest + `}`
	}
	v := func(pairs string) string { return `,"ExpressionAttributeValues":{` + pairs + `}` }
	const invalidCond = "error ValidationException: Invalid ConditionExpression: "
	run(t, s, []check{
		{"empty", "PutItem", with("", ""), invalidCond + "The expression can not be empty;"},
		{"too long", "PutItem", with(strings.Repeat("attribute_exists(aaaaaaaaaaaaaaaa) OR ", 110)+"attribute_exists(a)", ""), invalidCond + "Expression size has exceeded the maximum allowed size;"},
		{"redundant parentheses", "PutItem", with("((attribute_exists(pk)))", ""), invalidCond + "The expression has redundant parentheses;"},
		{"reserved word", "PutItem", with("attribute_exists(status)", ""), invalidCond + "Attribute name is a reserved keyword; reserved keyword: status"},
		{"reserved word in a path", "PutItem", with("attribute_exists(a.data)", ""), invalidCond + "Attribute name is a reserved keyword; reserved keyword: data"},
		{"undefined value", "PutItem", with("a = :v", ""), invalidCond + "An expression attribute value used in expression is not defined; attribute value: :v"},
		{"undefined name", "PutItem", with("attribute_exists(#x)", ""), invalidCond + "An expression attribute name used in the document path is not defined; attribute name: #x"},
		{"unused value", "PutItem", with("attribute_exists(a)", v(`":u":{"S":"x"}`)), "error ValidationException: Value provided in ExpressionAttributeValues unused in expressions: keys: {:u}"},
		{"unused name", "PutItem", with("attribute_exists(a)", `,"ExpressionAttributeNames":{"#u":"x"}`), "error ValidationException: Value provided in ExpressionAttributeNames unused in expressions: keys: {#u}"},
		{"name without #", "PutItem", with("attribute_exists(a)", `,"ExpressionAttributeNames":{"u":"x"}`), `error ValidationException: ExpressionAttributeNames contains invalid key: Syntax error; key: "u"`},
		{"value without :", "PutItem", with("attribute_exists(a)", v(`"u":{"S":"x"}`)), `error ValidationException: ExpressionAttributeValues contains invalid key: Syntax error; key: "u"`},
		{"empty values", "PutItem", with("attribute_exists(a)", v(``)), "error ValidationException: ExpressionAttributeValues must not be empty"},
		{"invalid value", "PutItem", with("a = :v", v(`":v":{"N":"x"}`)), "error ValidationException: ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :v"},
		{"values without an expression", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"c"}}` + v(`":v":{"N":"1"}`) + `}`, "error ValidationException: ExpressionAttributeValues can only be specified when using expressions"},
		{"names without an expression", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"c"}},"ExpressionAttributeNames":{"#v":"x"}}`, "error ValidationException: ExpressionAttributeNames can only be specified when using expressions"},
		{"unknown function", "PutItem", with("exists(a)", ""), invalidCond + "Invalid function name; function: exists"},
		{"function in another case", "PutItem", with("Attribute_Exists(a)", ""), invalidCond + "Invalid function name; function: Attribute_Exists"},
		{"wrong number of operands", "PutItem", with("begins_with(a)", ""), invalidCond + "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1"},
		{"same operand twice", "PutItem", with("contains(a, a)", ""), invalidCond + "The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]"},
		{"begins_with a number", "PutItem", with("begins_with(a, :v)", v(`":v":{"N":"1"}`)), invalidCond + "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		{"order of booleans", "PutItem", with("a < :v", v(`":v":{"BOOL":true}`)), invalidCond + "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"},
		{"attribute_exists of a value", "PutItem", with("attribute_exists(:v)", v(`":v":{"S":"a"}`)), invalidCond + "Operator or function requires a document path; operator or function: attribute_exists"},
		{"unknown attribute type", "PutItem", with("attribute_type(a, :v)", v(`":v":{"S":"X"}`)), invalidCond + "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
		{"size of a number", "PutItem", with("size(:v) = :v", v(`":v":{"N":"1"}`)), invalidCond + "Incorrect operand type for operator or function; operator or function: size, operand type: N"},
		{"size alone", "PutItem", with("size(a)", ""), invalidCond + "The function is not allowed to be used this way in an expression; function: size"},
		{"condition as operand", "PutItem", with("attribute_exists(a) = :v", v(`":v":{"BOOL":true}`)), invalidCond + "The function is not allowed to be used this way in an expression; function: attribute_exists"},
		{"BETWEEN of two types", "PutItem", with("a BETWEEN :v AND :w", v(`":v":{"N":"1"},":w":{"S":"2"}`)), invalidCond + "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:2}"},
		{"BETWEEN upside down", "PutItem", with("a BETWEEN :v AND :w", v(`":v":{"N":"2"},":w":{"N":"1"}`)), invalidCond + "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"},
		{"update function in a condition", "PutItem", with("a = if_not_exists(b, :v)", v(`":v":{"N":"2"}`)), invalidCond + "The function is not allowed in a condition expression; function: if_not_exists"},
		{"syntax", "PutItem", with("a = ", ""), invalidCond + `Syntax error; token: "<EOF>", near: "="`},
		{"stray character", "PutItem", with("a ! b", ""), invalidCond + `Syntax error; token: "!", near: "a ! b"`},
		{"half a condition", "PutItem", with("a", ""), invalidCond + `Syntax error; token: "<EOF>", near: "a"`},
		{"unclosed", "PutItem", with("(a = b", ""), invalidCond + `Syntax error; token: "<EOF>", near: "b"`},
		{"both kinds of parameters", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"c"}},"Expected":{"pk":{"Exists":false}},"ConditionExpression":"attribute_not_exists(pk)"}`,
			"error ValidationException: Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"},
		{"Expected that does not hold", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"c"}},"Expected":{"n":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"1"}]}}}`, "error ConditionalCheckFailedException: The conditional request failed"},
		{"Expected that holds", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"c"}},"Expected":{"pk":{"Exists":false}}}`, `{}`},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
func TestReturnValuesOnConditionCheckFailure(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("hash", `{"pk":{"S":"a"},"n":{"N":"1"}}`))
	_, err := do(s, "DeleteItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`)
	w := asWire(err)
	item, ok := w.Fields["Item"]
	if w.Code != "ConditionalCheckFailedException" || !ok {
		t.Fatalf("%v %v", err, w.Fields)
	}
	if !sameJSON(t, mustJSON(t, item), `{"pk":{"S":"a"},"n":{"N":"1"}}`) {
		t.Errorf("item %v", item)
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
func TestGetAndDelete(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("hash", `{"pk":{"S":"a"},"n":{"N":"1.50"},"m":{"M":{"x":{"S":"1"},"y":{"S":"2"}}},"l":{"L":[{"S":"0"},{"S":"1"},{"S":"2"}]},"status":{"S":"ok"}}`), putTo("comp", `{"pk":{"S":"a"},"sk":{"N":"1"}}`),
		putTo("hash", `{"pk":{"S":"4k"},"d":{"S":"`+strings.Repeat("x", 4100)+`"}}`))
	get := func(rest string) string { return `{"TableName":"hash","Key":{"pk":{"S":"a"}}` + rest + `}` }
	run(t, s, []check{
		{"whole item", "GetItem", get(""), `{"Item":{"pk":{"S":"a"},"n":{"N":"1.5"},"m":{"M":{"x":{"S":"1"},"y":{"S":"2"}}},"l":{"L":[{"S":"0"},{"S":"1"},{"S":"2"}]},"status":{"S":"ok"}}}`},
		{"no item", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"none"}}}`, `{}`},
		{"projection", "GetItem", get(`,"ProjectionExpression":"n, #s","ExpressionAttributeNames":{"#s":"status"}`), `{"Item":{"n":{"N":"1.5"},"status":{"S":"ok"}}}`},
		{"nested projection", "GetItem", get(`,"ProjectionExpression":"m.x, l[2], l[0]"`), `{"Item":{"m":{"M":{"x":{"S":"1"}}},"l":{"L":[{"S":"0"},{"S":"2"}]}}}`},
		{"projection of nothing", "GetItem", get(`,"ProjectionExpression":"zz"`), `{"Item":{}}`},
		{"AttributesToGet", "GetItem", get(`,"AttributesToGet":["pk","status"]`), `{"Item":{"pk":{"S":"a"},"status":{"S":"ok"}}}`},
		{"overlapping paths", "GetItem", get(`,"ProjectionExpression":"m, m.x"`), "error ValidationException: Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, x]"},
		{"aliases of one attribute", "GetItem", get(`,"ProjectionExpression":"#a, #b","ExpressionAttributeNames":{"#a":"a","#b":"a"}`), "error~ ValidationException: Two document paths overlap"},
		{"reserved in a projection", "GetItem", get(`,"ProjectionExpression":"status"`), "error ValidationException: Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: status"},
		{"name starting with _", "GetItem", get(`,"ProjectionExpression":"_x"`), "error~ ValidationException: Invalid ProjectionExpression: Syntax error"},
		{"wrong key", "GetItem", `{"TableName":"hash","Key":{"x":{"S":"a"}}}`, "error ValidationException: The provided key element does not match the schema"},
		{"wrong key type", "GetItem", `{"TableName":"hash","Key":{"pk":{"N":"1"}}}`, "error ValidationException: The provided key element does not match the schema"},
		{"half a key", "GetItem", `{"TableName":"comp","Key":{"pk":{"S":"a"}}}`, "error ValidationException: The provided key element does not match the schema"},
		{"more than the key", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"},"n":{"N":"1"}}}`, "error ValidationException: The provided key element does not match the schema"},
		{"empty key value", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":""}}}`, "error~ ValidationException: cannot contain an empty string value. Key: pk"},
		{"number keys by magnitude", "GetItem", `{"TableName":"comp","Key":{"pk":{"S":"a"},"sk":{"N":"1.0"}}}`, `{"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}`},
		{"eventual read of nothing", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"none"}},"ReturnConsumedCapacity":"TOTAL"}`, `{"ConsumedCapacity":{"TableName":"hash","CapacityUnits":0.5}}`},
		{"consistent read of more than 4 KB", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"4k"}},"ProjectionExpression":"pk","ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES"}`, `{"Item":{"pk":{"S":"4k"}},"ConsumedCapacity":{"TableName":"hash","CapacityUnits":2,"Table":{"CapacityUnits":2}}}`},
		{"delete returns the old item", "DeleteItem", `{"TableName":"comp","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"ReturnValues":"ALL_OLD"}`, `{"Attributes":{"pk":{"S":"a"},"sk":{"N":"1"}}}`},
		{"delete of nothing", "DeleteItem", `{"TableName":"comp","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"ReturnValues":"ALL_OLD"}`, `{}`},
		{"conditional delete of nothing", "DeleteItem", `{"TableName":"comp","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_exists(pk)"}`, "error ConditionalCheckFailedException: The conditional request failed"},
		{"delete with a bad key", "DeleteItem", `{"TableName":"comp","Key":{"pk":{"S":"a"}}}`, "error ValidationException: The provided key element does not match the schema"},
		{"unknown operation", "FrobTable", `{}`, "error UnknownOperationException: "},
		{"not JSON", "GetItem", `{`, "error~ SerializationException: "},
		{"wrong shape", "GetItem", `{"TableName":5}`, "error~ SerializationException: "},
	})
}
