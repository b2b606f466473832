package dynamodb

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

type scanned struct {
	Items            []map[string]json.RawMessage
	Count            int
	ScannedCount     int
	LastEvaluatedKey json.RawMessage
}

// scanAll follows the pages of a scan and counts how often each key came.
func scanAll(t *testing.T, s *Service, params string, between func(page int)) (seen map[string]int, pages int) {
	t.Helper()
	seen = map[string]int{}
	start := ""
	for {
		got, err := do(s, "Scan", `{`+params+start+`}`)
		if err != nil {
			t.Fatal(err)
		}
		var page scanned
		if err := json.Unmarshal([]byte(got), &page); err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			seen[string(item["pk"])+string(item["sk"])]++
		}
		pages++
		if page.LastEvaluatedKey == nil {
			return seen, pages
		}
		start = `,"ExclusiveStartKey":` + string(page.LastEvaluatedKey)
		if between != nil {
			between(pages)
		}
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
func TestScanPagesAtOneMegabyte(t *testing.T) {
	s := withTables(t)
	const items, size = 21, 100_000
	for i := range items {
		setUp(t, s, putTo("hash", fmt.Sprintf(`{"pk":{"S":"k%02d"},"d":{"S":"%s"}}`, i, strings.Repeat("x", size-7))))
	}
	got, err := do(s, "Scan", `{"TableName":"hash","ReturnConsumedCapacity":"TOTAL","ProjectionExpression":"pk","ExpressionAttributeValues":{":n":{"S":"k00"}},"FilterExpression":"pk < :n"}`)
	if err != nil {
		t.Fatal(err)
	}
	// Ten items of 100,000 bytes fit in 1,048,576; the filter comes after.
	if !strings.HasPrefix(got, `{"Count":0,"ScannedCount":10,"Items":[],"LastEvaluatedKey":`) || !strings.Contains(got, `"CapacityUnits":122.5`) {
		t.Errorf("first page: %s", got)
	}
	seen, pages := scanAll(t, s, `"TableName":"hash"`, nil)
	if len(seen) != items || pages != 3 {
		t.Errorf("%d items on %d pages", len(seen), pages)
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
func TestSegmentsCoverTheTableOnce(t *testing.T) {
	s := withTables(t)
	const items = 500
	for i := range items {
		setUp(t, s, putTo("comp", fmt.Sprintf(`{"pk":{"S":"key-%d"},"sk":{"N":"%d"}}`, i/2, i)))
	}
	for _, total := range []int{1, 2, 3, 7, 16, 1000} {
		all := map[string]int{}
		largest := 0
		for n := range total {
			seen, _ := scanAll(t, s, fmt.Sprintf(`"TableName":"comp","Limit":17,"Segment":%d,"TotalSegments":%d`, n, total), nil)
			for k, c := range seen {
				all[k] += c
			}
			largest = max(largest, len(seen))
		}
		for k, c := range all {
			if c != 1 {
				t.Fatalf("%d segments: %s came %d times", total, k, c)
			}
		}
		if len(all) != items {
			t.Errorf("%d segments: %d items", total, len(all))
		}
		if total == 16 && largest > 3*items/16 {
			t.Errorf("16 segments: one has %d of %d items", largest, items)
		}
	}
}

func TestScanNeverRepeatsNorDropsBesideWrites(t *testing.T) {
	s := withTables(t)
	for i := range 200 {
		setUp(t, s, putTo("comp", fmt.Sprintf(`{"pk":{"S":"stay-%d"},"sk":{"N":"1"}}`, i)), putTo("comp", fmt.Sprintf(`{"pk":{"S":"go-%d"},"sk":{"N":"1"}}`, i)))
	}
	gone := 0
	seen, _ := scanAll(t, s, `"TableName":"comp","Limit":13`, func(page int) {
		for range 9 { // also the very items the start key names
			setUp(t, s, [2]string{"DeleteItem", fmt.Sprintf(`{"TableName":"comp","Key":{"pk":{"S":"go-%d"},"sk":{"N":"1"}}}`, gone)},
				putTo("comp", fmt.Sprintf(`{"pk":{"S":"come-%d"},"sk":{"N":"1"}}`, gone)))
			gone++
		}
	})
	stayed := 0
	for k, c := range seen {
		if c != 1 {
			t.Errorf("%s came %d times", k, c)
		}
		if strings.Contains(k, "stay-") {
			stayed++
		}
	}
	if stayed != 200 {
		t.Errorf("%d of 200 items that stood throughout were seen", stayed)
	}
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
func TestScanRefusals(t *testing.T) {
	s := withTables(t)
	setUp(t, s, putTo("comp", `{"pk":{"S":"a"},"sk":{"N":"1"}}`))
	run(t, s, []check{
		{"segment alone", "Scan", `{"TableName":"comp","Segment":0}`, "error ValidationException: The TotalSegments parameter is required but was not present in the request when Segment parameter is present"},
		{"total alone", "Scan", `{"TableName":"comp","TotalSegments":4}`, "error ValidationException: The Segment parameter is required but was not present in the request when parameter TotalSegments is present"},
		{"segment out of range", "Scan", `{"TableName":"comp","Segment":5,"TotalSegments":5}`, "error ValidationException: The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 5 is not less than TotalSegments: 5"},
		{"negative segment", "Scan", `{"TableName":"comp","Segment":-1,"TotalSegments":5}`, "error~ ValidationException: Value '-1' at 'segment' failed to satisfy constraint: Member must have value greater than or equal to 0"},
		{"too many segments", "Scan", `{"TableName":"comp","Segment":0,"TotalSegments":1000001}`, "error~ ValidationException: Member must have value less than or equal to 1000000"},
		{"limit 0", "Scan", `{"TableName":"comp","Limit":0}`, "error ValidationException: 1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"two violations", "Scan", `{"TableName":"x!","Limit":0}`, "error~ ValidationException: 3 validation errors detected: "},
		{"filter", "Scan", `{"TableName":"comp","FilterExpression":"sk = :n","ExpressionAttributeValues":{":n":{"N":"1"}}}`, `{"Count":1,"ScannedCount":1,"Items":[{"pk":{"S":"a"},"sk":{"N":"1"}}]}`},
		{"ScanFilter", "Scan", `{"TableName":"comp","ScanFilter":{"pk":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"b"}]}}}`, `{"Count":0,"ScannedCount":1,"Items":[]}`},
		{"projected attributes of a table", "Scan", `{"TableName":"comp","Select":"ALL_PROJECTED_ATTRIBUTES"}`, "error ValidationException: ALL_PROJECTED_ATTRIBUTES can be used only when Scanning using an IndexName"},
		{"empty table", "Scan", `{"TableName":"hash","ReturnConsumedCapacity":"TOTAL"}`, `{"Count":0,"ScannedCount":0,"Items":[],"ConsumedCapacity":{"TableName":"hash","CapacityUnits":0.5}}`},
		{"no such table", "Scan", `{"TableName":"nowhere"}`, "error ResourceNotFoundException: Requested resource not found"},
	})
	got, err := do(s, "Scan", `{"TableName":"comp","Segment":0,"TotalSegments":2,"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"1"}}}`)
	other, err2 := do(s, "Scan", `{"TableName":"comp","Segment":1,"TotalSegments":2,"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"1"}}}`)
	if (err == nil) == (err2 == nil) {
		t.Errorf("a start key belongs to one segment: %s %v, %s %v", got, err, other, err2)
	}
}
