package dynamodb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reopen ends a service and starts another on what it kept.
func reopen(t *testing.T, s *Service, o Options) *Service {
	t.Helper()
	if s != nil {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	next, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestStateIsKept(t *testing.T) {
	o := Options{StateDir: filepath.Join(t.TempDir(), "new", "folder")}
	s := reopen(t, nil, o)
	setUp(t, s, [2]string{"CreateTable", createIdx}, [2]string{"CreateTable", createSlow}, [2]string{"CreateTable", createHash},
		putTo("idx", `{"pk":{"S":"æ\n\"<>\u2028"},"sk":{"S":"1"},"g":{"S":"x"},"n":{"N":"-1E-130"},"l":{"S":"l"},"d":{"S":"`+strings.Repeat("y", 200_000)+`"}}`),
		putTo("idx", `{"pk":{"S":"p"},"sk":{"S":"2"},"g":{"S":"x"},"bs":{"BS":["AQ==",""]},"e":{"L":[{"M":{}},{"NULL":true}]}}`),
		[2]string{"UpdateTimeToLive", `{"TableName":"hash","TimeToLiveSpecification":{"AttributeName":"until","Enabled":true}}`},
		[2]string{"TagResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/hash","Tags":[{"Key":"k","Value":"v"}]}`},
		[2]string{"UpdateTable", `{"TableName":"hash","DeletionProtectionEnabled":true,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}`})
	asked := []check{
		{"", "ListTables", `{}`, ""}, {"", "DescribeTable", `{"TableName":"idx"}`, ""}, {"", "DescribeTable", `{"TableName":"slow"}`, ""}, {"", "DescribeTable", `{"TableName":"hash"}`, ""},
		{"", "Scan", `{"TableName":"idx"}`, ""}, {"", "Scan", `{"TableName":"idx","IndexName":"gsi-inc"}`, ""}, {"", "DescribeTimeToLive", `{"TableName":"hash"}`, ""},
		{"", "Query", `{"TableName":"idx","IndexName":"gsi-all","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}}}`, ""},
		{"", "ListTagsOfResource", `{"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/hash"}`, ""},
	}
	answers := func() (out []string) {
		for _, c := range asked {
			got, err := do(s, c.op, c.in)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, got)
		}
		return out
	}
	before := answers()
	for range 2 {
		s = reopen(t, s, o)
		for i, got := range answers() {
			if got != before[i] {
				t.Errorf("%s %s:\n was %s\n  is %s", asked[i].op, asked[i].in, before[i], got)
			}
		}
	}
	left, err := filepath.Glob(filepath.Join(o.StateDir, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files: %v %v", left, err)
	}
}

func TestStateOfTheSeed(t *testing.T) {
	o := Options{StateDir: t.TempDir(), Seed: true}
	s := reopen(t, nil, o)
	s = reopen(t, s, o) // nobody asked for anything: nothing to keep, the seed comes again
	setUp(t, s, [2]string{"DeleteTable", `{"TableName":"events"}`})
	s = reopen(t, s, o)
	run(t, s, []check{{"what was dropped stays so", "ListTables", `{}`, `{"TableNames":["copy","shop"]}`}})
}

func TestBrokenState(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "another file": "pk,sk\n", "another version": `{"DynamoDB":9}` + "\n",
		"cut short":  `{"DynamoDB":1}` + "\n" + `{"Region":"us-east-1","Definition":` + createHash + `,"Items":2}` + "\n" + `{"pk":{"S":"a"}}` + "\n",
		"bad item":   `{"DynamoDB":1}` + "\n" + `{"Region":"us-east-1","Definition":` + createHash + `,"Items":1}` + "\n" + `{"pk":{"N":"1"}}` + "\n",
		"bad schema": `{"DynamoDB":1}` + "\n" + `{"Region":"us-east-1","Definition":{"TableName":"x"},"Items":0}` + "\n",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, stateFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Options{StateDir: dir}); err == nil || !strings.Contains(err.Error(), stateFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{StateDir: file}); err == nil {
		t.Error("a file was taken for the state folder")
	}
}
