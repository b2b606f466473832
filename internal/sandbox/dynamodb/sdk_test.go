package dynamodb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// client talks to the service through the real SDK and a server that knows only
// the protocol.
func client(t *testing.T, s *Service) *dynamodb.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		answer, err := s.Call(r.Context(), &wire.Call{Service: "dynamodb", Operation: operation, Region: "us-east-1", Body: body})
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		var refused *wire.Error
		if errors.As(err, &refused) {
			doc := map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#" + refused.Code, "message": refused.Message}
			for k, v := range refused.Fields {
				doc[k] = v
			}
			answer = doc
			w.WriteHeader(max(refused.Status, 400))
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1, HTTPClient: ownBody{server.Client()},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "example"}, nil
		}),
	})
}

// ownBody gives the transport a body of its own: the SDK closes its request's
// when the answer begins, which an answer this quick may still be behind.
type ownBody struct{ client *http.Client }

func (c ownBody) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	own := r.Clone(r.Context())
	own.Body = io.NopCloser(bytes.NewReader(body))
	return c.client.Do(own)
}

// sharedSeed is one seeded service for all tests that only read.
var sharedSeed = sync.OnceValues(func() (*Service, error) { return New(Options{Seed: true}) })

func seeded(t testing.TB) *Service {
	t.Helper()
	s, err := sharedSeed()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSDKReadsTheSeed(t *testing.T) {
	c := client(t, seeded(t))
	ctx := t.Context()
	tables, err := c.ListTables(ctx, &dynamodb.ListTablesInput{})
	if err != nil || strings.Join(tables.TableNames, " ") != "copy events shop" {
		t.Fatalf("tables: %v %v", tables, err)
	}
	d, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("shop")})
	if err != nil {
		t.Fatal(err)
	}
	if d.Table.TableStatus != types.TableStatusActive || len(d.Table.GlobalSecondaryIndexes) != 2 || len(d.Table.LocalSecondaryIndexes) != 1 || *d.Table.ItemCount < 2000 || d.Table.CreationDateTime.Year() != 2024 ||
		d.Table.BillingModeSummary.BillingMode != types.BillingModePayPerRequest {
		t.Errorf("table: %+v", d.Table)
	}
	rows, err := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String(`select * from "shop" where pk = 'CUSTOMER#1'`)})
	if err != nil || len(rows.Items) != 6 || rows.NextToken != nil {
		t.Fatalf("rows: %v %v", rows, err)
	}
	kinds := map[string]bool{}
	for _, item := range rows.Items {
		for _, v := range item {
			kinds[typeName(v)] = true
		}
	}
	for _, kind := range []string{"S", "N", "B", "BOOL", "NULL", "M", "L", "SS"} {
		if !kinds[kind] {
			t.Errorf("customer 1 shows no %s", kind)
		}
	}
	profile := rows.Items[5]
	if n := profile["ledger"].(*types.AttributeValueMemberN).Value; len(strings.ReplaceAll(n, ".", "")) != 38 {
		t.Errorf("ledger %s has not 38 digits", n)
	}
}

func typeName(v types.AttributeValue) string {
	switch v.(type) {
	case *types.AttributeValueMemberS:
		return "S"
	case *types.AttributeValueMemberN:
		return "N"
	case *types.AttributeValueMemberB:
		return "B"
	case *types.AttributeValueMemberBOOL:
		return "BOOL"
	case *types.AttributeValueMemberNULL:
		return "NULL"
	case *types.AttributeValueMemberM:
		return "M"
	case *types.AttributeValueMemberL:
		return "L"
	case *types.AttributeValueMemberSS:
		return "SS"
	case *types.AttributeValueMemberNS:
		return "NS"
	}
	return "BS"
}

