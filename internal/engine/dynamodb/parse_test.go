package dynamodb

import "testing"

func TestWhatIsPastedIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"arn:aws:dynamodb:eu-west-1:111122223333:table/shop":                 "eu-west-1",
		"arn:aws:dynamodb:eu-west-1:111122223333:table/shop/index/by-status": "eu-west-1",
		"dynamodb.us-east-1.amazonaws.com":                                   "us-east-1",
		"https://us-east-1.console.aws.amazon.com/dynamodbv2/home#tables":    "us-east-1",
		"arn:aws:athena:eu-west-1:111122223333:workgroup/primary":            "",
		"arn:aws:dynamodb::111122223333:global-table/shop":                   "",
		"https://us-east-1.console.aws.amazon.com/athena/home":               "",
		"shop": "",
	} {
		if _, region, ok := parse(text); ok != (want != "") || ok && region != want {
			t.Errorf("%q: %q, %v", text, region, ok)
		}
	}
}
