//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fairleadhq/fairlead/internal/awscli"
)

// dynamodbImport writes items of 300 bytes into a table of the sandbox: a
// hundred thousand for the rate and the memory, and a few beside a loop of
// `aws dynamodb batch-write-item`, as people import without a tool.
func (b *bench) dynamodbImport() error {
	many, err := b.importLines("many.jsonl", 100_000)
	if err != nil {
		return err
	}
	return b.withSandbox(func(r ready) error {
		ours := func(file string) command {
			return command{label: "fairlead dynamodb import", env: environ(r.Env),
				args: []string{b.fairlead, "dynamodb", "import", "dynamodb://static@us-east-1", "--table", "copy", file, "--quiet"}}
		}
		fmt.Printf("\nDynamoDB, 100,000 items of 300 bytes imported into the sandbox (3 runs)\n")
		var all []sample
		for range 3 {
			s, err := ours(many).once()
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		show("fairlead dynamodb import", all)
		return b.importBesideCLI(r, ours)
	}, "--rows", "1000")
}

// besideCLI is how many items both write: twenty calls of the CLI take long enough.
const besideCLI = 500

func (b *bench) importBesideCLI(r ready, ours func(string) command) error {
	aws, err := awscli.Find(context.Background(), filepath.Join(b.out, "awscli"))
	if errors.Is(err, awscli.ErrNone) {
		fmt.Println("\nDynamoDB import beside the AWS CLI: not measured:", err)
		return nil
	}
	if err != nil {
		return err
	}
	few, err := b.importLines("few.jsonl", besideCLI)
	if err != nil {
		return err
	}
	folder := filepath.Join(b.out, "batches")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for at := 0; at < besideCLI; at += 25 {
		var puts []string
		for i := at; i < at+25; i++ {
			puts = append(puts, `{"PutRequest":{"Item":`+typedLine(i)+`}}`)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%05d.json", at)), []byte(`{"copy":[`+strings.Join(puts, ",")+`]}`), 0o644); err != nil {
			return err
		}
	}
	loop := `for f in "$1"/*.json; do "$2" dynamodb batch-write-item --request-items "file://$f" --profile static --region us-east-1 --endpoint-url "$3" || exit 1; done`
	theirs := command{label: "aws dynamodb batch-write-item, a loop", env: environ(r.Env), args: []string{"sh", "-c", loop, "sh", folder, aws, r.Endpoint}}
	one := *b
	one.pairs = min(b.pairs, 3)
	return one.compare(fmt.Sprintf("DynamoDB, %d items imported", besideCLI), ours(few), theirs, "at most 1/5")
}

// importLines writes a file of plain items.
func (b *bench) importLines(name string, items int) (string, error) {
	var text bytes.Buffer
	for i := range items {
		fmt.Fprintf(&text, `{"pk":"CUSTOMER#%07d","sk":"ORDER#%012d","total":%d.25,"open":true,"note":"%s","lines":[{"sku":"SKU-%d","qty":%d},{"sku":"SKU-%d","qty":2}]}`+"\n",
			i*7919%1000003, i, i, strings.Repeat("x", 120), i, i%9, i+1)
	}
	file := filepath.Join(b.out, name)
	return file, os.WriteFile(file, text.Bytes(), 0o644)
}

// typedLine is the same item as the CLI takes it.
func typedLine(i int) string {
	return fmt.Sprintf(`{"pk":{"S":"CUSTOMER#%07d"},"sk":{"S":"ORDER#%012d"},"total":{"N":"%d.25"},"open":{"BOOL":true},"note":{"S":"%s"},"lines":{"L":[{"M":{"sku":{"S":"SKU-%d"},"qty":{"N":"%d"}}},{"M":{"sku":{"S":"SKU-%d"},"qty":{"N":"2"}}}]}}`,
		i*7919%1000003, i, i, strings.Repeat("x", 120), i, i%9, i+1)
}
