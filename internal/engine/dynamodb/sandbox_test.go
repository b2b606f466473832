package dynamodb_test

import (
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/session"
)

var box = enginetest.Sandbox{Options: sandbox.Options{Rows: 1000, SignedIn: true}}

func TestMain(m *testing.M) { os.Exit(box.Main(m)) }

const nines = "99999999999999999999999999999999999999" // 38 digits

func TestContract(t *testing.T) {
	server := box.Start(t)
	ready := server.Ready()
	client := service(t, ready)
	fill(t, client)
	enginetest.Run(t, enginetest.Fixture{
		Open:     enginetest.Opener(dynamodb.Spec(), ready.Env, nil),
		Profiles: [2]string{"dev", "static"},
		Types: enginetest.Table{
			SQL: `select pk, s, e, n, b, "bool", "null", gone, l, m, ss, ns, bs from contract where pk = 'types'`,
			Columns: []string{
				"pk S [utf8]", "s S [utf8]", "e S [utf8]", "n N [utf8] number", "b B [binary]", "bool BOOL [bool]",
				"null NULL [utf8] json", "gone NULL [utf8] json", "l L [utf8] json", "m M [utf8] json",
				"ss SS [utf8] json", "ns NS [utf8] json", "bs BS [utf8] json",
			},
			Rows: [][]string{{
				"types", "text", "", nines, "dead00", "true", "null", enginetest.Null, `["a",1,null]`,
				`{"b":{"B":"3q0="},"n":1.5,"s":{"M":{"SS":"no set"}}}`, `{"SS":["x"]}`, `{"NS":["-1.5"]}`, `{"BS":["3q0="]}`,
			}},
		},
		Empty: enginetest.Table{
			SQL:     `select * from contract where pk = 'nobody'`,
			Columns: []string{"pk S [utf8]", "sk N [utf8] number"},
		},
		Big: enginetest.Series{SQL: `select device, "at", event_id, temperature, trace from events`, Rows: 20_000, Hash: func(t *testing.T) uint64 { return scan(t, client) }},
		Failing: enginetest.Failure{
			SQL:          `select * from contract where`,
			Code:         fault.Statement,
			Service:      fault.Service{Name: "DynamoDB", Code: "ValidationException", RequestID: "*"},
			MessageStays: "Statement wasn't well formed",
		},
		Slow: enginetest.Slow{
			SQL: `select * from contract where pk = 'types'`,
			Hinder: func(t *testing.T) func() {
				server.Switches().Fault(front.Fault{Service: "dynamodb", Operation: "ExecuteStatement", Latency: time.Minute})
				return server.Switches().ClearFaults
			},
		},
		Write: enginetest.Write{
			SQL:   `insert into contract value {'pk': 'written', 'sk': 1}`,
			Rows:  1,
			After: []string{`delete from contract where pk = 'written' and sk = 1`},
		},
		Browse: []enginetest.Listing{
			{Path: nil, Want: engine.Object{Name: "shop", Kind: "table"}},
			{Path: []string{"shop"}, Want: engine.Object{Name: "pk", Kind: "key", Type: "S"}},
			{Path: []string{"shop"}, Want: engine.Object{Name: "by_status", Kind: "index", Type: "global"}},
			{Path: []string{"shop", "by_status"}, Want: engine.Object{Name: "placed_at", Kind: "key", Type: "S"}},
			{Path: []string{"shop", "by_status"}, Want: engine.Object{Name: "currency", Kind: "column"}},
		},
		Missing: [][]string{{"nope"}, {"shop", "nope"}},
		Ping:    "us-east-1",
	})
}

// service is a client of the SDK's own, to fill tables beside the engine.
func service(t *testing.T, ready sandbox.Ready) *sdk.Client {
	t.Helper()
	opener := session.NewOpener(session.Options{Env: func(name string) string { return ready.Env[name] }})
	s, err := opener.Open(t.Context(), session.Request{Name: "beside", Source: creds.Source{Profile: "static", Explicit: true}})
	if err != nil {
		t.Fatal(err)
	}
	return sdk.NewFromConfig(s.Config)
}

// fill makes table contract with one item of every type.
func fill(t *testing.T, client *sdk.Client) {
	t.Helper()
	_, err := client.CreateTable(t.Context(), &sdk.CreateTableInput{
		TableName: aws.String("contract"), BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeN},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sdk.NewTableExistsWaiter(client, func(o *sdk.TableExistsWaiterOptions) { o.MinDelay = 10 * time.Millisecond }).
		Wait(t.Context(), &sdk.DescribeTableInput{TableName: aws.String("contract")}, time.Minute); err != nil {
		t.Fatal(err)
	}
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	number := func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
	blob := &types.AttributeValueMemberB{Value: []byte{0xde, 0xad}}
	item := map[string]types.AttributeValue{
		"pk": text("types"), "sk": number("1"), "s": text("text"), "e": text(""), "n": number(nines),
		"b": &types.AttributeValueMemberB{Value: []byte{0xde, 0xad, 0}}, "bool": &types.AttributeValueMemberBOOL{Value: true},
		"null": &types.AttributeValueMemberNULL{Value: true},
		"l":    &types.AttributeValueMemberL{Value: []types.AttributeValue{text("a"), number("1"), &types.AttributeValueMemberNULL{Value: true}}},
		"m": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
			"b": blob, "n": number("1.5"), "s": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"SS": text("no set")}},
		}},
		"ss": &types.AttributeValueMemberSS{Value: []string{"x"}}, "ns": &types.AttributeValueMemberNS{Value: []string{"-1.5"}},
		"bs": &types.AttributeValueMemberBS{Value: [][]byte{blob.Value}},
	}
	if _, err := client.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String("contract"), Item: item}); err != nil {
		t.Fatal(err)
	}
}

// scan hashes table events as the SDK's own decoder reads it.
func scan(t *testing.T, client *sdk.Client) uint64 {
	t.Helper()
	var sum uint64
	pages := sdk.NewScanPaginator(client, &sdk.ScanInput{
		TableName:                aws.String("events"),
		ProjectionExpression:     aws.String("device, #at, event_id, temperature, trace"),
		ExpressionAttributeNames: map[string]string{"#at": "at"},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range out.Items {
			text := func(name string) string {
				switch v := item[name].(type) {
				case *types.AttributeValueMemberS:
					return v.Value
				case *types.AttributeValueMemberN:
					return v.Value
				}
				return enginetest.Null
			}
			sum += enginetest.Hash([]string{
				text("device"), text("at"), text("event_id"), text("temperature"), text("trace"), enginetest.Null,
			})
		}
	}
	return sum
}
