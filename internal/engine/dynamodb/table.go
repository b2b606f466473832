package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// table is what is remembered of a table.
type table struct {
	keys     []column // partition key, then sort key
	onDemand bool     // billed by request
	known    bool     // false when it may not be described
}

// describe returns what is known of a table, asking once. A caller who may not
// ask, or a name that is wrong, leaves the table unknown: only the order of
// columns and the price suffer.
func (e *Engine) describe(ctx context.Context, name string) table {
	if name == "" {
		return table{}
	}
	if t, ok := e.described(name); ok {
		return t
	}
	out, err := e.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)})
	var t table
	switch {
	case err == nil && out.Table != nil:
		t = newTable(out.Table)
	case err != nil && ctx.Err() != nil:
		return table{} // the caller left: ask again next time
	}
	e.mu.Lock()
	e.tables[name] = t
	e.mu.Unlock()
	return t
}

// described returns what was remembered.
func (e *Engine) described(name string) (table, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, ok := e.tables[name]
	return t, ok
}

func newTable(d *types.TableDescription) table {
	t := table{known: true}
	t.onDemand = d.BillingModeSummary != nil && d.BillingModeSummary.BillingMode == types.BillingModePayPerRequest
	for _, k := range d.KeySchema {
		tag := attributeType(d.AttributeDefinitions, aws.ToString(k.AttributeName))
		t.keys = append(t.keys, column{name: aws.ToString(k.AttributeName), tag: tag, kind: tag})
	}
	return t
}

func attributeType(definitions []types.AttributeDefinition, name string) string {
	for _, d := range definitions {
		if aws.ToString(d.AttributeName) == name {
			return string(d.AttributeType)
		}
	}
	return ""
}
