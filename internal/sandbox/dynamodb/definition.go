package dynamodb

import (
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

// payPerRequest is the billing mode of on-demand tables; any other is provisioned.
const payPerRequest = "PAY_PER_REQUEST"

// The shapes of a table's definition on the wire.
type (
	attributeDefinition struct {
		AttributeName string
		AttributeType attr.Type
	}
	keyElement struct {
		AttributeName string
		KeyType       string
	}
	projectionShape struct {
		ProjectionType   string   `json:",omitempty"`
		NonKeyAttributes []string `json:",omitempty"`
	}
	throughput struct {
		ReadCapacityUnits  int64
		WriteCapacityUnits int64
	}
	indexDefinition struct {
		IndexName             *string
		KeySchema             []keyElement
		Projection            *projectionShape
		ProvisionedThroughput *throughput
		OnDemandThroughput    *onDemandThroughput `json:",omitempty"`
	}
	// onDemandThroughput is the most an on-demand table or index may use; -1
	// for no limit.
	onDemandThroughput struct {
		MaxReadRequestUnits  int64
		MaxWriteRequestUnits int64
	}
	definition struct {
		TableName                 *string
		AttributeDefinitions      []attributeDefinition
		KeySchema                 []keyElement
		LocalSecondaryIndexes     []indexDefinition
		GlobalSecondaryIndexes    []indexDefinition
		BillingMode               string
		ProvisionedThroughput     *throughput
		OnDemandThroughput        *onDemandThroughput
		TableClass                string
		DeletionProtectionEnabled bool
		StreamSpecification       *streamShape
		SSESpecification          *sseShape
		Tags                      []tag
	}
	streamShape struct {
		StreamEnabled  bool
		StreamViewType string `json:",omitempty"`
	}
	sseShape struct {
		Enabled        bool
		SSEType        string `json:",omitempty"`
		KMSMasterKeyId string `json:",omitempty"`
	}
	tag struct{ Key, Value string }
)

// streams says whether the table has a stream.
func (d *definition) streams() bool {
	return d.StreamSpecification != nil && d.StreamSpecification.StreamEnabled
}

// fromDef describes a table of the engine as a request would.
func fromDef(d table.Def) definition {
	out := definition{TableName: &d.Name, KeySchema: elements(d.Key), BillingMode: payPerRequest}
	types := map[string]attr.Type{}
	define := func(k expr.KeySchema) {
		for _, a := range []attributeDefinition{{k.Hash, k.HashType}, {k.Range, k.RangeType}} {
			if a.AttributeName != "" && types[a.AttributeName] == "" {
				types[a.AttributeName] = a.AttributeType
				out.AttributeDefinitions = append(out.AttributeDefinitions, a)
			}
		}
	}
	define(d.Key)
	for _, x := range d.Indexes {
		define(x.Key)
		shape := indexDefinition{IndexName: &x.Name, KeySchema: elements(x.Key), Projection: &projectionShape{x.Projection.Type, x.Projection.NonKeys}}
		if x.Local {
			out.LocalSecondaryIndexes = append(out.LocalSecondaryIndexes, shape)
		} else {
			out.GlobalSecondaryIndexes = append(out.GlobalSecondaryIndexes, shape)
		}
	}
	return out
}

func elements(k expr.KeySchema) []keyElement {
	out := []keyElement{{k.Hash, "HASH"}}
	if k.Range != "" {
		out = append(out, keyElement{k.Range, "RANGE"})
	}
	return out
}

// engineDef checks a definition and makes the engine's.
func (d *definition) engineDef() (table.Def, error) {
	if err := d.validate(); err != nil {
		return table.Def{}, err
	}
	types := map[string]attr.Type{}
	for _, a := range d.AttributeDefinitions {
		types[a.AttributeName] = a.AttributeType
	}
	key, err := keySchema(d.KeySchema, types)
	if err != nil {
		return table.Def{}, err
	}
	out := table.Def{Name: *d.TableName, Key: key}
	used := map[string]bool{key.Hash: true, key.Range: true}
	names := map[string]bool{}
	for i, x := range append(append([]indexDefinition(nil), d.LocalSecondaryIndexes...), d.GlobalSecondaryIndexes...) {
		def, err := x.engineDef(types, i < len(d.LocalSecondaryIndexes))
		if err != nil {
			return table.Def{}, err
		}
		if names[def.Name] {
			return table.Def{}, attr.Refusal(invalid + "Duplicate index name: " + def.Name)
		}
		names[def.Name] = true
		if def.Local && key.Range == "" {
			return table.Def{}, attr.Refusal(invalid + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
		}
		if def.Local && def.Key.Hash != key.Hash {
			return table.Def{}, attr.Refusal(invalid + "Index KeySchema does not have the same leading hash key as table KeySchema for index: " + def.Name +
				". index hash key: " + def.Key.Hash + ", table hash key: " + key.Hash)
		}
		used[def.Key.Hash], used[def.Key.Range] = true, true
		out.Indexes = append(out.Indexes, def)
	}
	for name := range types {
		if !used[name] {
			return table.Def{}, attr.Refusal(invalid + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
		}
	}
	return out, nil
}

func (x *indexDefinition) engineDef(types map[string]attr.Type, local bool) (table.IndexDef, error) {
	key, err := keySchema(x.KeySchema, types)
	if err != nil {
		return table.IndexDef{}, err
	}
	def := table.IndexDef{Name: deref(x.IndexName), Local: local, Key: key, Projection: table.Projection{Type: "ALL"}}
	if x.Projection == nil || x.Projection.ProjectionType == "" {
		return def, attr.Refusal(invalid + "Unknown ProjectionType: null")
	}
	def.Projection = table.Projection{Type: x.Projection.ProjectionType, NonKeys: x.Projection.NonKeyAttributes}
	switch {
	case def.Projection.Type == "INCLUDE" && len(def.Projection.NonKeys) == 0:
		return def, attr.Refusal(invalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	case def.Projection.Type != "INCLUDE" && len(def.Projection.NonKeys) > 0:
		return def, attr.Refusal(invalid + "ProjectionType is " + def.Projection.Type + ", but NonKeyAttributes is specified")
	case local && key.Range == "":
		return def, attr.Refusal(invalid + "Index KeySchema does not have a range key for index: " + def.Name)
	}
	return def, nil
}

func (d *definition) validate() error {
	if d.TableName == nil {
		return attr.Refusal("The parameter 'TableName' is required but was not present in the request")
	}
	var c constraints
	c.name("tableName", *d.TableName, 3)
	c.keys("keySchema", d.KeySchema)
	for i, a := range d.AttributeDefinitions {
		c.enum("attributeDefinitions."+strconv.Itoa(i+1)+".member.attributeType", string(a.AttributeType), "B", "N", "S")
	}
	c.enum("billingMode", d.BillingMode, "PROVISIONED", payPerRequest)
	c.enum("tableClass", d.TableClass, "STANDARD", "STANDARD_INFREQUENT_ACCESS")
	for _, list := range []struct {
		member  string
		indexes []indexDefinition
	}{{"localSecondaryIndexes", d.LocalSecondaryIndexes}, {"globalSecondaryIndexes", d.GlobalSecondaryIndexes}} {
		for i, x := range list.indexes {
			at := list.member + "." + strconv.Itoa(i+1) + ".member."
			c.name(at+"indexName", deref(x.IndexName), 3)
			c.keys(at+"keySchema", x.KeySchema)
			c.throughput(at+"provisionedThroughput", x.ProvisionedThroughput)
			if x.Projection != nil {
				c.enum(at+"projection.projectionType", x.Projection.ProjectionType, "ALL", "INCLUDE", "KEYS_ONLY")
			}
		}
	}
	c.throughput("provisionedThroughput", d.ProvisionedThroughput)
	c.stream(d.StreamSpecification)
	if err := c.err(); err != nil {
		return err
	}
	if err := checkStream(d.StreamSpecification); err != nil {
		return err
	}
	switch {
	case d.BillingMode == payPerRequest && d.ProvisionedThroughput != nil:
		return attr.Refusal(invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case d.BillingMode != payPerRequest && d.ProvisionedThroughput == nil:
		return attr.Refusal(invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	case d.BillingMode != payPerRequest && d.OnDemandThroughput != nil:
		return errOnDemandLimits
	case len(d.LocalSecondaryIndexes) > 5:
		return attr.Refusal(invalid + "Number of LocalSecondaryIndexes exceeds per-table limit of 5")
	case len(d.GlobalSecondaryIndexes) > maxGlobalIndexes:
		return errGlobalIndexes
	}
	return d.checkIndexThroughput()
}

// maxGlobalIndexes is the default quota of a table.
const maxGlobalIndexes = 20

const errGlobalIndexes attr.Refusal = invalid + "Number of GlobalSecondaryIndexes exceeds per-table limit of 20"

const errOnDemandLimits attr.Refusal = invalid + "OnDemandThroughput can only be specified when BillingMode is PAY_PER_REQUEST"

// checkIndexThroughput wants each global index to be billed as its table is.
func (d *definition) checkIndexThroughput() error {
	for _, x := range d.GlobalSecondaryIndexes {
		switch {
		case d.BillingMode == payPerRequest && x.ProvisionedThroughput != nil:
			return attr.Refusal(invalid + "ProvisionedThroughput should not be specified for index: " + *x.IndexName + " when BillingMode is PAY_PER_REQUEST")
		case d.BillingMode != payPerRequest && x.ProvisionedThroughput == nil:
			return attr.Refusal(invalid + "ProvisionedThroughput must be specified for index: " + *x.IndexName)
		}
	}
	return nil
}

// throughput checks the units of a table or an index.
func (c *constraints) throughput(member string, p *throughput) {
	if p == nil {
		return
	}
	for _, units := range []struct {
		name string
		n    int64
	}{{"readCapacityUnits", p.ReadCapacityUnits}, {"writeCapacityUnits", p.WriteCapacityUnits}} {
		if units.n < 1 {
			c.fail("'"+strconv.FormatInt(units.n, 10)+"'", member+"."+units.name, "Member must have value greater than or equal to 1")
		}
	}
}

func (c *constraints) stream(s *streamShape) {
	if s != nil {
		c.enum("streamSpecification.streamViewType", s.StreamViewType, "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")
	}
}

// checkStream wants a view type when a stream is on, and none when it is off.
func checkStream(s *streamShape) error {
	switch {
	case s == nil:
	case s.StreamEnabled && s.StreamViewType == "":
		return attr.Refusal(invalid + "StreamViewType must be specified when StreamEnabled is true")
	case !s.StreamEnabled && s.StreamViewType != "":
		return attr.Refusal(invalid + "StreamViewType cannot be specified when StreamEnabled is false")
	}
	return nil
}

func (c *constraints) keys(member string, schema []keyElement) {
	if len(schema) == 0 {
		c.fail("'[]'", member, "Member must have length greater than or equal to 1")
	}
	if len(schema) > 2 {
		var parts []string
		for _, k := range schema {
			parts = append(parts, "KeySchemaElement(attributeName="+k.AttributeName+", keyType="+k.KeyType+")")
		}
		c.fail("'["+strings.Join(parts, ", ")+"]'", member, "Member must have length less than or equal to 2")
	}
	for i, k := range schema {
		c.enum(member+"."+strconv.Itoa(i+1)+".member.keyType", k.KeyType, "HASH", "RANGE")
	}
}

func keySchema(schema []keyElement, types map[string]attr.Type) (expr.KeySchema, error) {
	var out expr.KeySchema
	for i, k := range schema {
		t, ok := types[k.AttributeName]
		switch {
		case i == 0 && k.KeyType != "HASH":
			return out, attr.Refusal("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
		case i == 1 && k.KeyType != "RANGE":
			return out, attr.Refusal("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
		case i == 1 && k.AttributeName == out.Hash:
			return out, attr.Refusal("Invalid KeySchema: Some index key attribute have no definition")
		case !ok:
			return out, attr.Refusal(invalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [" + k.AttributeName + "]")
		case i == 0:
			out.Hash, out.HashType = k.AttributeName, t
		default:
			out.Range, out.RangeType = k.AttributeName, t
		}
	}
	return out, nil
}
