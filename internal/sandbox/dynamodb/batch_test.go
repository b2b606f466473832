package dynamodb

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

func repeat(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(parts, ",")
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
func TestBatches(t *testing.T) {
	s := withTables(t)
	const key = `{"pk":{"S":"k%d"}}`
	const put = `{"PutRequest":{"Item":{"pk":{"S":"k%d"}}}}`
	run(t, s, []check{
		{"write 25", "BatchWriteItem", `{"RequestItems":{"hash":[` + repeat(25, put) + `]},"ReturnConsumedCapacity":"TOTAL"}`, `{"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":25}]}`},
		{"write 26", "BatchWriteItem", `{"RequestItems":{"hash":[` + repeat(26, put) + `]}}`, "error ValidationException: 1 validation error detected: Value at 'RequestItems.hash.member' failed to satisfy constraint: Member must have length less than or equal to 25"},
		{"write 26 over two tables", "BatchWriteItem", `{"RequestItems":{"hash":[` + repeat(25, put) + `],"comp":[{"DeleteRequest":{"Key":{"pk":{"S":"x"},"sk":{"N":"1"}}}}]}}`, "error ValidationException: Too many items requested for the BatchWriteItem call"},
		{"write nothing", "BatchWriteItem", `{"RequestItems":{}}`, "error ValidationException: 1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"one item twice", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"a"}}}}]}}`, "error ValidationException: Provided list of item keys contains duplicates"},
		{"key of wrong type", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"N":"5"}}}}]}}`, "error ValidationException: The provided key element does not match the schema"},
		{"key missing", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"x":{"N":"5"}}}}]}}`, "error ValidationException: The provided key element does not match the schema"},
		{"empty key", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":""}}}}]}}`, "error~ ValidationException: cannot contain an empty string value. Key: pk"},
		{"no such table", "BatchWriteItem", `{"RequestItems":{"nowhere":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}]}}`, "error ResourceNotFoundException: Requested resource not found"},
		{"one bad write spoils all", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"zz"}}}},{"PutRequest":{"Item":{"x":{"S":""}}}}]}}`, "error~ ValidationException: does not match the schema"},
		{"so nothing was written", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"zz"}}}`, `{}`},
		{"delete and put", "BatchWriteItem", `{"RequestItems":{"hash":[{"DeleteRequest":{"Key":{"pk":{"S":"k0"}}}},{"PutRequest":{"Item":{"pk":{"S":"k99"}}}}]}}`, `{"UnprocessedItems":{}}`},
		{"get", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[{"pk":{"S":"k0"}},{"pk":{"S":"k99"}}],"ConsistentRead":true}},"ReturnConsumedCapacity":"TOTAL"}`, `{"Responses":{"hash":[{"pk":{"S":"k99"}}]},"UnprocessedKeys":{},"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":2}]}`},
		{"get 101", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[` + repeat(101, key) + `]}}}`, "error ValidationException: 1 validation error detected: Value at 'RequestItems.hash.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100"},
		{"get 100", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[` + repeat(100, key) + `]}}}`, ``},
		{"get one twice", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"a"}}]}}}`, "error ValidationException: Provided list of item keys contains duplicates"},
		{"get with a projection", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[{"pk":{"S":"k1"}}],"ProjectionExpression":"a, a"}}}`, "error~ ValidationException: Invalid ProjectionExpression: Two document paths overlap"},
		{"get of no keys", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[]}}}`, "error~ ValidationException: Value at 'RequestItems.hash.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"get nothing", "BatchGetItem", `{"RequestItems":{}}`, "error~ ValidationException: Value at 'RequestItems' failed to satisfy constraint"},
		{"get from nowhere", "BatchGetItem", `{"RequestItems":{"nowhere":{"Keys":[{"pk":{"S":"a"}}]}}}`, "error ResourceNotFoundException: Requested resource not found"},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
