package dynamodb

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// timed is a service whose clock stands until it is moved.
func timed(t *testing.T) (s *Service, pass func(time.Duration)) {
	t.Helper()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s, err := New(Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return s, func(d time.Duration) { now = now.Add(d) }
}

// createSlow is a provisioned table whose index has less capacity than it.
const createSlow = `{"TableName":"slow","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
	"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"ProvisionedThroughput":{"ReadCapacityUnits":4,"WriteCapacityUnits":5},
	"GlobalSecondaryIndexes":[{"IndexName":"by_g","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}]}`

const (
	tooFast  = "error ProvisionedThroughputExceededException: " + overTable
	tooFastG = "error ProvisionedThroughputExceededException: " + overIndex
)

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
func TestProvisionedTablesThrottle(t *testing.T) {
	s, pass := timed(t)
	setUp(t, s, [2]string{"CreateTable", createSlow})
	put := func(want string) check {
		return check{"put", "PutItem", `{"TableName":"slow","Item":{"pk":{"S":"a"}}}`, want}
	}
	get := func(want string) check {
		return check{"get", "GetItem", `{"TableName":"slow","Key":{"pk":{"S":"a"}},"ConsistentRead":true}`, want}
	}
	const item = `{"Item":{"pk":{"S":"a"}}}`
	// One second's capacity at once, no more.
	run(t, s, []check{put(`{}`), put(`{}`), put(`{}`), put(`{}`), put(`{}`), put(tooFast), get(item), get(item), get(item), get(item), get(tooFast),
		{"a failed condition costs too", "PutItem", `{"TableName":"slow","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)"}`, tooFast},
		{"PartiQL", "ExecuteStatement", sql(`SELECT * FROM slow WHERE pk = 'a'`), tooFast},
		{"scan", "Scan", `{"TableName":"slow"}`, tooFast},
		{"query of the index", "Query", `{"TableName":"slow","IndexName":"by_g","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}}}`, `{"Count":0,"ScannedCount":0,"Items":[]}`},
	})
	pass(time.Second)
	run(t, s, []check{put(`{}`),
		{"the index holds the table back", "PutItem", `{"TableName":"slow","Item":{"pk":{"S":"b"},"g":{"S":"x"}}}`, `{}`},
		{"the index holds the table back 2", "PutItem", `{"TableName":"slow","Item":{"pk":{"S":"c"},"g":{"S":"x"}}}`, tooFastG},
		{"and nothing was taken from the table", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"slow","Item":{"pk":{"S":"d"}}}}]}`, `{}`},
		put(`{}`), put(tooFast),
	})
	// Unused capacity is kept for 300 seconds, and an item of 6 KB makes a debt.
	pass(time.Hour)
	big := `{"TableName":"slow","Item":{"pk":{"S":"big"},"d":{"S":"` + strings.Repeat("x", 300_000) + `"}}}`
	for range 5 { // 294 units each of 1500
		run(t, s, []check{{"burst", "PutItem", big, `{}`}})
	}
	run(t, s, []check{{"one more, into debt", "PutItem", big, `{}`}, put(tooFast)})
	pass(50 * time.Second) // 264 units of debt are 52.8 s
	run(t, s, []check{put(tooFast)})
	pass(4 * time.Second)
	run(t, s, []check{put(`{}`)})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
func TestThrottledTransactionsAreCancelled(t *testing.T) {
	s, _ := timed(t)
	setUp(t, s, [2]string{"CreateTable", createSlow})
	_, err := do(s, "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"slow","Item":{"pk":{"S":"a"}}}},{"Put":{"TableName":"slow","Item":{"pk":{"S":"b"}}}},{"Delete":{"TableName":"slow","Key":{"pk":{"S":"c"}}}}]}`)
	var w *wire.Error
	if !errors.As(err, &w) || w.Code != "TransactionCanceledException" ||
		!sameJSON(t, mustJSON(t, w.Fields["CancellationReasons"]), `[{"Code":"None"},{"Code":"None"},{"Code":"ProvisionedThroughputExceeded","Message":"`+overTable+`"}]`) {
		t.Errorf("%v %s", err, mustJSON(t, w))
	}
	run(t, s, []check{{"nothing was written", "Scan", `{"TableName":"slow"}`, `{"Count":0,"ScannedCount":0,"Items":[]}`},
		{"a read transaction", "ExecuteTransaction", `{"TransactStatements":[{"Statement":"SELECT * FROM slow WHERE pk = 'a'"},{"Statement":"SELECT * FROM slow WHERE pk = 'b'"}]}`, "error~ TransactionCanceledException: [None, ProvisionedThroughputExceeded]"}})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