func TestSDKPagesThroughEvents(t *testing.T) {
	c := client(t, seeded(t))
	ctx := t.Context()
	count, pages := 0, 0
	p := dynamodb.NewScanPaginator(c, &dynamodb.ScanInput{TableName: aws.String("events"), ProjectionExpression: aws.String("device, #at"), ExpressionAttributeNames: map[string]string{"#at": "at"}})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		count += len(out.Items)
		pages++
	}
	if count != 20000 || pages < 5 {
		t.Errorf("%d items on %d pages", count, pages)
	}
	var next *string
	count = 0
	for {
		out, err := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String("SELECT event_id FROM events WHERE fault IS NULL"), NextToken: next})
		if err != nil {
			t.Fatal(err)
		}
		count += len(out.Items)
		if next = out.NextToken; next == nil {
			break
		}
	}
	if count != 207 { // every 97th
		t.Errorf("%d faults", count)
	}
}

func TestSDKErrors(t *testing.T) {
	c := client(t, withTables(t))
	ctx := t.Context()
	item := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "a"}, "b": &types.AttributeValueMemberB{Value: []byte{1, 2}}}
	put := &dynamodb.PutItemInput{TableName: aws.String("hash"), Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)"), ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
	if _, err := c.PutItem(ctx, put); err != nil {
		t.Fatal(err)
	}
	_, err := c.PutItem(ctx, put)
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) || len(failed.Item) != 2 || failed.ErrorMessage() != "The conditional request failed" {
		t.Errorf("conditional: %v", err)
	}
	_, err = c.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Put: &types.Put{TableName: put.TableName, Item: item, ConditionExpression: put.ConditionExpression}}}})
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) || len(cancelled.CancellationReasons) != 1 || *cancelled.CancellationReasons[0].Code != "ConditionalCheckFailed" {
		t.Errorf("transaction: %v", err)
	}
	_, err = c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String("INSERT INTO hash VALUE {'pk': 'a'}")})
	var duplicate *types.DuplicateItemException
	if !errors.As(err, &duplicate) {
		t.Errorf("insert: %v", err)
	}
	_, err = c.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("nowhere"), Key: map[string]types.AttributeValue{"pk": item["pk"]}})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		t.Errorf("table: %v", err)
	}
	waiter := dynamodb.NewTableExistsWaiter(c)
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("hash")}, 1e9); err != nil {
		t.Errorf("waiter: %v", err)
	}
}

// TestSDKReadsThrottling sees that the SDK finds the reasons where its model has
// them, which it spells in two ways.
func TestSDKReadsThrottling(t *testing.T) {
	s := withTables(t)
	setUp(t, s, [2]string{"CreateTable", createSlow}, putTo("hash", `{"pk":{"S":"a"}}`))
	s.Switches().Throttle("hash", "", 0.001, 0)
	c := client(t, s)
	ctx := t.Context()
	scan := func() error {
		_, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("hash")})
		return err
	}
	if err := scan(); err != nil {
		t.Fatal(err)
	}
	var busy *types.ThrottlingException
	if err := scan(); !errors.As(err, &busy) || len(busy.ThrottlingReasons) != 1 || *busy.ThrottlingReasons[0].Reason != "TableReadAccountLimitExceeded" {
		t.Errorf("on demand: %v %+v", err, busy)
	}
	s.Switches().Throttle("slow", "by_g", 0, 0.001)
	put := func() error {
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("slow"), Item: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "a"}, "g": &types.AttributeValueMemberS{Value: "b"}}})
		return err
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	_, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: aws.String("slow"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "a"}}, UpdateExpression: aws.String("REMOVE g")})
	var slow *types.ProvisionedThroughputExceededException
	if !errors.As(err, &slow) || len(slow.ThrottlingReasons) != 1 || *slow.ThrottlingReasons[0].Reason != "IndexWriteProvisionedThroughputExceeded" ||
		*slow.ThrottlingReasons[0].Resource != "arn:aws:dynamodb:us-east-1:111122223333:table/slow/index/by_g" {
		t.Errorf("provisioned: %v %+v", err, slow)
	}
}
