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
	}
)

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
			if x.Projection != nil {
				c.enum(at+"projection.projectionType", x.Projection.ProjectionType, "ALL", "INCLUDE", "KEYS_ONLY")
			}
		}
	}
	if err := c.err(); err != nil {
		return err
	}
	switch {
	case d.BillingMode == payPerRequest && d.ProvisionedThroughput != nil:
		return attr.Refusal(invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case d.BillingMode != payPerRequest && d.ProvisionedThroughput == nil:
		return attr.Refusal(invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	case len(d.LocalSecondaryIndexes) > 5:
		return attr.Refusal(invalid + "Number of LocalSecondaryIndexes exceeds per-table limit of 5")
	case len(d.GlobalSecondaryIndexes) > 20:
		return attr.Refusal(invalid + "Number of GlobalSecondaryIndexes exceeds per-table limit of 20")
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