func TestBatchGetLeavesWhatIsOver16MB(t *testing.T) {
	s := withTables(t)
	var keys []string
	for i := range 50 {
		// Items that only claim their size, so that the test need not move 16 MB.
		key := attr.NewMap(attr.Field{Name: "pk", Value: attr.String(fmt.Sprint("b", i))})
		s.store("").tables["hash"].Put(&table.Item{Size: 390_000, JSON: key.AppendJSON(nil)})
		keys = append(keys, string(key.AppendJSON(nil)))
	}
	got, err := do(s, "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[`+strings.Join(keys, ",")+`]}}}`)
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Responses       map[string][]json.RawMessage
		UnprocessedKeys map[string]struct{ Keys []json.RawMessage }
	}
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatal(err)
	}
	if done, left := len(a.Responses["hash"]), len(a.UnprocessedKeys["hash"].Keys); done != 43 || left != 7 {
		t.Errorf("%d items and %d keys left", done, left)
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
func TestTransactions(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("hash", `{"pk":{"S":"there"},"n":{"N":"1"}}`))
	tx := func(items string) string { return `{"TransactItems":[` + items + `]}` }
	put := func(pk, rest string) string {
		return `{"Put":{"TableName":"hash","Item":{"pk":` + pk + `}` + rest + `}}`
	}
	const absent = `,"ConditionExpression":"attribute_not_exists(pk)"`
	run(t, s, []check{
		{"all kinds", "TransactWriteItems", `{"ReturnConsumedCapacity":"TOTAL","TransactItems":[` + put(`{"S":"a"}`, absent) + `,{"Update":{"TableName":"hash","Key":{"pk":{"S":"there"}},"UpdateExpression":"ADD n :o","ExpressionAttributeValues":{":o":{"N":"1"}}}},{"Delete":{"TableName":"comp","Key":{"pk":{"S":"x"},"sk":{"N":"1"}}}},{"ConditionCheck":{"TableName":"hash","Key":{"pk":{"S":"no"}},"ConditionExpression":"attribute_not_exists(pk)"}}]}`,
			`{"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":6,"WriteCapacityUnits":6},{"TableName":"comp","CapacityUnits":2,"WriteCapacityUnits":2}]}`},
		{"it happened", "TransactGetItems", tx(`{"Get":{"TableName":"hash","Key":{"pk":{"S":"there"}},"ProjectionExpression":"n"}},{"Get":{"TableName":"hash","Key":{"pk":{"S":"none"}}}}`), `{"Responses":[{"Item":{"n":{"N":"2"}}},{}]}`},
		{"reads cost twice", "TransactGetItems", `{"ReturnConsumedCapacity":"TOTAL","TransactItems":[{"Get":{"TableName":"hash","Key":{"pk":{"S":"there"}},"ProjectionExpression":"n"}}]}`, `{"Responses":[{"Item":{"n":{"N":"2"}}}],"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":2,"ReadCapacityUnits":2}]}`},
		{"one fails", "TransactWriteItems", tx(put(`{"S":"b"}`, "") + "," + put(`{"S":"there"}`, absent)), "error TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"},
		{"so nothing happened", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"b"}}}`, `{}`},
		{"wrong key type of a put", "TransactWriteItems", tx(put(`{"N":"5"}`, "")), "error TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]"},
		{"empty key", "TransactWriteItems", tx(put(`{"S":""}`, "")), "error ValidationException: One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		{"one item twice", "TransactWriteItems", tx(put(`{"S":"d"}`, "") + "," + put(`{"S":"d"}`, "")), "error ValidationException: Transaction request cannot include multiple operations on one item"},
		{"none", "TransactWriteItems", tx(``), "error ValidationException: 1 validation error detected: Value at 'TransactItems' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"101", "TransactWriteItems", tx(repeat(101, `{"Put":{"TableName":"hash","Item":{"pk":{"S":"t%d"}}}}`)), "error ValidationException: 1 validation error detected: Value at 'TransactItems' failed to satisfy constraint: Member must have length less than or equal to 100"},
		{"100", "TransactWriteItems", tx(repeat(100, `{"Put":{"TableName":"hash","Item":{"pk":{"S":"t%d"}}}}`)), `{}`},
		{"no such table", "TransactWriteItems", tx(`{"Put":{"TableName":"nowhere","Item":{"pk":{"S":"a"}}}}`), "error ResourceNotFoundException: Requested resource not found"},
		{"bad expression", "TransactWriteItems", tx(put(`{"S":"a"}`, `,"ConditionExpression":"status = a"`)), "error~ ValidationException: reserved keyword: status"},
		{"wrong lookup key", "TransactWriteItems", tx(`{"Delete":{"TableName":"hash","Key":{"pk":{"N":"5"}}}}`), "error~ TransactionCanceledException: [ValidationError]"},
		{"get 101", "TransactGetItems", tx(repeat(101, `{"Get":{"TableName":"hash","Key":{"pk":{"S":"t%d"}}}}`)), "error~ ValidationException: less than or equal to 100"},
	})
	_, err := do(s, "TransactWriteItems", tx(put(`{"S":"there"}`, absent+`,"ReturnValuesOnConditionCheckFailure":"ALL_OLD"`)))
	var w *wire.Error
	if !errors.As(err, &w) || !sameJSON(t, mustJSON(t, w.Fields), `{"CancellationReasons":[{"Code":"ConditionalCheckFailed","Message":"The conditional request failed","Item":{"pk":{"S":"there"},"n":{"N":"2"}}}]}`) {
		t.Errorf("reasons: %v %s", err, mustJSON(t, w))
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
func TestTransactionTokens(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s, err := New(Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	setUp(t, s, [2]string{"CreateTable", createHash}, putTo("hash", `{"pk":{"S":"c"},"n":{"N":"0"}}`))
	count := func(by string) string {
		return `{"ClientRequestToken":"tok","ReturnConsumedCapacity":"TOTAL","TransactItems":[{"Update":{"TableName":"hash","Key":{"pk":{"S":"c"}},"UpdateExpression":"ADD n :o","ExpressionAttributeValues":{":o":{"N":"` + by + `"}}}}]}`
	}
	read := func(want string) check {
		return check{"count is " + want, "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"c"}}}`, `{"Item":{"pk":{"S":"c"},"n":{"N":"` + want + `"}}}`}
	}
	run(t, s, []check{
		{"first", "TransactWriteItems", count("1"), `{"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":2,"WriteCapacityUnits":2}]}`},
		{"again", "TransactWriteItems", count("1"), `{"ConsumedCapacity":[{"TableName":"hash","CapacityUnits":2,"ReadCapacityUnits":2}]}`},
		read("1"),
		{"another with the same token", "TransactWriteItems", count("2"), "error IdempotentParameterMismatchException: Idempotent parameter mismatch"},
	})
	now = now.Add(11 * time.Minute)
	run(t, s, []check{{"the token has run out", "TransactWriteItems", count("2"), ``}, read("3")})
}
