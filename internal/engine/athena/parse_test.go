package athena

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsPastedIsRead(t *testing.T) {
	type read struct {
		Params map[string]string
		Region string
	}
	for text, want := range map[string]*read{
		"arn:aws:athena:eu-west-1:111122223333:workgroup/primary":                                {map[string]string{"workgroup": "primary"}, "eu-west-1"},
		"arn:aws:athena:eu-west-1:111122223333:datacatalog/lake":                                 {map[string]string{"catalog": "lake"}, "eu-west-1"},
		"https://eu-west-1.console.aws.amazon.com/athena/home?region=eu-west-1#/query-editor":    {map[string]string{}, "eu-west-1"},
		"athena.eu-west-1.amazonaws.com":                                                         {map[string]string{}, "eu-west-1"},
		"jdbc:athena://Region=eu-west-1;WorkGroup=w;Database=sales;OutputLocation=s3://b/p/;X=y": {map[string]string{"workgroup": "w", "database": "sales", "output_location": "s3://b/p/"}, "eu-west-1"},
		"jdbc:awsathena://athena.us-east-1.amazonaws.com:443;Schema=sales;PWD=secret":            {map[string]string{"database": "sales"}, "us-east-1"},
		"arn:aws:dynamodb:eu-west-1:111122223333:table/shop":                                     nil,
		"jdbc:redshift://h.example.com:5439/dev":                                                 nil,
		"sales":                                                                                  nil,
	} {
		params, region, ok := parse(text)
		if ok != (want != nil) {
			t.Errorf("%q: %v", text, ok)
		} else if ok {
			if diff := cmp.Diff(*want, read{params, region}); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		}
		for name := range params {
			if _, declared := Spec().Param(name); !declared {
				t.Errorf("%q gives the parameter %s", text, name)
			}
		}
	}
}
