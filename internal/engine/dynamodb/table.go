package dynamodb

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/session"
)

// table is what is remembered of a table.
type table struct {
	name       string
	keys       []column // partition key, then sort key
	indexes    []index
	types      map[string]string // of the defined attributes
	items      int64             // as DynamoDB last counted, every six hours or so
	bytes      int64
	onDemand   bool // billed by request
	infrequent bool // table class for infrequent access
	readUnits  int64
	known      bool // false when it may not be described
	missing    bool // DynamoDB has no such table
	described  time.Time
}

// index is one secondary index.
type index struct {
	name   string
	global bool
	keys   []string
	all    bool // copies every attribute
	copies map[string]bool
	items  int64
	bytes  int64
	active bool
}

// describeAgain is how long a description is good for: long enough for a
// session's statements, short enough that a new index is seen.
const describeAgain = 5 * time.Minute

// describe returns what is known of a table, asking once in a while. A caller
// who may not ask, or a name that is wrong, leaves the table unknown: the order
// of columns, the price and the plan suffer. The only errors are that ctx has
// ended and that there are no credentials: a person who was asked to log in and
// said no must not be asked again by what comes next.
func (e *Engine) describe(ctx context.Context, name string) (table, error) {
	if name == "" {
		return table{}, nil
	}
	if t, ok := e.described(name); ok {
		return t, nil
	}
	if provider := e.session.Config.Credentials; provider != nil {
		if _, err := provider.Retrieve(ctx); err != nil {
			return table{}, session.Fault(err, service, "sign in")
		}
	}
	out, err := e.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)})
	t := table{name: name, described: time.Now()}
	switch {
	case err == nil && out.Table != nil:
		t = newTable(out.Table)
	case err != nil && ctx.Err() != nil:
		return table{}, session.Fault(ctx.Err(), service, "describe the table")
	case isMissing(err):
		t.missing = true
		return t, nil // it may be made the next moment
	}
	e.remember(name, t)
	return t, nil
}

func isMissing(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}

func (e *Engine) remember(name string, t table) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tables[name] = t
}

// described returns what was remembered.
func (e *Engine) described(name string) (table, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, ok := e.tables[name]
	return t, ok && time.Since(t.described) < describeAgain
}

func newTable(d *types.TableDescription) table {
	t := table{name: aws.ToString(d.TableName), known: true, described: time.Now(), types: map[string]string{},
		items: aws.ToInt64(d.ItemCount), bytes: aws.ToInt64(d.TableSizeBytes)}
	t.onDemand = d.BillingModeSummary != nil && d.BillingModeSummary.BillingMode == types.BillingModePayPerRequest
	t.infrequent = d.TableClassSummary != nil && d.TableClassSummary.TableClass == types.TableClassStandardInfrequentAccess
	if d.ProvisionedThroughput != nil {
		t.readUnits = aws.ToInt64(d.ProvisionedThroughput.ReadCapacityUnits)
	}
	for _, a := range d.AttributeDefinitions {
		t.types[aws.ToString(a.AttributeName)] = string(a.AttributeType)
	}
	for _, name := range keyNames(d.KeySchema) {
		tag := t.types[name]
		t.keys = append(t.keys, column{name: name, tag: tag, kind: tag})
	}
	for _, x := range d.GlobalSecondaryIndexes {
		t.indexes = append(t.indexes, index{
			name: aws.ToString(x.IndexName), global: true, keys: keyNames(x.KeySchema), items: aws.ToInt64(x.ItemCount), bytes: aws.ToInt64(x.IndexSizeBytes),
			all: projectsAll(x.Projection), copies: t.copied(x.Projection, x.KeySchema), active: x.IndexStatus == "" || x.IndexStatus == types.IndexStatusActive,
		})
	}
	for _, x := range d.LocalSecondaryIndexes {
		t.indexes = append(t.indexes, index{
			name: aws.ToString(x.IndexName), keys: keyNames(x.KeySchema), items: aws.ToInt64(x.ItemCount), bytes: aws.ToInt64(x.IndexSizeBytes),
			all: projectsAll(x.Projection), copies: t.copied(x.Projection, x.KeySchema), active: true,
		})
	}
	return t
}

func projectsAll(p *types.Projection) bool {
	return p != nil && p.ProjectionType == types.ProjectionTypeAll
}

// copied lists the attributes that an index holds.
func (t table) copied(p *types.Projection, keys []types.KeySchemaElement) map[string]bool {
	has := map[string]bool{}
	for _, name := range keyNames(keys) {
		has[name] = true
	}
	for _, k := range t.keys {
		has[k.name] = true
	}
	if p != nil {
		for _, name := range p.NonKeyAttributes {
			has[name] = true
		}
	}
	return has
}

// keyNames returns the partition key and then the sort key; an index may have
// several of either.
func keyNames(schema []types.KeySchemaElement) []string {
	var names []string
	for _, role := range []types.KeyType{types.KeyTypeHash, types.KeyTypeRange} {
		for _, k := range schema {
			if k.KeyType == role {
				names = append(names, aws.ToString(k.AttributeName))
			}
		}
	}
	return names
}

func attributeType(definitions []types.AttributeDefinition, name string) string {
	for _, d := range definitions {
		if aws.ToString(d.AttributeName) == name {
			return string(d.AttributeType)
		}
	}
	return ""
}

// index returns the index called name.
func (t table) index(name string) (index, bool) {
	for _, x := range t.indexes {
		if x.name == name {
			return x, true
		}
	}
	return index{}, false
}

// keyNames are the names of the keys of the table, or of one of its indexes.
func (t table) keyNames(indexName string) []string {
	if x, ok := t.index(indexName); ok {
		return x.keys
	}
	if indexName != "" {
		return nil
	}
	var names []string
	for _, k := range t.keys {
		names = append(names, k.name)
	}
	return names
}

// size returns how many items and bytes the table or the index holds.
func (t table) size(indexName string) (items, bytes int64) {
	if x, ok := t.index(indexName); ok {
		return x.items, x.bytes
	}
	return t.items, t.bytes
}
