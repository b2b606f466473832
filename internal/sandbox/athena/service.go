// Package athena is the sandbox's Amazon Athena: its wire operations, the
// states and statistics of its executions, its catalogue (also served as
// Glue's read operations) and the files it writes to S3. It runs statements on
// the engine of package duck after package trino has translated them. It
// checks no signatures and knows no client.
//
//	service, err := athena.New(athena.Options{Store: store, Rows: 1000})
//	defer service.Close()
//	answer, err := service.Call(ctx, &wire.Call{Operation: "StartQueryExecution", Body: body})
package athena

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Options choose what the service serves. Store is required.
type Options struct {
	Store     *s3.Store // where tables live and results go
	DataDir   string    // folder of CSV, JSON and Parquet files to serve as database "files"; empty for none
	Rows      int       // rows of sales.orders; default 1,000,000
	Region    string    // default us-east-1
	AccountID string    // default 111122223333

	MemoryLimit string           // of the SQL engine; default 512MB
	Concurrent  int              // statements that run at once, others are QUEUED; default 4
	Now         func() time.Time // default time.Now
}

// Service answers Athena's operations. It is safe for concurrent use.
type Service struct {
	o       Options
	catalog *catalog
	groups  map[string]*workGroup

	ctx    context.Context // ends at Close
	cancel context.CancelFunc
	runs   sync.WaitGroup
	slots  chan struct{}

	open   sync.Once
	db     *sql.DB
	dbErr  error
	tokens []byte    // key of the page tokens
	kept   *s3.Store // results of workgroups whose results Athena manages: no bucket of the account

	mu         sync.Mutex
	executions map[string]*execution
	order      []*execution          // oldest first
	requests   map[string]*execution // by client request token
	prepared   map[string]*preparedStatement
	sizes      map[string]columnSizes // of Parquet files, by fingerprint
}

// keptBucket names, inside kept, where managed results are.
const keptBucket = "managed"

// keepExecutions bounds the history; real Athena keeps 45 days.
const keepExecutions = 10_000

