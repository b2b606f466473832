// Package athena runs statements on Amazon Athena: it starts a query, waits for
// it, and reads its result by the cheapest way: small ones from the page API,
// large ones from the object in S3 by several ranges at once. A query that
// nobody waits for any more is stopped in Athena too.
//
// It knows Athena's API and nothing of where the rows go or how the
// credentials came about.
//
//	eng, err := athena.Spec().Open(ctx, session, map[string]string{"database": "sales"})
//	stream, err := eng.Run(ctx, engine.Statement{Text: "select count(*) from orders"})
package athena

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/athena"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/s3object"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

const (
	service   = "Athena"
	mostReuse = 10080 // minutes, a week: Athena's limit

	usualRanges = 6  // of a result object, read at once
	mostRanges  = 16 // each takes up to 2 MiB of memory, more while it is read
)

// Ways to fetch a result.
const (
	fetchAuto   = "auto"
	fetchPages  = "pages"
	fetchS3     = "s3"
	fetchUnload = "unload"
)

// Spec declares the engine.
func Spec() engine.Spec {
	return engine.Spec{
		Kind:    "athena",
		Title:   "Amazon Athena",
		Dialect: sqltext.Trino,
		// Athena acts with its caller's rights: a result must be written to S3, so
		// that stays allowed; the catalog can only be read.
		ReadPolicy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["athena:StartQueryExecution","athena:StopQueryExecution","athena:Get*","athena:BatchGet*","athena:List*","glue:Get*","glue:BatchGet*","glue:Search*","s3:Get*","s3:List*","s3:PutObject","s3:AbortMultipartUpload","s3tables:Get*","s3tables:List*","lakeformation:GetDataAccess","lambda:InvokeFunction","kms:Decrypt","kms:GenerateDataKey","kms:DescribeKey"],"Resource":"*"}]}`,
		Path:       []string{"catalog", "database"},
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
			{Name: "fetch", Title: "Fetch", Default: fetchAuto, Choices: []string{fetchAuto, fetchPages, fetchS3, fetchUnload},
				Help: "How rows are fetched: by the page API, from the result in S3, or by an UNLOAD to Parquet; auto takes pages for small results and S3 for large ones."},
			{Name: "fetch_ranges", Title: "Ranges at once", Default: strconv.Itoa(usualRanges),
				Help: "How many parts of a large result in S3 are read at once (1 to 16)."},
			{Name: "max_scan", Title: "Most to scan",
				Help: "Stop a statement that reads more than this, such as 10GB; --max-scan wins over it."},
			{Name: "price_per_tb", Title: "Price per TB",
				Help: "Price in USD of a TB scanned, where the region's list price is not yours or has changed, such as 4.25."},
		},
		Check: check,
		Parse: parse,
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
	fetch    string
	ranges   int     // of a result object, read at once
	maxScan  int64   // bytes a statement may read; 0 for any amount
	price    float64 // USD for a TB scanned; negative when it is not known
	ownPrice bool    // price is the connection's, not the list's
	poller   *poller
	objects  *s3object.Client
	glue     *glueClient

	mu    sync.Mutex
	group *workgroup   // read once, when first needed
	shut  *fault.Error // why the workgroup cannot be read
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
	ranges, _, err := engine.Number(p, "fetch_ranges", 1, mostRanges)
	if err != nil {
		return nil, err
	}
	most, _ := parseSize(p["max_scan"])
	client := athena.NewFromConfig(s.Config)
	return &Engine{
		client:   client,
		session:  s,
		catalog:  p["catalog"],
		database: p["database"],
		workname: p["workgroup"],
		output:   p["output_location"],
		reuse:    reuse,
		fetch:    p["fetch"],
		ranges:   ranges,
		maxScan:  most,
		price:    priceOf(s.Region, p["price_per_tb"]),
		ownPrice: p["price_per_tb"] != "",
		poller:   newPoller(client),
		objects:  s3object.New(s),
		glue:     newGlue(s),
	}, nil
}

// check refuses values that Athena would.
func check(params map[string]string) error {
	if _, _, err := engine.Number(params, "result_reuse_minutes", 0, mostReuse); err != nil {
		return err
	}
	if _, _, err := engine.Number(params, "fetch_ranges", 1, mostRanges); err != nil {
		return err
	}
	if text := params["max_scan"]; text != "" {
		if _, ok := parseSize(text); !ok {
			return fault.Newf(fault.Config, "max_scan cannot be %q", text).WithRemedy("give a size such as 500MB, 10GB or 1TB")
		}
	}
	if text := params["price_per_tb"]; text != "" {
		if p, err := strconv.ParseFloat(text, 64); err != nil || !(p >= 0) || p > 1e6 {
			return fault.Newf(fault.Config, "price_per_tb cannot be %q", text).WithRemedy("give a price in USD such as 5.00")
		}
	}
	place := params["output_location"]
	bucket, isS3 := strings.CutPrefix(place, "s3://")
	if place != "" && (!isS3 || bucket == "" || bucket[0] == '/') {
		return fault.Newf(fault.Config, "output_location cannot be %q", place).
			WithRemedy("give a folder in S3: s3://BUCKET/PREFIX/")
	}
	return nil
}

// Close waits for the poller, which ends with the last stream.
func (e *Engine) Close() error {
	e.poller.close()
	return nil
}
