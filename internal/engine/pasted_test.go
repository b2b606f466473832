package engine

import "testing"

func TestWhatIsPastedIsRead(t *testing.T) {
	for text, want := range map[string][3]string{
		"arn:aws:athena:eu-west-1:111122223333:workgroup/primary": {"athena", "eu-west-1", "workgroup/primary"},
		" arn:aws-us-gov:dynamodb:us-gov-east-1:1:table/shop ":    {"dynamodb", "us-gov-east-1", "table/shop"},
		"arn:aws:s3:::bucket":                  {},
		"arn:aws:athena:nowhere:1:workgroup/x": {},
		"arn:aws:athena:eu-west-1:1:":          {},
	} {
		service, region, resource, ok := ParseARN(text)
		if got := [3]string{service, region, resource}; got != want || ok != (want[0] != "") {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
	for text, want := range map[string][2]string{
		"https://eu-west-1.console.aws.amazon.com/athena/home?region=eu-west-1#/query-editor": {"athena", "eu-west-1"},
		"https://us-east-1.console.aws.amazon.com/dynamodbv2/home#tables":                     {"dynamodbv2", "us-east-1"},
		"https://evil.example.com/athena/home?region=eu-west-1":                               {},
		"http://eu-west-1.console.aws.amazon.com/athena/home":                                 {},
	} {
		service, region, ok := ParseConsole(text)
		if got := [2]string{service, region}; ok && got != want || ok != (want[0] != "") {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
	for text, want := range map[string][2]string{
		"dynamodb.eu-west-1.amazonaws.com":            {"dynamodb", "eu-west-1"},
		"https://athena.us-east-1.amazonaws.com:443/": {"athena", "us-east-1"},
		"athena.us-east-1.api.aws":                    {"athena", "us-east-1"},
		"sales.reports.example.com":                   {},
		"example.com":                                 {},
	} {
		service, region, ok := ParseServiceHost(text)
		if got := [2]string{service, region}; got != want || ok != (want[0] != "") {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
}