func TestBatchesUnderThrottling(t *testing.T) {
	s, pass := timed(t)
	setUp(t, s, [2]string{"CreateTable", createSlow})
	write := `{"RequestItems":{"slow":[` + repeat(7, `{"PutRequest":{"Item":{"pk":{"S":"%d"}}}}`) + `]},"ReturnConsumedCapacity":"TOTAL"}`
	run(t, s, []check{
		{"five of seven", "BatchWriteItem", write, `{"UnprocessedItems":{"slow":[{"PutRequest":{"Item":{"pk":{"S":"5"}}}},{"PutRequest":{"Item":{"pk":{"S":"6"}}}}]},"ConsumedCapacity":[{"TableName":"slow","CapacityUnits":5}]}`},
		{"none", "BatchWriteItem", write, tooFast},
		{"reads", "BatchGetItem", `{"RequestItems":{"slow":{"Keys":[` + repeat(6, `{"pk":{"S":"%d"}}`) + `],"ConsistentRead":true,"ProjectionExpression":"pk"}}}`,
			`{"Responses":{"slow":[{"pk":{"S":"0"}},{"pk":{"S":"1"}},{"pk":{"S":"2"}},{"pk":{"S":"3"}}]},"UnprocessedKeys":{"slow":{"Keys":[{"pk":{"S":"4"}},{"pk":{"S":"5"}}],"ConsistentRead":true,"ProjectionExpression":"pk"}}}`},
		{"no reads", "BatchGetItem", `{"RequestItems":{"slow":{"Keys":[{"pk":{"S":"1"}}]}}}`, tooFast},
		{"statements", "BatchExecuteStatement", `{"Statements":[{"Statement":"INSERT INTO slow VALUE {'pk': 'z'}"}]}`, `{"Responses":[{"TableName":"slow","Error":{"Code":"ProvisionedThroughputExceeded","Message":"` + overTable + `"}}]}`},
	})
	pass(time.Second)
	run(t, s, []check{{"the rest", "BatchWriteItem", `{"RequestItems":{"slow":[{"PutRequest":{"Item":{"pk":{"S":"5"}}}},{"PutRequest":{"Item":{"pk":{"S":"6"}}}}]}}`, `{"UnprocessedItems":{}}`}})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html
func TestOnDemandTablesThrottleWhenTold(t *testing.T) {
	s, pass := timed(t)
	setUp(t, s, [2]string{"CreateTable", createHash},
		[2]string{"CreateTable", `{"TableName":"capped","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":1}}`})
	put := func(table, want string) check {
		return check{"put", "PutItem", `{"TableName":"` + table + `","Item":{"pk":{"S":"a"}}}`, want}
	}
	const busy = "error ThrottlingException: " + overOnDemand
	for range 50 {
		run(t, s, []check{put("hash", `{}`)})
	}
	run(t, s, []check{put("capped", `{}`), put("capped", busy), {"reads are free", "Scan", `{"TableName":"capped","Select":"COUNT"}`, `{"Count":1,"ScannedCount":1}`}})
	_, err := do(s, "PutItem", `{"TableName":"capped","Item":{"pk":{"S":"a"}}}`)
	if w := asWire(err); !sameJSON(t, mustJSON(t, w.Fields), `{"throttlingReasons":[{"reason":"TableWriteMaxOnDemandThroughputExceeded","resource":"arn:aws:dynamodb:us-east-1:111122223333:table/capped"}]}`) {
		t.Errorf("%s", mustJSON(t, w))
	}
	s.Switches().Throttle("hash", "", 0, 2)
	run(t, s, []check{put("hash", `{}`), put("hash", `{}`), put("hash", busy)})
	pass(500 * time.Millisecond)
	run(t, s, []check{put("hash", `{}`), put("hash", busy)})
	s.Switches().Throttle("hash", "", 0, 0)
	run(t, s, []check{put("hash", `{}`), put("hash", `{}`)})
}

func TestUnprocessedSwitch(t *testing.T) {
	s := withTables(t)
	s.Switches().Unprocessed(1, 2)
	const put = `{"PutRequest":{"Item":{"pk":{"S":"%d"}}}}`
	run(t, s, []check{
		{"one of two", "BatchWriteItem", `{"RequestItems":{"hash":[` + repeat(2, put) + `]}}`, `{"UnprocessedItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"1"}}}}]}}`},
		{"one of two again", "BatchGetItem", `{"RequestItems":{"hash":{"Keys":[{"pk":{"S":"0"}},{"pk":{"S":"1"}}]}}}`, `{"Responses":{"hash":[{"pk":{"S":"0"}}]},"UnprocessedKeys":{"hash":{"Keys":[{"pk":{"S":"1"}}]}}}`},
		{"then all", "BatchWriteItem", `{"RequestItems":{"hash":[` + repeat(2, put) + `]}}`, `{"UnprocessedItems":{}}`},
	})
	s.Switches().Unprocessed(0, 1)
	run(t, s, []check{{"none is an error", "BatchWriteItem", `{"RequestItems":{"hash":[` + repeat(2, put) + `]}}`, tooFast}})
}
