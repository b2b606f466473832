package dynamodb

import (
	"fmt"
	"slices"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

type (
	updateTableRequest struct {
		nameRequest
		AttributeDefinitions        []attributeDefinition
		BillingMode                 string
		ProvisionedThroughput       *throughput
		OnDemandThroughput          *onDemandThroughput
		TableClass                  string
		DeletionProtectionEnabled   *bool
		StreamSpecification         *streamShape
		SSESpecification            *sseShape
		GlobalSecondaryIndexUpdates []indexUpdate
	}
	indexUpdate struct {
		Create *indexDefinition
		Delete *struct{ IndexName *string }
		Update *struct {
			IndexName             *string
			ProvisionedThroughput *throughput
			OnDemandThroughput    *onDemandThroughput
		}
	}
)

func (r *updateTableRequest) validate() error {
	var c constraints
	c.table(r.TableName)
	c.enum("billingMode", r.BillingMode, "PROVISIONED", payPerRequest)
	c.enum("tableClass", r.TableClass, "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	c.throughput("provisionedThroughput", r.ProvisionedThroughput)
	c.stream(r.StreamSpecification)
	return c.err()
}

// empty says whether the request asks for nothing.
func (r *updateTableRequest) empty() bool {
	return r.BillingMode == "" && r.ProvisionedThroughput == nil && r.OnDemandThroughput == nil && r.TableClass == "" && r.DeletionProtectionEnabled == nil &&
		r.StreamSpecification == nil && r.SSESpecification == nil && len(r.GlobalSecondaryIndexUpdates) == 0
}

func (st *store) updateTable(r *updateTableRequest) (any, error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	t, err := st.named(&r.nameRequest)
	if err != nil {
		return nil, err
	}
	if r.empty() {
		return nil, attr.Refusal("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	}
	if err := r.check(t); err != nil {
		return nil, err
	}
	if err := r.updateIndexes(t); err != nil {
		return nil, err
	}
	r.apply(t, st.clock())
	return map[string]any{"TableDescription": st.describe(t, "UPDATING")}, nil
}

// check refuses what does not fit the table as it is, before anything changes.
func (r *updateTableRequest) check(t *tableState) error {
	d := &t.definition
	mode := d.BillingMode
	if r.BillingMode != "" {
		mode = r.BillingMode
	}
	switching := (mode == payPerRequest) != (d.BillingMode == payPerRequest)
	old, now := d.ProvisionedThroughput, r.ProvisionedThroughput
	switch {
	case mode == payPerRequest && now != nil:
		return attr.Refusal(invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case mode != payPerRequest && switching && now == nil:
		return attr.Refusal(invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	case mode != payPerRequest && r.OnDemandThroughput != nil:
		return errOnDemandLimits
	case !switching && now != nil && old != nil && *now == *old:
		return attr.Refusal(fmt.Sprintf("The provisioned throughput for the table will not change. The requested value equals the current value. "+
			"Current ReadCapacityUnits provisioned for the table: %d. Requested ReadCapacityUnits: %d. "+
			"Current WriteCapacityUnits provisioned for the table: %d. Requested WriteCapacityUnits: %d. "+
			"Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
			old.ReadCapacityUnits, now.ReadCapacityUnits, old.WriteCapacityUnits, now.WriteCapacityUnits))
	}
	if s := r.StreamSpecification; s != nil {
		switch {
		case s.StreamEnabled && d.streams():
			return attr.Refusal("Table already has an enabled stream: TableName: " + t.Def.Name)
		case !s.StreamEnabled && !d.streams():
			return attr.Refusal("Table already has a disabled stream: TableName: " + t.Def.Name)
		}
	}
	return checkStream(r.StreamSpecification)
}

// apply changes the table's definition; indexes were changed before.
func (r *updateTableRequest) apply(t *tableState, now time.Time) {
	d := &t.definition
	if r.BillingMode == payPerRequest && d.BillingMode != payPerRequest {
		t.onDemand = now
	}
	if r.BillingMode != "" {
		d.BillingMode = r.BillingMode
	}
	if p := r.ProvisionedThroughput; p != nil {
		t.noteThroughput(*p, now)
		d.ProvisionedThroughput, d.OnDemandThroughput = p, nil
	}
	if d.BillingMode == payPerRequest {
		d.ProvisionedThroughput = nil
		for i := range d.GlobalSecondaryIndexes {
			d.GlobalSecondaryIndexes[i].ProvisionedThroughput = nil
		}
	}
	if r.OnDemandThroughput != nil {
		d.OnDemandThroughput = r.OnDemandThroughput
	}
	if r.TableClass != "" {
		d.TableClass = r.TableClass
	}
	if r.DeletionProtectionEnabled != nil {
		d.DeletionProtectionEnabled = *r.DeletionProtectionEnabled
	}
	if r.SSESpecification != nil {
		d.SSESpecification = r.SSESpecification
	}
	if s := r.StreamSpecification; s != nil {
		d.StreamSpecification = s
		if s.StreamEnabled {
			t.streamed = now
		}
	}
}

// noteThroughput keeps when the throughput grew and shrank.
func (t *tableState) noteThroughput(p throughput, now time.Time) {
	old := t.definition.ProvisionedThroughput
	if old == nil {
		return
	}
	if p.ReadCapacityUnits > old.ReadCapacityUnits || p.WriteCapacityUnits > old.WriteCapacityUnits {
		t.increased = now
	}
	if p.ReadCapacityUnits < old.ReadCapacityUnits || p.WriteCapacityUnits < old.WriteCapacityUnits {
		t.decreased = now
	}
}

// updateIndexes changes the global indexes: throughput of any, and one at most
// made or dropped ("you can create or delete only one global secondary index in
// each UpdateTable operation", Developer Guide, managing global secondary indexes).
func (r *updateTableRequest) updateIndexes(t *tableState) error {
	changes := 0
	for _, u := range r.GlobalSecondaryIndexUpdates {
		if u.Create != nil || u.Delete != nil {
			changes++
		}
	}
	if changes > 1 {
		return wire.Fail("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
	}
	d := &t.definition
	for _, u := range r.GlobalSecondaryIndexUpdates {
		switch {
		case u.Create != nil:
			if err := r.createIndex(t, *u.Create); err != nil {
				return err
			}
		case u.Delete != nil:
			name := deref(u.Delete.IndexName)
			if t.global(name) < 0 {
				return wire.Fail("ResourceNotFoundException", "Requested resource not found")
			}
			t.DropIndex(name)
			d.GlobalSecondaryIndexes = slices.DeleteFunc(d.GlobalSecondaryIndexes, func(x indexDefinition) bool { return *x.IndexName == name })
			d.dropUnusedAttributes()
		case u.Update != nil:
			at := t.global(deref(u.Update.IndexName))
			if at < 0 {
				return wire.Fail("ResourceNotFoundException", "Requested resource not found")
			}
			x := &d.GlobalSecondaryIndexes[at]
			if p := u.Update.ProvisionedThroughput; p != nil {
				x.ProvisionedThroughput = p
			}
			if p := u.Update.OnDemandThroughput; p != nil {
				x.OnDemandThroughput = p
			}
		}
	}
	return nil
}

// global is the place of a global index in the definition, -1 if there is none.
func (t *tableState) global(name string) int {
	return slices.IndexFunc(t.definition.GlobalSecondaryIndexes, func(x indexDefinition) bool { return *x.IndexName == name })
}

// dropUnusedAttributes forgets the attributes that no key names any more.
func (d *definition) dropUnusedAttributes() {
	used := map[string]bool{}
	note := func(keys []keyElement) {
		for _, k := range keys {
			used[k.AttributeName] = true
		}
	}
	note(d.KeySchema)
	for _, x := range slices.Concat(d.LocalSecondaryIndexes, d.GlobalSecondaryIndexes) {
		note(x.KeySchema)
	}
	d.AttributeDefinitions = slices.DeleteFunc(slices.Clone(d.AttributeDefinitions), func(a attributeDefinition) bool { return !used[a.AttributeName] })
}

func (r *updateTableRequest) createIndex(t *tableState, x indexDefinition) error {
	var c constraints
	const at = "globalSecondaryIndexUpdates.1.member.create."
	c.name(at+"indexName", deref(x.IndexName), 3)
	c.keys(at+"keySchema", x.KeySchema)
	c.throughput(at+"provisionedThroughput", x.ProvisionedThroughput)
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
	d := &t.definition
	probe := definition{BillingMode: d.BillingMode, GlobalSecondaryIndexes: []indexDefinition{x}}
	if r.BillingMode != "" {
		probe.BillingMode = r.BillingMode
	}
	switch {
	case t.Index(def.Name) != nil:
		return attr.Refusal("Attempting to create an index which already exists")
	case len(d.GlobalSecondaryIndexes) >= maxGlobalIndexes:
		return errGlobalIndexes
	}
	if err := probe.checkIndexThroughput(); err != nil {
		return err
	}
	t.addIndex(def, x, r.AttributeDefinitions)
	return nil
}

// addIndex makes a checked global index and fills it.
func (t *tableState) addIndex(def table.IndexDef, x indexDefinition, attributes []attributeDefinition) {
	t.AddIndex(def)
	d := &t.definition
	d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, x)
	for _, a := range attributes {
		if !slices.ContainsFunc(d.AttributeDefinitions, func(b attributeDefinition) bool { return a.AttributeName == b.AttributeName }) {
			d.AttributeDefinitions = append(d.AttributeDefinitions, a)
		}
	}
}
