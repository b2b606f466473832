// Package athena runs statements on Amazon Athena: it starts a query, waits for
// it, and reads its result page by page, one page ahead of the reader. A query
// that nobody waits for any more is stopped in Athena too.
//
// It knows Athena's API and nothing of where the rows go or how the
// credentials came about.
//
//	eng, err := athena.Spec().Open(ctx, session, map[string]string{"database": "sales"})
//	stream, err := eng.Run(ctx, engine.Statement{Text: "select count(*) from orders"})
package athena

import (
	"context"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/athena"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

const (
	service   = "Athena"
	mostReuse = 10080 // minutes, a week: Athena's limit
)

// Spec declares the engine.
func Spec() engine.Spec {
	return engine.Spec{
		Kind:    "athena",
		Title:   "Amazon Athena",
		Dialect: sqltext.Trino,
		Path:    []string{"catalog", "database"},
		Params: []engine.Param{
			{Name: "catalog", Title: "Catalog", Default: ownCatalog,
				Help: "Data catalog that names without one belong to."},
			{Name: "database", Title: "Database",
				Help: "Database that names without one belong to."},
			{Name: "workgroup", Title: "Workgroup", Default: "primary",
				Help: "Workgroup that runs and pays for the queries."},
			{Name: "output_location", Title: "Result location",
				Help: "S3 folder for results, s3://BUCKET/PREFIX/; needed only when the workgroup has none."},
			{Name: "result_reuse_minutes", Title: "Reuse results",
				Help: "Accept an earlier result of the same query up to this many minutes old (0 to 10080)."},
		},
		Check: check,
		Open:  open,
	}
}

// Engine is one connection to Athena. It is safe for concurrent use.
type Engine struct {
	client   *athena.Client
	session  *session.Session
	catalog  string
	database string
	workname string // the workgroup's name
	output   string // output_location, may be empty
	reuse    int    // minutes; 0 means never

	mu    sync.Mutex
	group *workgroup // read once, when first needed
}

func open(_ context.Context, s *session.Session, params map[string]string) (engine.Engine, error) {
	p, err := Spec().Fill(params)
	if err != nil {
		return nil, err
	}
	if err := check(p); err != nil {
		return nil, err
	}
	reuse, _, err := engine.Number(p, "result_reuse_minutes", 0, mostReuse)
	if err != nil {
		return nil, err
	}
	return &Engine{
		client:   athena.NewFromConfig(s.Config),
		session:  s,
		catalog:  p["catalog"],
		database: p["database"],
		workname: p["workgroup"],
		output:   p["output_location"],
		reuse:    reuse,
	}, nil
}

// check refuses values that Athena would.
func check(params map[string]string) error {
	if _, _, err := engine.Number(params, "result_reuse_minutes", 0, mostReuse); err != nil {
		return err
	}
	place := params["output_location"]
	bucket, isS3 := strings.CutPrefix(place, "s3://")
	if place != "" && (!isS3 || bucket == "" || bucket[0] == '/') {
		return fault.Newf(fault.Config, "output_location cannot be %q", place).
			WithRemedy("give a folder in S3: s3://BUCKET/PREFIX/")
	}
	return nil
}

// Close does nothing: an HTTP client is all the engine holds.
func (e *Engine) Close() error { return nil }
