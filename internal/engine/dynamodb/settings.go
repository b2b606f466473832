package dynamodb

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// settings are a table's own facts: size, billing, streams, time to live, class
// and protection.
func (e *Engine) settings(ctx context.Context, d *types.TableDescription) []engine.Object {
	var list []engine.Object
	add := func(name, value string) {
		if value != "" {
			list = append(list, engine.Object{Name: name, Kind: "setting", Comment: value, Leaf: true})
		}
	}
	add("status", words(string(d.TableStatus)))
	add("size", fmt.Sprintf("%s items, %s; counted by DynamoDB about every six hours", grouped(aws.ToInt64(d.ItemCount)), sizeText(aws.ToInt64(d.TableSizeBytes))))
	add("billing", billing(d))
	add("time to live", e.timeToLive(ctx, aws.ToString(d.TableName)))
	if s := d.StreamSpecification; s != nil && aws.ToBool(s.StreamEnabled) {
		add("stream", words(string(s.StreamViewType)))
	} else {
		add("stream", "off")
	}
	class := "standard"
	if d.TableClassSummary != nil {
		class = words(string(d.TableClassSummary.TableClass))
	}
	add("class", class)
	protection := "off"
	if aws.ToBool(d.DeletionProtectionEnabled) {
		protection = "on"
	}
	add("deletion protection", protection)
	var replicas []string
	for _, r := range d.Replicas {
		replicas = append(replicas, aws.ToString(r.RegionName))
	}
	add("replicas", strings.Join(replicas, ", "))
	if d.SSEDescription != nil {
		add("encryption", words(string(d.SSEDescription.SSEType)))
	}
	if d.CreationDateTime != nil {
		add("created", d.CreationDateTime.UTC().Format("2006-01-02 15:04:05Z"))
	}
	return list
}

func billing(d *types.TableDescription) string {
	if d.BillingModeSummary != nil && d.BillingModeSummary.BillingMode == types.BillingModePayPerRequest {
		text := "on demand"
		if o := d.OnDemandThroughput; o != nil && (aws.ToInt64(o.MaxReadRequestUnits) > 0 || aws.ToInt64(o.MaxWriteRequestUnits) > 0) {
			text += fmt.Sprintf(", at most %d read and %d write units a second", aws.ToInt64(o.MaxReadRequestUnits), aws.ToInt64(o.MaxWriteRequestUnits))
		}
		return text
	}
	if p := d.ProvisionedThroughput; p != nil {
		return fmt.Sprintf("provisioned, %d read and %d write units a second", aws.ToInt64(p.ReadCapacityUnits), aws.ToInt64(p.WriteCapacityUnits))
	}
	return ""
}

// timeToLive asks for the attribute by which items expire; "" when that may not
// be asked.
func (e *Engine) timeToLive(ctx context.Context, table string) string {
	out, err := e.client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(table)})
	if err != nil || out.TimeToLiveDescription == nil {
		return ""
	}
	switch t := out.TimeToLiveDescription; t.TimeToLiveStatus {
	case types.TimeToLiveStatusEnabled:
		return "by " + aws.ToString(t.AttributeName)
	case types.TimeToLiveStatusDisabled:
		return "off"
	default:
		return words(string(t.TimeToLiveStatus))
	}
}

func indexDetails(schema []types.KeySchemaElement, p *types.Projection) []engine.Detail {
	return []engine.Detail{{Name: "keys", Value: strings.Join(keyNames(schema), ", ")}, {Name: "projection", Value: projection(p)}}
}

// words turns NEW_AND_OLD_IMAGES into "new and old images".
func words(constant string) string { return strings.ToLower(strings.ReplaceAll(constant, "_", " ")) }
