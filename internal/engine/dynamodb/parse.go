package dynamodb

import (
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// parse is Spec.Parse: the ARN of a table, the endpoint, a page of the console.
// Each tells the region alone, as a statement names its table.
func parse(text string) (params map[string]string, region string, ok bool) {
	if service, region, resource, ok := engine.ParseARN(text); ok {
		return map[string]string{}, region, service == "dynamodb" && strings.HasPrefix(resource, "table/")
	}
	if service, region, ok := engine.ParseServiceHost(text); ok {
		return map[string]string{}, region, service == "dynamodb"
	}
	if service, region, ok := engine.ParseConsole(text); ok {
		return map[string]string{}, region, service == "dynamodb" || service == "dynamodbv2"
	}
	return nil, "", false
}
