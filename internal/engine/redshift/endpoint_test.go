package redshift

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEndpointsAreRead(t *testing.T) {
	const (
		serverlessHost = "etl.111122223333.eu-west-1.redshift-serverless.amazonaws.com"
		clusterHost    = "dwh.abc123xyz.us-gov-east-1.redshift.amazonaws.com"
		workgroupARN   = "arn:aws:redshift-serverless:eu-west-1:111122223333:workgroup/7b6a5948-3c2d-4e1f-a0b9-c8d7e6f5a4b3"
		namespaceARN   = "arn:aws:redshift:eu-west-1:111122223333:namespace:5f2a1c3e-8d4b-4c6f-9a70-2b1d3e4f5a6b"
	)
	for text, want := range map[string]Endpoint{
		serverlessHost + ":5439/dev":                                                  {Workgroup: "etl", Host: serverlessHost, Port: 5439, Database: "dev", Region: "eu-west-1"},
		" " + clusterHost + "\n":                                                      {Cluster: "dwh", Host: clusterHost, Region: "us-gov-east-1"},
		"Dwh.Abc.CN-north-1.redshift.amazonaws.com.cn:5440":                           {Cluster: "dwh", Host: "dwh.abc.cn-north-1.redshift.amazonaws.com.cn", Port: 5440, Region: "cn-north-1"},
		"jdbc:redshift://" + serverlessHost + ":5439/dev":                             {Workgroup: "etl", Host: serverlessHost, Port: 5439, Database: "dev", Region: "eu-west-1"},
		"jdbc:redshift:iam://" + clusterHost + ":5439/dev?DbUser=ada&Profile=x":       {Cluster: "dwh", Host: clusterHost, Port: 5439, Database: "dev", Region: "us-gov-east-1", User: "ada", IAM: true},
		"jdbc:redshift:iam://dwh:eu-west-1/dev":                                       {Cluster: "dwh", Database: "dev", Region: "eu-west-1", IAM: true},
		"jdbc:redshift://localhost:15439/dev;ClusterID=dwh;Region=eu-west-1;IAM=true": {Cluster: "dwh", Host: "localhost", Port: 15439, Database: "dev", Region: "eu-west-1", IAM: true},
		"postgresql://ada:s%20cret@warehouse.example.com:5439/dev?sslmode=verify-ca":  {Host: "warehouse.example.com", Port: 5439, Database: "dev", User: "ada", SSLMode: "verify-ca"},
		"postgres://a%40b:p@ss@10.0.0.1/dev":                                          {Host: "10.0.0.1", Database: "dev", User: "a@b"},
		"warehouse.example.com:5439":                                                  {Host: "warehouse.example.com", Port: 5439},
		workgroupARN:                                                                  {Workgroup: workgroupARN, Region: "eu-west-1"},
		"arn:aws:redshift:eu-west-1:111122223333:cluster:dwh":                         {Cluster: "dwh", Region: "eu-west-1"},
		"arn:aws:redshift:eu-west-1:111122223333:dbname:dwh/dev":                      {Cluster: "dwh", Database: "dev", Region: "eu-west-1"},
		"arn:aws:redshift:eu-west-1:111122223333:dbuser:dwh/ada":                      {Cluster: "dwh", User: "ada", Region: "eu-west-1", IAM: true},
		namespaceARN: {Cluster: namespaceARN, Region: "eu-west-1"},
	} {
		got, ok := ParseEndpoint(text)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%q: %v %s", text, ok, diff)
		}
	}
	for _, text := range []string{
		"", "sales", "my.sales", "my-warehouse", "example.com", "example.com:443", "https://example.com:5439/x", "s3://bucket/key", "a b.c:5439",
		"host.example.com:5439:5439", "host.example.com:x", "arn:aws:s3:::bucket", "arn:aws:dynamodb:eu-west-1:111122223333:table/shop",
		"arn:aws:redshift:eu-west-1:1:parametergroup:x", "jdbc:redshift://", "jdbc:mysql://h.example.com:3306/x", "select 1", "..:5439",
	} {
		if got, ok := ParseEndpoint(text); ok {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func FuzzParseEndpoint(f *testing.F) {
	f.Add("jdbc:redshift:iam://dwh.abc.eu-west-1.redshift.amazonaws.com:5439/dev;a=b?c=d")
	f.Fuzz(func(t *testing.T, text string) {
		params, _, ok := parse(text)
		if !ok {
			return
		}
		for name := range params {
			if _, declared := Spec().Param(name); !declared {
				t.Errorf("%q gives the parameter %s", text, name)
			}
		}
	})
}
