package dynamodb

import (
	"testing"
	"time"
)

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
func TestIndexesLagWhenTold(t *testing.T) {
	s, pass := timed(t)
	setUp(t, s, [2]string{"CreateTable", createIdx}, putTo("idx", `{"pk":{"S":"a"},"sk":{"S":"1"},"g":{"S":"old"},"l":{"S":"x"}}`))
	s.Switches().Lag(2 * time.Second)
	index := func(name, g, count string) check {
		return check{name, "Query", `{"TableName":"idx","IndexName":"gsi-inc","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"` + g + `"}},"Select":"COUNT"}`, `{"Count":` + count + `,"ScannedCount":` + count + `}`}
	}
	const put = `{"TableName":"idx","Item":{"pk":{"S":"a"},"sk":{"S":"1"},"g":{"S":"new"},"l":{"S":"y"}},"ReturnConsumedCapacity":"TOTAL"}`
	run(t, s, []check{
		{"a write pays at once", "PutItem", put, `{"ConsumedCapacity":{"TableName":"idx","CapacityUnits":9}}`},
		{"the table has it", "GetItem", `{"TableName":"idx","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"ProjectionExpression":"g"}`, `{"Item":{"g":{"S":"new"}}}`},
		{"a local index too", "Query", `{"TableName":"idx","IndexName":"lsi-keys","KeyConditionExpression":"pk = :p and l = :y","ExpressionAttributeValues":{":p":{"S":"a"},":y":{"S":"y"}},"Select":"COUNT"}`, `{"Count":1,"ScannedCount":1}`},
		index("the global one has the old", "old", "1"), index("and not the new", "new", "0"),
	})
	pass(time.Second)
	setUp(t, s, [2]string{"DeleteItem", `{"TableName":"idx","Key":{"pk":{"S":"a"},"sk":{"S":"1"}}}`})
	pass(time.Second)
	run(t, s, []check{index("after two seconds the old is gone", "old", "0"), index("and the new there", "new", "1")})
	s.Switches().Lag(0)
	setUp(t, s, putTo("idx", `{"pk":{"S":"b"},"sk":{"S":"1"},"g":{"S":"new"}}`))
	pass(time.Second)
	run(t, s, []check{index("changes keep their order", "new", "1"), {"nothing is lost", "Scan", `{"TableName":"idx","IndexName":"gsi-all","Select":"COUNT"}`, `{"Count":1,"ScannedCount":1}`}})
	setUp(t, s, putTo("idx", `{"pk":{"S":"c"},"sk":{"S":"1"},"g":{"S":"new"}}`))
	run(t, s, []check{index("and none lag any more", "new", "2")})
}
