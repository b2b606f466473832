package dynamodb

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// Ping lists one table, the cheapest call there is.
func (e *Engine) Ping(ctx context.Context) (string, error) {
	out, err := e.client.ListTables(ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(1)})
	if err != nil {
		return "", session.Fault(err, service, "list the tables")
	}
	if len(out.TableNames) == 0 {
		return "no tables in " + e.session.Region, nil
	}
	return "tables in " + e.session.Region + ", the first is " + out.TableNames[0], nil
}

// Browse lists tables, then a table's keys, other defined attributes, indexes
// and settings, then an index's keys.
func (e *Engine) Browse(ctx context.Context, path []string) iter.Seq2[[]engine.Object, error] {
	if len(path) == 0 {
		return e.listTables(ctx)
	}
	return engine.OnePart(func() ([]engine.Object, error) { return e.below(ctx, path) })
}

// below lists what a table or an index holds.
func (e *Engine) below(ctx context.Context, path []string) ([]engine.Object, error) {
	if len(path) > 2 {
		return nil, fault.Newf(fault.Usage, "Nothing lies below an index: %s", strings.Join(path, "."))
	}
	out, err := e.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(path[0])})
	if err != nil {
		return nil, e.fault(err, partiql.Statement{Verb: "SELECT", Table: path[0]})
	}
	switch {
	case out.Table == nil:
		return nil, nil
	case len(path) == 1:
		e.remember(path[0], newTable(out.Table))
		return append(tableObjects(out.Table), e.settings(ctx, out.Table)...), nil
	}
	return indexObjects(out.Table, path[1])
}

// listTables hands on ListTables' answers of 100 names, the most there is.
func (e *Engine) listTables(ctx context.Context) iter.Seq2[[]engine.Object, error] {
	return func(yield func([]engine.Object, error) bool) {
		p := dynamodb.NewListTablesPaginator(e.client, &dynamodb.ListTablesInput{})
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				yield(nil, session.Fault(err, service, "list the tables"))
				return
			}
			list := make([]engine.Object, len(out.TableNames))
			for i, name := range out.TableNames {
				list[i] = engine.Object{Name: name, Kind: "table"}
			}
			if !yield(list, nil) {
				return
			}
		}
	}
}

func tableObjects(d *types.TableDescription) []engine.Object {
	list := keyObjects(d.KeySchema, d.AttributeDefinitions)
	for _, a := range d.AttributeDefinitions {
		if !hasKey(d.KeySchema, aws.ToString(a.AttributeName)) {
			list = append(list, engine.Object{
				Name: aws.ToString(a.AttributeName), Kind: "column", Type: string(a.AttributeType), Comment: "key of an index", Leaf: true,
			})
		}
	}
	for _, x := range d.GlobalSecondaryIndexes {
		list = append(list, engine.Object{
			Name: aws.ToString(x.IndexName), Kind: "index", Type: "global", Comment: projection(x.Projection),
			Rows: x.ItemCount, Bytes: x.IndexSizeBytes,
			Details: append(indexDetails(x.KeySchema, x.Projection), engine.Detail{Name: "status", Value: strings.ToLower(string(x.IndexStatus))}),
		})
	}
	for _, x := range d.LocalSecondaryIndexes {
		list = append(list, engine.Object{
			Name: aws.ToString(x.IndexName), Kind: "index", Type: "local", Comment: projection(x.Projection),
			Rows: x.ItemCount, Bytes: x.IndexSizeBytes, Details: indexDetails(x.KeySchema, x.Projection),
		})
	}
	return list
}

func indexObjects(d *types.TableDescription, name string) ([]engine.Object, error) {
	for _, x := range d.GlobalSecondaryIndexes {
		if aws.ToString(x.IndexName) == name {
			return append(keyObjects(x.KeySchema, d.AttributeDefinitions), projected(x.Projection)...), nil
		}
	}
	for _, x := range d.LocalSecondaryIndexes {
		if aws.ToString(x.IndexName) == name {
			return append(keyObjects(x.KeySchema, d.AttributeDefinitions), projected(x.Projection)...), nil
		}
	}
	return nil, fault.Newf(fault.NotFound, "Table %q has no index %q", aws.ToString(d.TableName), name)
}

func keyObjects(schema []types.KeySchemaElement, definitions []types.AttributeDefinition) []engine.Object {
	var list []engine.Object
	for _, k := range schema {
		role := "partition key"
		if k.KeyType == types.KeyTypeRange {
			role = "sort key"
		}
		name := aws.ToString(k.AttributeName)
		list = append(list, engine.Object{
			Name: name, Kind: "key", Type: attributeType(definitions, name), Comment: role, Leaf: true,
		})
	}
	return list
}

func hasKey(schema []types.KeySchemaElement, name string) bool {
	for _, k := range schema {
		if aws.ToString(k.AttributeName) == name {
			return true
		}
	}
	return false
}

// projected lists the attributes an index copies beside the keys.
func projected(p *types.Projection) []engine.Object {
	if p == nil {
		return nil
	}
	var list []engine.Object
	for _, name := range p.NonKeyAttributes {
		list = append(list, engine.Object{Name: name, Kind: "column", Comment: "copied", Leaf: true})
	}
	return list
}

// projection says in words what an index copies.
func projection(p *types.Projection) string {
	if p == nil {
		return ""
	}
	switch p.ProjectionType {
	case types.ProjectionTypeAll:
		return "all attributes"
	case types.ProjectionTypeKeysOnly:
		return "keys only"
	}
	return "keys and " + strings.Join(p.NonKeyAttributes, ", ")
}
