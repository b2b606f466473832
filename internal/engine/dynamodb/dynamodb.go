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
//	all else, and mixtures   text, marked "json", see below
//
// JSON cells hold plain JSON: S is a string, N a number with all its digits,
// L an array, M an object, NULL is null. What plain JSON cannot hold keeps its
// DynamoDB form as a marker: {"B":"base64"}, {"SS":[...]}, {"NS":["1",...]},
// {"BS":[...]}. A map that would look like a marker is itself marked
// {"M":{...}}, so that nothing is ambiguous and every cell can be read back.
// A NULL attribute is a null cell in a typed column and the text null in a JSON
// column; an attribute that is not there is a null cell in either.
//
// The package knows DynamoDB's API and nothing of where the rows go.
//
//	eng, err := dynamodb.Spec().Open(ctx, session, nil)
//	stream, err := eng.Run(ctx, engine.Statement{Text: `select * from "shop" where pk = 'CUSTOMER#1'`})
package dynamodb

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/fairleadhq/fairlead/internal/engine"
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
		Params: []engine.Param{
			{Name: "consistent_read", Title: "Strong reads", Default: "false", Choices: []string{"false", "true"},
				Help: "Read what was written last, at twice the price; not possible on a global index."},
			{Name: "page_limit", Title: "Items a page",
				Help: "Items to evaluate for each page (1 to 100000); without it a page is 1 MB."},
		},
		Check: func(params map[string]string) error {
			_, err := pageLimit(params)
			return err
		},
		Open: open,
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

func pageLimit(params map[string]string) (int, error) {
	n, _, err := engine.Number(params, "page_limit", 1, 100000)
	return n, err
}

// Close does nothing: an HTTP client is all the engine holds.
func (e *Engine) Close() error { return nil }
