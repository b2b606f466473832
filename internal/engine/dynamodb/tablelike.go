package dynamodb

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// TableExists implements engine.Importer. It asks anew: the table may have been
// made a moment ago.
func (e *Engine) TableExists(ctx context.Context, name string) (bool, error) {
	out, err := e.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)})
	if isMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, session.Fault(err, service, "describe table "+name)
	}
	e.remember(name, newTable(out.Table))
	return true, nil
}

// CreateLike implements engine.Importer: the same keys and no indexes, billed by
// request.
func (e *Engine) CreateLike(ctx context.Context, name, like string) error {
	t, err := e.writable(ctx, like)
	if err != nil {
		return err
	}
	in := &dynamodb.CreateTableInput{TableName: aws.String(name), BillingMode: types.BillingModePayPerRequest}
	for i, k := range t.keys {
		role := types.KeyTypeHash
		if i > 0 {
			role = types.KeyTypeRange
		}
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String(k.name), KeyType: role})
		in.AttributeDefinitions = append(in.AttributeDefinitions,
			types.AttributeDefinition{AttributeName: aws.String(k.name), AttributeType: types.ScalarAttributeType(k.tag)})
	}
	_, err = e.client.CreateTable(ctx, in)
	var there *types.ResourceInUseException
	if errors.As(err, &there) {
		return fault.Newf(fault.Usage, "There is a table %q already", name).WithRemedy("leave out --create-like to write into it")
	}
	if err != nil {
		return session.Fault(err, service, "create table "+name)
	}
	return e.awaitActive(ctx, name)
}

// A table takes some seconds to be made; minutes mean that something is wrong.
const (
	askEvery      = 500 * time.Millisecond
	longestMaking = 5 * time.Minute
)

func (e *Engine) awaitActive(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, longestMaking)
	defer cancel()
	wait := askEvery / 10
	for {
		out, err := e.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)})
		if err != nil && !isMissing(err) {
			return session.Fault(err, service, "describe table "+name)
		}
		if err == nil && out.Table.TableStatus == types.TableStatusActive {
			e.remember(name, newTable(out.Table))
			return nil
		}
		timer := time.NewTimer(wait)
		wait = min(wait*2, askEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return session.Fault(ctx.Err(), service, "wait for table "+name)
		}
	}
}
