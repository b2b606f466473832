package athena

import (
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// parse is Spec.Parse. It reads the ARN of a workgroup or data catalog, the
// endpoint, a page of the console, and the URLs of Amazon's JDBC drivers:
//
//	jdbc:athena://Region=eu-west-1;WorkGroup=primary;Catalog=AwsDataCatalog;Database=sales
//	jdbc:awsathena://athena.eu-west-1.amazonaws.com:443;Workgroup=primary
func parse(text string) (params map[string]string, region string, ok bool) {
	text = strings.TrimSpace(text)
	if service, region, resource, ok := engine.ParseARN(text); ok {
		kind, name, _ := strings.Cut(resource, "/")
		switch {
		case service != "athena" || name == "":
			return nil, "", false
		case kind == "workgroup":
			return map[string]string{"workgroup": name}, region, true
		case kind == "datacatalog":
			return map[string]string{"catalog": name}, region, true
		}
		return nil, "", false
	}
	if service, region, ok := engine.ParseServiceHost(text); ok && service == "athena" {
		return map[string]string{}, region, true
	}
	if service, region, ok := engine.ParseConsole(text); ok && service == "athena" {
		return map[string]string{}, region, true
	}
	return parseJDBC(text)
}

func parseJDBC(text string) (params map[string]string, region string, ok bool) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || scheme != "jdbc:athena" && scheme != "jdbc:awsathena" {
		return nil, "", false
	}
	params = map[string]string{}
	for part := range strings.SplitSeq(rest, ";") {
		name, value, isOption := strings.Cut(strings.TrimSpace(part), "=")
		if !isOption {
			if _, told, ok := engine.ParseServiceHost(name); ok {
				region = told
			}
			continue
		}
		switch strings.ToLower(name) {
		case "region", "awsregion":
			region = value
		case "workgroup":
			params["workgroup"] = value
		case "catalog":
			params["catalog"] = value
		case "database", "schema":
			params["database"] = value
		case "outputlocation", "s3outputlocation", "s3outputfolder":
			params["output_location"] = value
		}
	}
	for name, value := range params {
		if value == "" {
			delete(params, name)
		}
	}
	return params, region, region == "" || engine.RegionLike(region)
}
