// Package dynamodb runs PartiQL statements on Amazon DynamoDB and streams the
// items page by page.
//
// Items are ragged, so a table's shape is decided once, by the first page that
// holds items: the columns are the ones the statement names, or for "*" the
// keys and then the page's attributes in the order DynamoDB sent them. When
// more pages follow, a last column "more" takes what does not fit: attributes
// that come up later, and values of another type than their column's. A number
// keeps its digits as text. Types:
//
//	all S, all BOOL, all B   text, boolean, binary
//	all N                    text, marked "number": exact to 38 digits
//	all else, and mixtures   text, marked "json" (package item says how)
//
// A NULL attribute is a null cell in a typed column and the text null in a JSON
// column; an attribute that is not there is a null cell in either. A statement
// that asks for whole rows (engine.FormObjects, FormTyped) gets each item as one
// JSON object instead, where what is not there is absent and NULL is null.
//
// Clauses that DynamoDB's PartiQL does not have (GROUP BY, aggregates, HAVING,
// DISTINCT, AS, LIMIT, ORDER BY on any attribute) are worked out here over what
// the rest of the statement reads, and the statistics say so. A SELECT that
// reads all of a larger table is made as a parallel Scan where Scan has the same
// words.
//
// The package knows DynamoDB's API and nothing of where the rows go.
//
//	eng, err := dynamodb.Spec().Open(ctx, session, nil)
//	stream, err := eng.Run(ctx, engine.Statement{Text: `select * from "shop" where pk = 'CUSTOMER#1'`})
package dynamodb

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

const service = "DynamoDB"

// Spec declares the engine.
func Spec() engine.Spec {
	return engine.Spec{
		Kind:    "dynamodb",
		Title:   "Amazon DynamoDB",
		Dialect: sqltext.PartiQL,
		// kms:Decrypt is what a table encrypted with a key of one's own asks of its reader.
		ReadPolicy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:BatchGetItem","dynamodb:Query","dynamodb:Scan","dynamodb:PartiQLSelect","dynamodb:ConditionCheckItem","dynamodb:Describe*","dynamodb:List*","kms:Decrypt","kms:DescribeKey"],"Resource":"*"}]}`,
		Params: []engine.Param{
			{Name: "consistent_read", Title: "Strong reads", Default: "false", Choices: []string{"false", "true"},
				Help: "Read what was written last, at twice the price; not possible on a global index."},
			{Name: "page_limit", Title: "Items a page",
				Help: "Items to evaluate for each page (1 to 100000); without it a page is 1 MB."},
			{Name: "allow_scan", Title: "Full scans", Default: defaultScan,
				Help: "What a statement that reads a whole table does: never, ask, always, or a size up to which it runs without asking."},
		},
		Check: checkParams,
		Parse: parse,
		Open:  open,
	}
}

// Engine is one connection to DynamoDB. It is safe for concurrent use.
type Engine struct {
	client     *dynamodb.Client
	session    *session.Session
	consistent bool
	limit      int // items evaluated a page; 0 leaves it to DynamoDB

	mu     sync.Mutex
	tables map[string]table // described so far
}

func open(_ context.Context, s *session.Session, params map[string]string) (engine.Engine, error) {
	p, err := Spec().Fill(params)
	if err != nil {
		return nil, err
	}
	limit, err := pageLimit(p)
	if err != nil {
		return nil, err
	}
	return &Engine{
		client:     dynamodb.NewFromConfig(s.Config),
		session:    s,
		consistent: p["consistent_read"] == "true",
		limit:      limit,
		tables:     map[string]table{},
	}, nil
}

// defaultScan is the size up to which a table is read whole without a question:
// 1,280 read units, which is less than a fiftieth of a cent.
const defaultScan = "10MB"

func checkParams(params map[string]string) error {
	if _, err := pageLimit(params); err != nil {
		return err
	}
	value := params["allow_scan"]
	if slices.Contains([]string{"", "never", "ask", "always"}, value) || isSize(value) {
		return nil
	}
	return fault.Newf(fault.Config, "allow_scan cannot be %q", value).
		WithRemedy("give never, ask, always, or a size such as 10MB, up to which a table is read whole without a question")
}

// isSize reports whether text is an amount such as 10MB or 1.5 GB.
func isSize(text string) bool {
	unit := strings.TrimLeft(text, "0123456789.")
	return len(unit) < len(text) && slices.Contains([]string{"", "b", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib"},
		strings.ToLower(strings.TrimSpace(unit)))
}

func pageLimit(params map[string]string) (int, error) {
	n, _, err := engine.Number(params, "page_limit", 1, 100000)
	return n, err
}

// Close does nothing: an HTTP client is all the engine holds.
func (e *Engine) Close() error { return nil }