// New prepares the service. The SQL engine starts with the first statement, so
// that a sandbox is up at once and a build without cgo still serves metadata.
func New(o Options) (*Service, error) {
	if o.Store == nil {
		return nil, errors.New("athena: Options.Store is required")
	}
	if o.Rows == 0 {
		o.Rows = 1_000_000
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.AccountID == "" {
		o.AccountID = "111122223333"
	}
	if o.MemoryLimit == "" {
		o.MemoryLimit = "512MB"
	}
	if o.Concurrent == 0 {
		o.Concurrent = 4
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{
		o: o, slots: make(chan struct{}, o.Concurrent), tokens: make([]byte, 16),
		executions: map[string]*execution{}, requests: map[string]*execution{}, prepared: map[string]*preparedStatement{}, sizes: map[string]columnSizes{},
	}
	if _, err := rand.Read(s.tokens); err != nil {
		return nil, err
	}
	if o.DataDir != "" {
		dir, err := filepath.Abs(o.DataDir)
		if err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
		s.o.DataDir = dir
	}
	kept, err := s3.NewStore(filepath.Join(o.Store.Dir(), ".managed"))
	if err == nil {
		err = kept.CreateBucket(keptBucket)
	}
	if err != nil {
		return nil, fmt.Errorf("athena: managed results: %w", err)
	}
	s.kept = kept
	for _, bucket := range []string{s.resultBucket(), dataBucket} {
		if err := o.Store.CreateBucket(bucket); err != nil {
			return nil, fmt.Errorf("athena: bucket %s: %w", bucket, err)
		}
	}
	s.groups = s.workGroups()
	s.catalog = newCatalog(s.o)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close cancels what runs, waits for it and ends the engine.
func (s *Service) Close() error {
	s.cancel()
	s.runs.Wait()
	s.open.Do(func() { s.dbErr = errors.New("the sandbox is closed") })
	if s.db != nil {
		return s.db.Close()
	}
	return nil
}

// engine is the SQL engine, started on first use.
func (s *Service) engine() (*sql.DB, error) {
	s.open.Do(func() {
		dirs := []string{s.o.Store.Dir()}
		if s.o.DataDir != "" {
			dirs = append(dirs, s.o.DataDir)
		}
		s.db, s.dbErr = duck.Open(s.ctx, duck.Options{
			MemoryLimit: s.o.MemoryLimit,
			TempDir:     filepath.Join(s.o.Store.Dir(), ".spill"),
			AllowedDirs: dirs,
			Database:    append(trino.Setup(), s.catalog.setup()...),
		})
	})
	return s.db, s.dbErr
}

// Call answers one operation of the Athena API.
func (s *Service) Call(ctx context.Context, c *wire.Call) (any, error) {
	switch c.Operation {
	case "StartQueryExecution":
		return handle(c, s.startQueryExecution)
	case "GetQueryExecution":
		return handle(c, s.getQueryExecution)
	case "BatchGetQueryExecution":
		return handle(c, s.batchGetQueryExecution)
	case "GetQueryResults":
		return handle(c, s.getQueryResults)
	case "GetQueryRuntimeStatistics":
		return handle(c, s.getQueryRuntimeStatistics)
	case "StopQueryExecution":
		return handle(c, s.stopQueryExecution)
	case "ListQueryExecutions":
		return handle(c, s.listQueryExecutions)
	case "GetWorkGroup":
		return handle(c, s.getWorkGroup)
	case "ListWorkGroups":
		return handle(c, s.listWorkGroups)
	case "CreateWorkGroup":
		return handle(c, s.createWorkGroup)
	case "UpdateWorkGroup":
		return handle(c, s.updateWorkGroup)
	case "DeleteWorkGroup":
		return handle(c, s.deleteWorkGroup)
	case "ListEngineVersions":
		return map[string]any{"EngineVersions": []any{engineVersion()}}, nil
	case "ListNamedQueries":
		return map[string]any{"NamedQueryIds": []string{}}, nil
	case "GetNamedQuery":
		return nil, invalid("INVALID_INPUT", "NamedQuery was not found")
	}
	return s.callMetadata(ctx, c)
}

// callMetadata answers the operations on the catalogue and on prepared
// statements.
func (s *Service) callMetadata(_ context.Context, c *wire.Call) (any, error) {
	switch c.Operation {
	case "ListDataCatalogs":
		return handle(c, s.listDataCatalogs)
	case "GetDataCatalog":
		return handle(c, s.getDataCatalog)
	case "ListDatabases":
		return handle(c, s.listDatabases)
	case "GetDatabase":
		return handle(c, s.getDatabase)
	case "ListTableMetadata":
		return handle(c, s.listTableMetadata)
	case "GetTableMetadata":
		return handle(c, s.getTableMetadata)
	case "CreatePreparedStatement":
		return handle(c, s.createPreparedStatement)
	case "UpdatePreparedStatement":
		return handle(c, s.updatePreparedStatement)
	case "GetPreparedStatement":
		return handle(c, s.getPreparedStatement)
	case "ListPreparedStatements":
		return handle(c, s.listPreparedStatements)
	case "DeletePreparedStatement":
		return handle(c, s.deletePreparedStatement)
	}
	return nil, &wire.Error{Code: "UnknownOperationException", Message: "the sandbox's Athena has no operation " + c.Operation}
}

// handle decodes the document of a call for the method that answers it.
func handle[In any](c *wire.Call, answer func(*wire.Call, In) (any, error)) (any, error) {
	var in In
	if len(c.Body) > 0 {
		if err := json.Unmarshal(c.Body, &in); err != nil {
			return nil, wire.Fail("SerializationException", err.Error())
		}
	}
	return answer(c, in)
}

// invalid is Athena's InvalidRequestException with its own finer code.
func invalid(code, format string, args ...any) *wire.Error {
	return &wire.Error{Code: "InvalidRequestException", Message: fmt.Sprintf(format, args...), Fields: map[string]any{"AthenaErrorCode": code}}
}

// seconds is how the JSON protocol writes a time.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
