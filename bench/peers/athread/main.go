// Command athread reads an Athena result with nothing but aws-sdk-go-v2: it
// starts a statement, waits for its end, pages through GetQueryResults with the
// SDK's own paginator and writes CSV. It is what fairlead is measured beside.
//
//	AWS_ENDPOINT_URL=http://127.0.0.1:PORT athread "select ..." >/dev/null
package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "athread:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, statement string) error {
	client := athena.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	})
	started, err := client.StartQueryExecution(ctx, &athena.StartQueryExecutionInput{QueryString: &statement, WorkGroup: aws.String("primary")})
	if err != nil {
		return err
	}
	for {
		time.Sleep(50 * time.Millisecond)
		out, err := client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: started.QueryExecutionId})
		if err != nil {
			return err
		}
		if out.QueryExecution.Status.State == types.QueryExecutionStateSucceeded {
			break
		}
	}
	buffered := bufio.NewWriterSize(os.Stdout, 1<<16)
	w := csv.NewWriter(buffered)
	record := []string{}
	pages := athena.NewGetQueryResultsPaginator(client, &athena.GetQueryResultsInput{QueryExecutionId: started.QueryExecutionId})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, row := range page.ResultSet.Rows {
			record = record[:0]
			for _, cell := range row.Data {
				record = append(record, aws.ToString(cell.VarCharValue))
			}
			if err := w.Write(record); err != nil {
				return err
			}
		}
		w.Flush() // the first rows are not kept back
		if err := buffered.Flush(); err != nil {
			return err
		}
	}
	return w.Error()
}
