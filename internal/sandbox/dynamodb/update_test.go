package dynamodb

import "testing"

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
func TestUpdateItem(t *testing.T) {
	s := withTables(t)
	item := `{"pk":{"S":"u"},"n":{"N":"10"},"s":{"S":"x"},"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"},{"S":"d"}]},"m":{"M":{"k":{"S":"v"},"c":{"N":"1"}}},"ss":{"SS":["a","b"]},"ns":{"NS":["1"]}}`
	// Each update starts from the same item and answers with what it updated.
	for _, c := range []struct{ name, update, values, want string }{
		{"set", "SET x = :s", `":s":{"S":"new"}`, `{"x":{"S":"new"}}`},
		{"set a map field", "SET m.k = :s, m.fresh = :s", `":s":{"S":"w"}`, `{"m":{"M":{"k":{"S":"w"},"fresh":{"S":"w"}}}}`},
		{"increment", "SET n = n + :n", `":n":{"N":"2.5"}`, `{"n":{"N":"12.5"}}`},
		{"decrement", "SET n = n - :n", `":n":{"N":"11"}`, `{"n":{"N":"-1"}}`},
		{"nested arithmetic", "SET m.c = m.c + :n", `":n":{"N":"5"}`, `{"m":{"M":{"c":{"N":"6"}}}}`},
		{"exact past 2^53", "SET n = n + :n", `":n":{"N":"9007199254740993"}`, `{"n":{"N":"9007199254741003"}}`},
		{"if_not_exists there", "SET n = if_not_exists(n, :n)", `":n":{"N":"0"}`, `{"n":{"N":"10"}}`},
		{"if_not_exists absent", "SET c = if_not_exists(c, :n) + :n", `":n":{"N":"1"}`, `{"c":{"N":"2"}}`},
		{"list_append behind", "SET l = list_append(l, :l)", `":l":{"L":[{"S":"e"}]}`, `{"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"},{"S":"d"},{"S":"e"}]}}`},
		{"list_append in front", "SET l = list_append(:l, l)", `":l":{"L":[{"S":"0"}]}`, `{"l":{"L":[{"S":"0"},{"S":"a"},{"S":"b"},{"S":"c"},{"S":"d"}]}}`},
		{"list_append to what may be absent", "SET q = list_append(if_not_exists(q, :l), :l)", `":l":{"L":[{"N":"1"}]}`, `{"q":{"L":[{"N":"1"},{"N":"1"}]}}`},
		{"set a list element", "SET l[1] = :s", `":s":{"S":"B"}`, `{"l":{"L":[{"S":"B"}]}}`},
		{"set beyond a list's end", "SET l[9] = :s, x = :s", `":s":{"S":"z"}`, `{"x":{"S":"z"}}`},
		{"values are read before any is set", "SET n = :n, c = n", `":n":{"N":"1"}`, `{"n":{"N":"1"},"c":{"N":"10"}}`},
		{"add to a number", "ADD n :n", `":n":{"N":"-3"}`, `{"n":{"N":"7"}}`},
		{"add to nothing", "ADD fresh :n", `":n":{"N":"3"}`, `{"fresh":{"N":"3"}}`},
		{"add to a set", "ADD ss :s", `":s":{"SS":["b","c"]}`, `{"ss":{"SS":["a","b","c"]}}`},
		{"add a set to nothing", "ADD fresh :s", `":s":{"NS":["2","1"]}`, `{"fresh":{"NS":["1","2"]}}`},
		{"delete from a set", "DELETE ss :s", `":s":{"SS":["b","z"]}`, `{"ss":{"SS":["a"]}}`},
		{"delete the last of a set", "DELETE ns :s", `":s":{"NS":["1.0"]}`, `{}`},
		{"delete from nothing", "DELETE fresh :s", `":s":{"NS":["1"]}`, `{}`},
		{"all four", "SET x = :n REMOVE s ADD n :n DELETE ss :s", `":n":{"N":"1"},":s":{"SS":["a"]}`, `{"x":{"N":"1"},"n":{"N":"11"},"ss":{"SS":["b"]}}`},
		{"keywords in any case", "set x = :n remove s", `":n":{"N":"1"}`, `{"x":{"N":"1"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			setUp(t, s, putTo("hash", item))
			in := `{"TableName":"hash","Key":{"pk":{"S":"u"}},"ReturnValues":"UPDATED_NEW","UpdateExpression":"` + c.update + `","ExpressionAttributeValues":{` + c.values + `}}`
			want := `{"Attributes":` + c.want + `}`
			if c.want == `{}` {
				want = `{}`
			}
			got, err := do(s, "UpdateItem", in)
			verify(t, check{c.name, "UpdateItem", in, want}, got, err)
		})
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
func TestUpdateRemovesAndReturns(t *testing.T) {
	s := withTables(t)
	item := `{"pk":{"S":"u"},"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"},{"S":"d"}]},"m":{"M":{"k":{"S":"v"},"c":{"N":"1"}}},"n":{"N":"1"}}`
	up := func(expression, returns string) string {
		return `{"TableName":"hash","Key":{"pk":{"S":"u"}},"UpdateExpression":"` + expression + `","ReturnValues":"` + returns + `"}`
	}
	for _, c := range []check{
		{"elements by their old places", "UpdateItem", up("REMOVE l[0], l[2]", "ALL_NEW"), `{"Attributes":{"pk":{"S":"u"},"l":{"L":[{"S":"b"},{"S":"d"}]},"m":{"M":{"k":{"S":"v"},"c":{"N":"1"}}},"n":{"N":"1"}}}`},
		{"element that is not there", "UpdateItem", up("REMOVE l[9]", "UPDATED_NEW"), `{}`},
		{"a map field", "UpdateItem", up("REMOVE m.k", "ALL_NEW"), `{"Attributes":{"pk":{"S":"u"},"l":{"L":[{"S":"a"},{"S":"b"},{"S":"c"},{"S":"d"}]},"m":{"M":{"c":{"N":"1"}}},"n":{"N":"1"}}}`},
		{"old values of what changes", "UpdateItem", up("REMOVE m.k, n", "UPDATED_OLD"), `{"Attributes":{"m":{"M":{"k":{"S":"v"}}},"n":{"N":"1"}}}`},
		{"the whole old item", "UpdateItem", up("REMOVE m, l", "ALL_OLD"), `{"Attributes":` + item + `}`},
		{"nothing", "UpdateItem", up("REMOVE m, l", "NONE"), `{}`},
	} {
		setUp(t, s, putTo("hash", item))
		run(t, s, []check{c})
	}
	run(t, s, []check{
		{"an update makes the item", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"new"}},"UpdateExpression":"SET a = :v","ExpressionAttributeValues":{":v":{"BOOL":true}},"ReturnValues":"ALL_NEW"}`, `{"Attributes":{"pk":{"S":"new"},"a":{"BOOL":true}}}`},
		{"even without an expression", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"bare"}},"ReturnValues":"ALL_NEW"}`, `{"Attributes":{"pk":{"S":"bare"}}}`},
		{"AttributeUpdates", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"old"}},"AttributeUpdates":{"a":{"Value":{"N":"1"},"Action":"PUT"},"b":{"Value":{"N":"2"},"Action":"ADD"},"c":{"Action":"DELETE"}},"ReturnValues":"ALL_NEW"}`, `{"Attributes":{"pk":{"S":"old"},"a":{"N":"1"},"b":{"N":"2"}}}`},
		{"condition", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"none"}},"UpdateExpression":"REMOVE a","ConditionExpression":"attribute_exists(pk)"}`, "error ConditionalCheckFailedException: The conditional request failed"},
		{"a failed condition makes nothing", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"none"}}}`, `{}`},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
