package dynamodb

import (
	"maps"
	"slices"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

type listRequest struct {
	ExclusiveStartTableName *string
	Limit                   *int
}

type listAnswer struct {
	TableNames             []string
	LastEvaluatedTableName string `json:",omitempty"`
}

func (st *store) listTables(r *listRequest) (any, error) {
	var c constraints
	if r.ExclusiveStartTableName != nil {
		c.name("exclusiveStartTableName", *r.ExclusiveStartTableName, 3)
	}
	c.atLeast("limit", r.Limit, 1)
	c.atMost("limit", r.Limit, 100)
	if err := c.err(); err != nil {
		return nil, err
	}
	limit := 100
	if r.Limit != nil {
		limit = *r.Limit
	}
	st.mu.RLock()
	names := slices.Sorted(maps.Keys(st.tables))
	st.mu.RUnlock()
	if r.ExclusiveStartTableName != nil {
		at, found := slices.BinarySearch(names, *r.ExclusiveStartTableName)
		if found {
			at++
		}
		names = names[at:]
	}
	out := listAnswer{TableNames: names}
	if len(names) > limit {
		out.TableNames = names[:limit]
		out.LastEvaluatedTableName = names[limit-1]
	}
	if out.TableNames == nil {
		out.TableNames = []string{}
	}
	return out, nil
}

type nameRequest struct{ TableName *string }

func (r *nameRequest) check() error {
	var c constraints
	c.table(r.TableName)
	return c.err()
}

// named finds the table of a request that is about the table itself; the lock is
// held.
func (st *store) named(r *nameRequest) (*tableState, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if t := st.tables[tableName(*r.TableName)]; t != nil {
		return t, nil
	}
	return nil, wire.Fail("ResourceNotFoundException", "Requested resource not found: Table: "+tableName(*r.TableName)+" not found")
}

func (st *store) describeTable(r *nameRequest) (any, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	t, err := st.named(r)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Table": st.describe(t, "ACTIVE")}, nil
}

// The answer of DescribeTable.
type (
	tableDescription struct {
		AttributeDefinitions      []attributeDefinition
		TableName                 string
		KeySchema                 []keyElement
		TableStatus               string
		CreationDateTime          float64 // seconds since 1970
		ProvisionedThroughput     throughputDescription
		TableSizeBytes            int64
		ItemCount                 int
		TableArn                  string
		TableId                   string
		BillingModeSummary        *billingSummary      `json:",omitempty"`
		LocalSecondaryIndexes     []indexDescription   `json:",omitempty"`
		GlobalSecondaryIndexes    []indexDescription   `json:",omitempty"`
		TableClassSummary         *map[string]string   `json:",omitempty"`
		WarmThroughput            *warmThroughputShape `json:",omitempty"`
		DeletionProtectionEnabled bool
	}
	throughputDescription struct {
		NumberOfDecreasesToday int
		throughput
	}
	billingSummary struct {
		BillingMode                       string
		LastUpdateToPayPerRequestDateTime float64 `json:",omitempty"`
	}
	warmThroughputShape struct {
		ReadUnitsPerSecond  int64
		WriteUnitsPerSecond int64
		Status              string
	}
	indexDescription struct {
		IndexName             string
		KeySchema             []keyElement
		Projection            projectionShape
		IndexStatus           string                 `json:",omitempty"`
		ProvisionedThroughput *throughputDescription `json:",omitempty"`
		IndexSizeBytes        int64
		ItemCount             int
		IndexArn              string
	}
)

func (st *store) describe(t *tableState, status string) tableDescription {
	d := t.definition
	out := tableDescription{
		AttributeDefinitions: d.AttributeDefinitions, TableName: t.Def.Name, KeySchema: d.KeySchema, TableStatus: status,
		CreationDateTime: seconds(t.created), ProvisionedThroughput: describeThroughput(d.ProvisionedThroughput),
		TableSizeBytes: t.Bytes(), ItemCount: t.Count(), TableArn: st.arn(t.Def.Name), TableId: st.tableID(t.Def.Name),
		DeletionProtectionEnabled: d.DeletionProtectionEnabled,
	}
	if d.BillingMode == payPerRequest {
		out.BillingModeSummary = &billingSummary{payPerRequest, seconds(t.created)}
		out.WarmThroughput = &warmThroughputShape{12000, 4000, "ACTIVE"}
	}
	if d.TableClass != "" {
		out.TableClassSummary = &map[string]string{"TableClass": d.TableClass}
	}
	for _, x := range d.LocalSecondaryIndexes {
		out.LocalSecondaryIndexes = append(out.LocalSecondaryIndexes, st.describeIndex(t, x))
	}
	for _, x := range d.GlobalSecondaryIndexes {
		shape := st.describeIndex(t, x)
		shape.IndexStatus = status
		through := describeThroughput(x.ProvisionedThroughput)
		shape.ProvisionedThroughput = &through
		out.GlobalSecondaryIndexes = append(out.GlobalSecondaryIndexes, shape)
	}
	return out
}

func (st *store) describeIndex(t *tableState, x indexDefinition) indexDescription {
	index := t.Index(*x.IndexName)
	return indexDescription{
		IndexName: *x.IndexName, KeySchema: x.KeySchema, Projection: *x.Projection,
		IndexSizeBytes: index.Bytes(), ItemCount: index.Count(), IndexArn: st.arn(t.Def.Name) + "/index/" + *x.IndexName,
	}
}

func describeThroughput(p *throughput) throughputDescription {
	if p == nil {
		return throughputDescription{}
	}
	return throughputDescription{throughput: *p}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (st *store) createTable(d *definition) (any, error) {
	def, err := d.engineDef()
	if err != nil {
		return nil, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.tables[def.Name] != nil {
		return nil, wire.Fail("ResourceInUseException", "Table already exists: "+def.Name)
	}
	t := &tableState{Table: table.New(def), definition: *d, created: st.clock()}
	st.tables[def.Name] = t
	return map[string]any{"TableDescription": st.describe(t, "CREATING")}, nil
}

func (st *store) deleteTable(r *nameRequest) (any, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	t, err := st.named(r)
	if err != nil {
		return nil, err
	}
	if t.definition.DeletionProtectionEnabled {
		return nil, attr.Refusal("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	}
	delete(st.tables, t.Def.Name)
	return map[string]any{"TableDescription": st.describe(t, "DELETING")}, nil
}

type updateTableRequest struct {
	nameRequest
	AttributeDefinitions        []attributeDefinition
	BillingMode                 string
	ProvisionedThroughput       *throughput
	TableClass                  string
	DeletionProtectionEnabled   *bool
	GlobalSecondaryIndexUpdates []struct {
		Create *indexDefinition
		Delete *struct{ IndexName *string }
		Update *struct {
			IndexName             *string
			ProvisionedThroughput *throughput
		}
	}
}

func (st *store) updateTable(r *updateTableRequest) (any, error) {
	var c constraints
	c.table(r.TableName)
	c.enum("billingMode", r.BillingMode, "PROVISIONED", payPerRequest)
	c.enum("tableClass", r.TableClass, "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	if err := c.err(); err != nil {
		return nil, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	t, err := st.named(&r.nameRequest)
	if err != nil {
		return nil, err
	}
	if r.BillingMode == "" && r.ProvisionedThroughput == nil && r.TableClass == "" && r.DeletionProtectionEnabled == nil && len(r.GlobalSecondaryIndexUpdates) == 0 {
		return nil, attr.Refusal("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	}
	if err := r.updateIndexes(t); err != nil {
		return nil, err
	}
	d := &t.definition
	if r.BillingMode != "" {
		d.BillingMode = r.BillingMode
	}
	if r.ProvisionedThroughput != nil {
		d.ProvisionedThroughput = r.ProvisionedThroughput
	} else if r.BillingMode == payPerRequest {
		d.ProvisionedThroughput = nil
	}
	if r.TableClass != "" {
		d.TableClass = r.TableClass
	}
	if r.DeletionProtectionEnabled != nil {
		d.DeletionProtectionEnabled = *r.DeletionProtectionEnabled
	}
	return map[string]any{"TableDescription": st.describe(t, "UPDATING")}, nil
}

func (r *updateTableRequest) updateIndexes(t *tableState) error {
	d := &t.definition
	for _, u := range r.GlobalSecondaryIndexUpdates {
		switch {
		case u.Create != nil:
			if err := r.createIndex(t, *u.Create); err != nil {
				return err
			}
		case u.Delete != nil:
			name := deref(u.Delete.IndexName)
			if t.Index(name) == nil {
				return wire.Fail("ResourceNotFoundException", "Requested resource not found")
			}
			t.DropIndex(name)
			d.GlobalSecondaryIndexes = slices.DeleteFunc(d.GlobalSecondaryIndexes, func(x indexDefinition) bool { return *x.IndexName == name })
		case u.Update != nil:
			at := slices.IndexFunc(d.GlobalSecondaryIndexes, func(x indexDefinition) bool { return *x.IndexName == deref(u.Update.IndexName) })
			if at < 0 {
				return wire.Fail("ResourceNotFoundException", "Requested resource not found")
			}
			d.GlobalSecondaryIndexes[at].ProvisionedThroughput = u.Update.ProvisionedThroughput
		}
	}
	return nil
}

func (r *updateTableRequest) createIndex(t *tableState, x indexDefinition) error {
	var c constraints
	c.name("globalSecondaryIndexUpdates.1.member.create.indexName", deref(x.IndexName), 3)
	c.keys("globalSecondaryIndexUpdates.1.member.create.keySchema", x.KeySchema)
	if err := c.err(); err != nil {
		return err
	}
	types := map[string]attr.Type{}
	for _, a := range r.AttributeDefinitions {
		types[a.AttributeName] = a.AttributeType
	}
	def, err := x.engineDef(types, false)
	if err != nil {
		return err
	}
	if t.Index(def.Name) != nil {
		return attr.Refusal("Attempting to create an index which already exists")
	}
	t.AddIndex(def)
	d := &t.definition
	d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, x)
	for _, a := range r.AttributeDefinitions {
		if !slices.ContainsFunc(d.AttributeDefinitions, func(b attributeDefinition) bool { return a.AttributeName == b.AttributeName }) {
			d.AttributeDefinitions = append(d.AttributeDefinitions, a)
		}
	}
	return nil
}
