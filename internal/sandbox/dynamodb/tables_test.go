package dynamodb

import (
	"fmt"
	"strings"
	"testing"
)

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
func TestTables(t *testing.T) {
	s := newService(t)
	create := func(rest string) string { return `{"TableName":"made",` + rest + `}` }
	const pk = `"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]`
	const pksk = `"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]`
	run(t, s, []check{
		{"no tables", "ListTables", `{}`, `{"TableNames":[]}`},
		{"no name", "CreateTable", `{` + pk + `}`, "error ValidationException: The parameter 'TableName' is required but was not present in the request"},
		{"short name", "CreateTable", `{"TableName":"ab",` + pk + `}`, "error ValidationException: 1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"},
		{"no throughput", "CreateTable", create(pk), "error ValidationException: One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		{"throughput on demand", "CreateTable", create(pk + `,"BillingMode":"PAY_PER_REQUEST","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}`), "error~ ValidationException: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
		{"key without definition", "CreateTable", create(`"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]`), "error~ ValidationException: Some index key attributes are not defined in AttributeDefinitions. Keys: [pk]"},
		{"definition without key", "CreateTable", create(`"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"x","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]`), "error~ ValidationException: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"},
		{"range first", "CreateTable", create(`"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"RANGE"}]`), "error ValidationException: Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
		{"one attribute twice", "CreateTable", create(`"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"RANGE"}]`), "error ValidationException: Invalid KeySchema: Some index key attribute have no definition"},
		{"unknown key type", "CreateTable", create(`"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"INVALID"}]`), "error ValidationException: 1 validation error detected: Value 'INVALID' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]"},
		{"unknown attribute type", "CreateTable", create(`"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"INVALID"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]`), "error ValidationException: 1 validation error detected: Value 'INVALID' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]"},
		{"three keys", "CreateTable", create(`"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"},{"AttributeName":"x","KeyType":"RANGE"}]`),
			"error ValidationException: 1 validation error detected: Value '[KeySchemaElement(attributeName=pk, keyType=HASH), KeySchemaElement(attributeName=sk, keyType=RANGE), KeySchemaElement(attributeName=x, keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2"},
		{"local index without a range key", "CreateTable", create(`"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"l","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"LocalSecondaryIndexes":[{"IndexName":"lsi","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"l","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}]`),
			"error ValidationException: One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"},
		{"one index name twice", "CreateTable", create(pksk + `,"GlobalSecondaryIndexes":[{"IndexName":"same","KeySchema":[{"AttributeName":"sk","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}},{"IndexName":"same","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]`),
			"error ValidationException: One or more parameter values were invalid: Duplicate index name: same"},
		{"INCLUDE of nothing", "CreateTable", create(pksk + `,"GlobalSecondaryIndexes":[{"IndexName":"inc","KeySchema":[{"AttributeName":"sk","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE"}}]`), "error~ ValidationException: ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
		{"created", "CreateTable", create(pksk), `has "TableStatus":"CREATING"`},
		{"active", "DescribeTable", `{"TableName":"made"}`, `has "TableStatus":"ACTIVE"`},
		{"arn", "DescribeTable", `{"TableName":"arn:aws:dynamodb:us-east-1:111122223333:table/made"}`, `has "TableArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made"`},
		{"exists", "CreateTable", create(pksk), "error ResourceInUseException: Table already exists: made"},
		{"unknown table", "DescribeTable", `{"TableName":"nowhere"}`, "error ResourceNotFoundException: Requested resource not found: Table: nowhere not found"},
		{"put", "PutItem", `{"TableName":"made","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"S":"x"}}}`, `{}`},
		{"size and count", "DescribeTable", `{"TableName":"made"}`, `has "TableSizeBytes":8,"ItemCount":1`},
		{"nothing to update", "UpdateTable", `{"TableName":"made"}`, "error~ ValidationException: At least one of ProvisionedThroughput"},
		{"add an index", "UpdateTable", `{"TableName":"made","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"by_g","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`, `has "by_g"`},
		{"it is filled", "Scan", `{"TableName":"made","IndexName":"by_g"}`, `{"Count":1,"ScannedCount":1,"Items":[{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"S":"x"}}]}`},
		{"drop it", "UpdateTable", `{"TableName":"made","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"by_g"}}]}`, ``},
		{"it is gone", "Scan", `{"TableName":"made","IndexName":"by_g"}`, "error ValidationException: The table does not have the specified index: by_g"},
		{"protect", "UpdateTable", `{"TableName":"made","DeletionProtectionEnabled":true}`, `has "DeletionProtectionEnabled":true`},
		{"protected", "DeleteTable", `{"TableName":"made"}`, "error~ ValidationException: protected against deletion"},
		{"provision", "UpdateTable", `{"TableName":"made","DeletionProtectionEnabled":false,"BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6}}`, `has "ReadCapacityUnits":5,"WriteCapacityUnits":6`},
		{"no TTL", "DescribeTimeToLive", `{"TableName":"made"}`, `{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}`},
		{"set TTL", "UpdateTimeToLive", `{"TableName":"made","TimeToLiveSpecification":{"AttributeName":"until","Enabled":true}}`, `{"TimeToLiveSpecification":{"AttributeName":"until","Enabled":true}}`},
		{"TTL", "DescribeTimeToLive", `{"TableName":"made"}`, `{"TimeToLiveDescription":{"AttributeName":"until","TimeToLiveStatus":"ENABLED"}}`},
		{"TTL again", "UpdateTimeToLive", `{"TableName":"made","TimeToLiveSpecification":{"AttributeName":"until","Enabled":true}}`, "error ValidationException: TimeToLive is already enabled"},
		{"tags", "ListTagsOfResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made"}`, `{"Tags":[]}`},
		{"backups", "DescribeContinuousBackups", `{"TableName":"made"}`, `has "PointInTimeRecoveryStatus":"DISABLED"`},
		{"limits", "DescribeLimits", `{}`, `has "TableMaxReadCapacityUnits":40000`},
		{"endpoints", "DescribeEndpoints", `{}`, `has "dynamodb.us-east-1.amazonaws.com"`},
		{"deleted", "DeleteTable", `{"TableName":"made"}`, `has "TableStatus":"DELETING"`},
		{"gone", "DescribeTable", `{"TableName":"made"}`, "error~ ResourceNotFoundException: Table: made not found"},
	})
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
func TestListTablesPages(t *testing.T) {
	s := newService(t)
	for i := range 105 {
		setUp(t, s, [2]string{"CreateTable", strings.Replace(createHash, `"hash"`, fmt.Sprintf(`"t%03d"`, i), 1)})
	}
	run(t, s, []check{
		{"a page of two", "ListTables", `{"Limit":2}`, `{"TableNames":["t000","t001"],"LastEvaluatedTableName":"t001"}`},
		{"a hundred by default", "ListTables", `{}`, `has "LastEvaluatedTableName":"t099"`},
		{"the rest", "ListTables", `{"ExclusiveStartTableName":"t102"}`, `{"TableNames":["t103","t104"]}`},
		{"after a table that is not there", "ListTables", `{"ExclusiveStartTableName":"t103x"}`, `{"TableNames":["t104"]}`},
		{"limit 0", "ListTables", `{"Limit":0}`, "error~ ValidationException: at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"limit 101", "ListTables", `{"Limit":101}`, "error~ ValidationException: at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"},
	})
}