func TestUpdateRefusals(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("hash", `{"pk":{"S":"u"},"n":{"N":"99999999999999999999999999999999999999"},"s":{"S":"x"},"l":{"L":[]},"m":{"M":{}}}`))
	up := func(expression, values string) string {
		if values != "" {
			values = `,"ExpressionAttributeValues":{` + values + `}`
		}
		return `{"TableName":"hash","Key":{"pk":{"S":"u"}},"UpdateExpression":"` + expression + `"` + values + `}`
	}
	const bad = "error ValidationException: Invalid UpdateExpression: "
	const one = `":v":{"N":"1"}`
	run(t, s, []check{
		{"empty", "UpdateItem", up("", ""), bad + "The expression can not be empty;"},
		{"syntax", "UpdateItem", up("INVALID SYNTAX HERE", ""), bad + `Syntax error; token: "INVALID", near: "INVALID SYNTAX"`},
		{"no value", "UpdateItem", up("SET a", ""), bad + `Syntax error; token: "<EOF>", near: "a"`},
		{"section twice", "UpdateItem", up("SET a = :v SET b = :v", one), bad + `The "SET" section can only be used once in an update expression;`},
		{"key", "UpdateItem", up("SET pk = :v", one), "error ValidationException: One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"},
		{"same path twice", "UpdateItem", up("SET a = :v, a = :v", one), bad + "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"},
		{"path within a path", "UpdateItem", up("SET a = :v REMOVE a.b", one), bad + "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]"},
		{"path as map and as list", "UpdateItem", up("SET a.b = :v, a[0] = :v", one), bad + "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]"},
		{"undefined value", "UpdateItem", up("SET a = :w", ""), bad + "An expression attribute value used in expression is not defined; attribute value: :w"},
		{"reserved", "UpdateItem", up("SET name = :v", one), bad + "Attribute name is a reserved keyword; reserved keyword: name"},
		{"unknown function", "UpdateItem", up("SET a = plus(b, :v)", one), bad + "Invalid function name; function: plus"},
		{"condition function", "UpdateItem", up("SET a = size(b)", ""), bad + "The function is not allowed in an update expression; function: size"},
		{"if_not_exists of a value", "UpdateItem", up("SET a = if_not_exists(:v, :v)", one), bad + "Operator or function requires a document path; operator or function: if_not_exists"},
		{"adding text", "UpdateItem", up("SET a = b + :v", `":v":{"S":"1"}`), bad + "Incorrect operand type for operator or function; operator or function: +, operand type: S"},
		{"list_append of a number", "UpdateItem", up("SET a = list_append(l, :v)", one), bad + "Incorrect operand type for operator or function; operator or function: list_append, operand type: N"},
		{"ADD text", "UpdateItem", up("ADD a :v", `":v":{"S":"1"}`), bad + "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
		{"DELETE number", "UpdateItem", up("DELETE a :v", one), bad + "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
		{"absent operand", "UpdateItem", up("SET a = zz + :v", one), "error ValidationException: The provided expression refers to an attribute that does not exist in the item"},
		{"operand of another type", "UpdateItem", up("SET a = s + :v", one), "error ValidationException: An operand in the update expression has an incorrect data type"},
		{"ADD to another type", "UpdateItem", up("ADD s :v", one), "error ValidationException: An operand in the update expression has an incorrect data type"},
		{"absent parent", "UpdateItem", up("SET zz.y = :v", one), "error ValidationException: The document path provided in the update expression is invalid for update"},
		{"parent of another type", "UpdateItem", up("SET s.y = :v", one), "error ValidationException: The document path provided in the update expression is invalid for update"},
		{"remove below nothing", "UpdateItem", up("REMOVE zz.y", ""), "error ValidationException: The document path provided in the update expression is invalid for update"},
		{"39 digits come out", "UpdateItem", up("SET a = n + :v", `":v":{"N":"0.1"}`), "error ValidationException: Attempting to store more than 38 significant digits in a Number"},
		{"unused value", "UpdateItem", up("REMOVE a", one), "error ValidationException: Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"},
		{"both kinds", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"u"}},"UpdateExpression":"REMOVE a","AttributeUpdates":{}}`, "error ValidationException: Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}"},
		{"the item is as it was", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"u"}}}`, `{"Item":{"pk":{"S":"u"},"n":{"N":"99999999999999999999999999999999999999"},"s":{"S":"x"},"l":{"L":[]},"m":{"M":{}}}}`},
	})
}
