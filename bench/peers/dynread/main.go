// Command dynread reads a whole DynamoDB table with aws-sdk-go-v2's paginator
// and writes its items as lines with encoding/json, one page after the other:
// what most Go programs do. It is what fairlead is measured beside.
//
//	dynread ENDPOINT TABLE
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func main() {
	client := dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(os.Args[1]),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	})
	out := bufio.NewWriterSize(os.Stdout, 1<<18)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(os.Args[2])})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			fail(err)
		}
		for _, item := range page.Items {
			if err := lines.Encode(plainMap(item)); err != nil {
				fail(err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		fail(err)
	}
}

func plainMap(m map[string]types.AttributeValue) map[string]any {
	out := make(map[string]any, len(m))
	for name, v := range m {
		out[name] = plain(v)
	}
	return out
}

func plain(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return json.Number(v.Value)
	case *types.AttributeValueMemberBOOL:
		return v.Value
	case *types.AttributeValueMemberB:
		return v.Value
	case *types.AttributeValueMemberSS:
		return v.Value
	case *types.AttributeValueMemberM:
		return plainMap(v.Value)
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i := range list {
			list[i] = plain(v.Value[i])
		}
		return list
	}
	return nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "dynread:", err)
	os.Exit(1)
}
