package front

import (
	"encoding/json"
	"net/http"
	"strings"
)

// action is a permission a call needs, and on what.
type action struct{ name, resource string }

// actionsOf lists the IAM actions of a call. Most calls need the action of
// their own name; DynamoDB's PartiQL calls need one per kind of statement.
// https://docs.aws.amazon.com/service-authorization/latest/reference/
func actionsOf(rt route, region, account string, body []byte) []action {
	if rt.service == "sts" {
		// GetCallerIdentity needs no permission; AssumeRole is judged against
		// the role's trust by STS itself.
		return nil
	}
	arn := func(resource string) string {
		return "arn:aws:" + rt.service + ":" + region + ":" + account + ":" + resource
	}
	switch rt.service {
	case "athena":
		var in struct{ WorkGroup string }
		_ = json.Unmarshal(body, &in) // the service itself will refuse what cannot be read
		if in.WorkGroup == "" {
			in.WorkGroup = "primary"
		}
		return []action{{"athena:" + rt.operation, arn("workgroup/" + in.WorkGroup)}}
	case "dynamodb":
		return dynamoActions(rt.operation, arn, body)
	}
	return []action{{rt.service + ":" + rt.operation, ""}}
}

func dynamoActions(operation string, arn func(string) string, body []byte) []action {
	var in struct {
		TableName          string
		Statement          string
		Statements         []struct{ Statement string }
		TransactStatements []struct{ Statement string }
	}
	_ = json.Unmarshal(body, &in)
	var statements []string
	switch operation {
	case "ExecuteStatement":
		statements = []string{in.Statement}
	case "BatchExecuteStatement":
		for _, s := range in.Statements {
			statements = append(statements, s.Statement)
		}
	case "ExecuteTransaction":
		for _, s := range in.TransactStatements {
			statements = append(statements, s.Statement)
		}
	default:
		if in.TableName == "" {
			return []action{{"dynamodb:" + operation, arn("table/*")}}
		}
		return []action{{"dynamodb:" + operation, arn("table/" + in.TableName)}}
	}
	actions := make([]action, 0, len(statements))
	for _, s := range statements {
		actions = append(actions, action{"dynamodb:PartiQL" + partiqlVerb(s), arn("table/" + partiqlTable(s))})
	}
	return actions
}

// partiqlVerb is the part of the action name that the statement decides.
func partiqlVerb(statement string) string {
	fields := strings.Fields(statement)
	if len(fields) == 0 {
		return "Select"
	}
	switch verb := strings.ToUpper(fields[0]); verb {
	case "INSERT", "UPDATE", "DELETE":
		return verb[:1] + strings.ToLower(verb[1:])
	}
	return "Select"
}

// partiqlTable finds the table's name for the message: the word after FROM,
// INTO or UPDATE.
func partiqlTable(statement string) string {
	fields := strings.Fields(statement)
	for i, f := range fields {
		switch strings.ToUpper(f) {
		case "FROM", "INTO", "UPDATE":
			if i+1 < len(fields) {
				name, _, _ := strings.Cut(strings.TrimPrefix(fields[i+1], `"`), `"`)
				return printable(name)
			}
		}
	}
	return "*"
}

// s3Operation names an S3 call by method, path and query, for permissions,
// counters and the log.
func s3Operation(r *http.Request) string {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	q := r.URL.Query()
	onObject := key != ""
	switch r.Method {
	case http.MethodGet:
		switch {
		case onObject:
			return "GetObject"
		case q.Has("location"):
			return "GetBucketLocation"
		case strings.Trim(r.URL.Path, "/") == "":
			return "ListAllMyBuckets"
		}
		return "ListBucket"
	case http.MethodHead:
		if onObject {
			return "GetObject"
		}
		return "ListBucket"
	case http.MethodPut:
		if onObject {
			return "PutObject"
		}
		return "CreateBucket"
	case http.MethodDelete:
		if onObject {
			return "DeleteObject"
		}
		return "DeleteBucket"
	case http.MethodPost:
		if q.Has("delete") {
			return "DeleteObject"
		}
		return "PutObject"
	}
	return "Unknown"
}
