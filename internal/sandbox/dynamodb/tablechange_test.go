package dynamodb

import (
	"strings"
	"testing"
	"time"
)

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
func TestTableSettings(t *testing.T) {
	s, pass := timed(t)
	const base = `"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]`
	create := func(rest string) string { return `{"TableName":"made",` + base + rest + `}` }
	const units5 = `"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}`
	const onDemand = `,"BillingMode":"PAY_PER_REQUEST"`
	update := func(rest string) string { return `{"TableName":"made",` + rest + `}` }
	index := func(name, rest string) string {
		return `{"Create":{"IndexName":"` + name + `","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}` + rest + `}}`
	}
	const g = `"AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],`
	const d = `{"TableName":"made"}`
	run(t, s, []check{
		{"stream without a view", "CreateTable", create(onDemand + `,"StreamSpecification":{"StreamEnabled":true}`), "error~ ValidationException: StreamViewType"},
		{"view without a stream", "CreateTable", create(onDemand + `,"StreamSpecification":{"StreamEnabled":false,"StreamViewType":"NEW_IMAGE"}`), "error~ ValidationException: StreamViewType"},
		{"unknown view", "CreateTable", create(onDemand + `,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"ALL"}`), "error ValidationException: 1 validation error detected: Value 'ALL' at 'streamSpecification.streamViewType' failed to satisfy constraint: Member must satisfy enum value set: [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]"},
		{"no units", "CreateTable", create(`,"ProvisionedThroughput":{"ReadCapacityUnits":0,"WriteCapacityUnits":5}`), "error ValidationException: 1 validation error detected: Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"an on-demand limit of a provisioned table", "CreateTable", create(`,` + units5 + `,"OnDemandThroughput":{"MaxReadRequestUnits":5,"MaxWriteRequestUnits":5}`), "error~ ValidationException: PAY_PER_REQUEST"},
		{"everything", "CreateTable", create(`,` + units5 + `,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"},"SSESpecification":{"Enabled":true},"TableClass":"STANDARD_INFREQUENT_ACCESS","Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]`), `has "TableStatus":"CREATING"`},
		{"stream", "DescribeTable", d, `has "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"},"LatestStreamLabel":"2026-11-23T12:00:00.000","LatestStreamArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made/stream/2026-11-23T12:00:00.000"`},
		{"encryption", "DescribeTable", d, `has "SSEDescription":{"Status":"ENABLED","SSEType":"KMS","KMSMasterKeyArn":"arn:aws:kms:us-east-1:111122223333:key/`},
		{"class", "DescribeTable", d, `has "TableClassSummary":{"TableClass":"STANDARD_INFREQUENT_ACCESS"}`},
		{"tags", "ListTagsOfResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made"}`, `{"Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}`},
		{"tag", "TagResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made","Tags":[{"Key":"a","Value":"3"}]}`, `{}`},
		{"untag", "UntagResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made","TagKeys":["b","none"]}`, `{}`},
		{"tags now", "ListTagsOfResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made"}`, `{"Tags":[{"Key":"a","Value":"3"}]}`},
		{"tags of no ARN", "TagResource", `{"ResourceArn":"made","Tags":[{"Key":"a","Value":"3"}]}`, "error~ ValidationException: Invalid TableArn"},
		{"a second stream", "UpdateTable", update(`"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}`), "error~ ValidationException: stream"},
		{"end the stream", "UpdateTable", update(`"StreamSpecification":{"StreamEnabled":false}`), `has "LatestStreamLabel":"2026-11-23T12:00:00.000"`},
		{"end no stream", "UpdateTable", update(`"StreamSpecification":{"StreamEnabled":false}`), "error~ ValidationException: stream"},
		{"the same throughput", "UpdateTable", update(units5), "error ValidationException: The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."},
		{"an index without throughput", "UpdateTable", update(g + `"GlobalSecondaryIndexUpdates":[` + index("by_g", "") + `]`), "error~ ValidationException: ProvisionedThroughput must be specified for index: by_g"},
		{"two indexes", "UpdateTable", update(g + `"GlobalSecondaryIndexUpdates":[` + index("by_g", `,`+units5) + `,` + index("by_g2", `,`+units5) + `]`), "error LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"},
		{"an index", "UpdateTable", update(g + `"GlobalSecondaryIndexUpdates":[` + index("by_g", `,`+units5) + `]`), `has "IndexName":"by_g"`},
		{"its throughput", "UpdateTable", update(`"GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"by_g","ProvisionedThroughput":{"ReadCapacityUnits":7,"WriteCapacityUnits":8}}}]`), `has "ReadCapacityUnits":7,"WriteCapacityUnits":8`},
		{"attributes", "DescribeTable", d, `has "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}]`},
		{"drop it", "UpdateTable", update(`"GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"by_g"}}]`), ``},
		{"its attribute is gone", "DescribeTable", d, `has "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]`},
		{"drop none", "UpdateTable", update(`"GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"by_g"}}]`), "error ResourceNotFoundException: Requested resource not found"},
	})
	pass(time.Hour)
	run(t, s, []check{
		{"more", "UpdateTable", update(`"ProvisionedThroughput":{"ReadCapacityUnits":6,"WriteCapacityUnits":5}`), `has "ProvisionedThroughput":{"LastIncreaseDateTime":1795438800,"NumberOfDecreasesToday":0,"ReadCapacityUnits":6,"WriteCapacityUnits":5}`},
		{"on demand with units", "UpdateTable", update(`"BillingMode":"PAY_PER_REQUEST",` + units5), "error ValidationException: One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
		{"on demand", "UpdateTable", update(`"BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":{"MaxReadRequestUnits":10,"MaxWriteRequestUnits":-1}`), `has "OnDemandThroughput":{"MaxReadRequestUnits":10,"MaxWriteRequestUnits":-1}`},
		{"on demand again", "UpdateTable", update(`"BillingMode":"PAY_PER_REQUEST"`), `has "BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","LastUpdateToPayPerRequestDateTime":1795438800}`},
		{"back without units", "UpdateTable", update(`"BillingMode":"PROVISIONED"`), "error ValidationException: One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		{"back", "UpdateTable", update(`"BillingMode":"PROVISIONED",` + units5), `has "BillingModeSummary":{"BillingMode":"PROVISIONED"`},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
func TestItemsExpire(t *testing.T) {
	s, pass := timed(t)
	setUp(t, s, [2]string{"CreateTable", createHash}, [2]string{"UpdateTimeToLive", `{"TableName":"hash","TimeToLiveSpecification":{"AttributeName":"until","Enabled":true}}`})
	// The clock stands at 1795435200.
	for pk, until := range map[string]string{"past": `{"N":"1795435100"}`, "future": `{"N":"1795439999"}`, "text": `{"S":"1795435100"}`, "ancient": `{"N":"1600000000"}`, "fraction": `{"N":"1.5"}`} {
		setUp(t, s, putTo("hash", `{"pk":{"S":"`+pk+`"},"until":`+until+`}`))
	}
	count := func(n string) check {
		return check{"count", "Scan", `{"TableName":"hash","Select":"COUNT"}`, `{"Count":` + n + `,"ScannedCount":` + n + `}`}
	}
	run(t, s, []check{count("5")}) // expired items show until they are deleted
	pass(time.Hour)
	run(t, s, []check{count("4"), {"it is the one", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"past"}}}`, `{}`}})
	pass(30 * time.Minute)
	run(t, s, []check{count("4")})
	pass(30 * time.Minute)
	run(t, s, []check{count("3"), {"off", "UpdateTimeToLive", `{"TableName":"hash","TimeToLiveSpecification":{"AttributeName":"until","Enabled":false}}`, ``}, putCheck("hash", "past", `,"until":{"N":"1795435100"}`)})
	pass(24 * time.Hour)
	run(t, s, []check{count("4")})
}

func putCheck(table, pk, rest string) check {
	return check{"put " + pk, "PutItem", `{"TableName":"` + table + `","Item":{"pk":{"S":"` + pk + `"}` + rest + `}}`, `{}`}
}

func TestDemoItemsDoNotExpire(t *testing.T) {
	now := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := New(Options{Seed: true, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	got, err := do(s, "DescribeTable", `{"TableName":"events"}`)
	if err != nil || !strings.Contains(got, `"ItemCount":20000`) {
		t.Errorf("%v %s", err, got)
	}
}
