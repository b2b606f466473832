package dynamodb

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
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
		OnDemandThroughput        *onDemandThroughput  `json:",omitempty"`
		StreamSpecification       *streamShape         `json:",omitempty"`
		LatestStreamLabel         string               `json:",omitempty"`
		LatestStreamArn           string               `json:",omitempty"`
		SSEDescription            *sseDescription      `json:",omitempty"`
		DeletionProtectionEnabled bool
	}
	throughputDescription struct {
		LastIncreaseDateTime   float64 `json:",omitempty"`
		LastDecreaseDateTime   float64 `json:",omitempty"`
		NumberOfDecreasesToday int
		throughput
	}
	sseDescription struct {
		Status          string
		SSEType         string
		KMSMasterKeyArn string
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
		OnDemandThroughput    *onDemandThroughput    `json:",omitempty"`
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
	out.ProvisionedThroughput.LastIncreaseDateTime = seconds(t.increased)
	out.ProvisionedThroughput.LastDecreaseDateTime = seconds(t.decreased)
	if d.BillingMode == payPerRequest {
		out.BillingModeSummary = &billingSummary{payPerRequest, seconds(t.onDemand)}
		out.WarmThroughput = &warmThroughputShape{12000, 4000, "ACTIVE"}
		out.OnDemandThroughput = d.OnDemandThroughput
	} else if !t.onDemand.IsZero() {
		out.BillingModeSummary = &billingSummary{"PROVISIONED", seconds(t.onDemand)}
	}
	if !t.streamed.IsZero() {
		out.LatestStreamLabel = t.streamed.UTC().Format("2006-01-02T15:04:05.000")
		out.LatestStreamArn = out.TableArn + "/stream/" + out.LatestStreamLabel
	}
	if d.streams() {
		out.StreamSpecification = d.StreamSpecification
	}
	if d.SSESpecification != nil && d.SSESpecification.Enabled {
		out.SSEDescription = st.describeKey(d.SSESpecification)
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
		shape.ProvisionedThroughput, shape.OnDemandThroughput = &through, x.OnDemandThroughput
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

// describeKey tells the KMS key of an encrypted table: the one named, or the
// account's own for DynamoDB, whose id is made up.
func (st *store) describeKey(s *sseShape) *sseDescription {
	key := s.KMSMasterKeyId
	switch {
	case key == "":
		key = "key/" + st.tableID("alias/aws/dynamodb")
	case strings.HasPrefix(key, "arn:"):
		return &sseDescription{"ENABLED", "KMS", key}
	case !strings.Contains(key, "/"):
		key = "key/" + key
	}
	return &sseDescription{"ENABLED", "KMS", "arn:aws:kms:" + st.region + ":" + st.account + ":" + key}
}

// seconds is a time as the service writes it; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

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
	t := newTableState(def, *d, st.clock())
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
