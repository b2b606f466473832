package dynamodb

import (
	"fmt"
	"sync"
	"testing"
)

// TestConcurrentUse adds from several goroutines while others read pages and
// change the table; the race detector watches, and no addition may be lost.
func TestConcurrentUse(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("idx", `{"pk":{"S":"c"},"sk":{"S":"0"},"n":{"N":"0"},"g":{"S":"x"}}`))
	var wg sync.WaitGroup
	work := func(times int, op string, in func(i int) string) {
		wg.Go(func() {
			for i := range times {
				if _, err := do(s, op, in(i)); err != nil {
					t.Errorf("%s: %v", op, err)
				}
			}
		})
	}
	const add = `{"TableName":"idx","Key":{"pk":{"S":"c"},"sk":{"S":"0"}},"UpdateExpression":"ADD n :o","ExpressionAttributeValues":{":o":{"N":"1"}},"ReturnValues":"ALL_NEW"}`
	for w := range 3 {
		work(40, "UpdateItem", func(int) string { return add })
		work(40, "PutItem", func(i int) string {
			return fmt.Sprintf(`{"TableName":"idx","Item":{"pk":{"S":"w%d"},"sk":{"S":"%d"},"g":{"S":"x"}}}`, w, i)
		})
	}
	work(20, "Scan", func(int) string { return `{"TableName":"idx","IndexName":"gsi-inc","Limit":20}` })
	work(20, "ExecuteStatement", func(int) string { return sql(`SELECT * FROM "idx"."gsi-all" WHERE g = 'x'`) })
	work(20, "DescribeTable", func(int) string { return `{"TableName":"idx"}` })
	work(20, "UpdateTable", func(i int) string {
		return fmt.Sprintf(`{"TableName":"idx","DeletionProtectionEnabled":%v}`, i%2 == 0)
	})
	wg.Wait()
	run(t, s, []check{
		{"no addition is lost", "ExecuteStatement", sql(`SELECT n FROM idx WHERE pk = 'c' AND sk = '0'`), `{"Items":[{"n":{"N":"120"}}]}`},
		{"no item is lost", "Scan", `{"TableName":"idx","IndexName":"gsi-all","Select":"COUNT"}`, `{"Count":121,"ScannedCount":121}`},
	})
}
