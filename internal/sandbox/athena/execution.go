package athena

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// State of an execution.
type state string

const (
	queued    state = "QUEUED"
	running   state = "RUNNING"
	succeeded state = "SUCCEEDED"
	failed    state = "FAILED"
	cancelled state = "CANCELLED"
)

// execution is one statement on its way. The fields up to mu are fixed when it
// starts.
type execution struct {
	id        string
	sql       string
	statement *trino.Statement
	params    []string
	catalog   string
	database  string
	group     *workGroup
	location  string // s3 prefix that results go under, ending in a slash
	config    map[string]any
	store     *s3.Store      // what location is in
	reuseAge  *time.Duration // how old a reused result may be, nil for none
	submitted time.Time
	cancel    context.CancelFunc

	mu        sync.Mutex
	state     state
	reason    string
	failure   *failure
	started   time.Time // left the queue
	planned   time.Time // translated and bound
	completed time.Time
	outcome   outcome
}

// outcome is what a statement left behind.
type outcome struct {
	columns  []resultColumn
	key      string // object key of the result, "" while there is none
	header   bool   // the first line of the result holds the column names
	update   *int64 // rows written by CTAS and INSERT
	manifest string // s3 location of the list of files written

	manifestKey string // and its key
	scanned     int64
	rowsIn      int64
	rowsOut     int64

	federated bool      // a data catalogue other than the account's was read
	reused    bool      // the result of an earlier execution
	made      time.Time // when the rows of a reused result were
}

type resultColumn struct {
	Name    string
	Type    trino.Type
	Hive    bool // of a SHOW or DESCRIBE, which answer with Hive's "string"
	Unnamed bool // _col0 because the query gives none
}

// failure is AthenaError. Types are those of
// docs.aws.amazon.com/athena/latest/ug/error-reference.html.
type failure struct {
	category, kind int
	retryable      bool
	message        string
}

func (x *execution) snapshot(now time.Time) map[string]any {
	x.mu.Lock()
	defer x.mu.Unlock()
	status := map[string]any{"State": x.state, "SubmissionDateTime": seconds(x.submitted)}
	if x.reason != "" {
		status["StateChangeReason"] = x.reason
	}
	if x.failure != nil {
		status["AthenaError"] = map[string]any{
			"ErrorCategory": x.failure.category, "ErrorType": x.failure.kind, "Retryable": x.failure.retryable, "ErrorMessage": x.failure.message,
		}
	}
	if !x.completed.IsZero() {
		status["CompletionDateTime"] = seconds(x.completed)
	}
	doc := map[string]any{
		"QueryExecutionId": x.id, "Query": x.sql, "StatementType": x.statement.Type(), "SubstatementType": string(x.statement.Verb),
		"WorkGroup": x.group.name, "EngineVersion": engineVersion(), "Status": status,
		"QueryExecutionContext":    x.context(),
		"ResultReuseConfiguration": map[string]any{"ResultReuseByAgeConfiguration": x.reuseConfiguration()},
		"Statistics":               x.statistics(now),
	}
	if x.group.managed {
		doc["ManagedQueryResultsConfiguration"] = map[string]any{"Enabled": true}
	} else {
		doc["ResultConfiguration"] = x.resultConfiguration()
	}
	if len(x.params) > 0 {
		doc["ExecutionParameters"] = x.params
	}
	return map[string]any{"QueryExecution": doc}
}

func (x *execution) context() map[string]any {
	out := map[string]any{}
	if x.catalog != "" {
		out["Catalog"] = x.catalog
	}
	if x.database != "" {
		out["Database"] = x.database
	}
	return out
}

func (x *execution) resultConfiguration() map[string]any {
	out := maps.Clone(x.config)
	if out == nil {
		out = map[string]any{}
	}
	out["OutputLocation"] = x.location + x.id + x.extension()
	if bucket, _, err := splitLocation(x.location); x.outcome.reused && err == nil {
		out["OutputLocation"] = "s3://" + bucket + "/" + x.outcome.key
	}
	return out
}

func (x *execution) reuseConfiguration() map[string]any {
	if x.reuseAge == nil {
		return map[string]any{"Enabled": false}
	}
	return map[string]any{"Enabled": true, "MaxAgeInMinutes": int(x.reuseAge.Minutes())}
}

// extension of the result object: .csv for what Trino answers, .txt for DDL
// and utility statements.
func (x *execution) extension() string {
	if x.statement.Type() == "DML" {
		return ".csv"
	}
	return ".txt"
}

// statistics follow the clock: the stages lie end to end and add up to the
// total.
func (x *execution) statistics(now time.Time) map[string]any {
	end := x.completed
	if end.IsZero() {
		end = now
	}
	started, planned := x.started, x.planned
	if started.IsZero() {
		started = end
	}
	if planned.IsZero() {
		planned = end
	}
	millis := func(d time.Duration) int64 { return max(0, d.Milliseconds()) }
	out := map[string]any{
		"DataScannedInBytes":               x.outcome.scanned,
		"QueryQueueTimeInMillis":           millis(started.Sub(x.submitted)),
		"EngineExecutionTimeInMillis":      millis(end.Sub(started)),
		"QueryPlanningTimeInMillis":        millis(planned.Sub(started)),
		"TotalExecutionTimeInMillis":       millis(end.Sub(x.submitted)),
		"ServicePreProcessingTimeInMillis": 0,
		"ServiceProcessingTimeInMillis":    0,
		"ResultReuseInformation":           map[string]any{"ReusedPreviousResult": x.outcome.reused},
	}
	if x.outcome.manifest != "" && !x.group.managed {
		out["DataManifestLocation"] = x.outcome.manifest
	}
	return out
}

type executionIn struct{ QueryExecutionId string }

func (s *Service) find(id string) (*execution, error) {
	if len(id) < 1 || len(id) > 128 {
		return nil, constraint("queryExecutionId", id, "Member must have length less than or equal to 128")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.executions[id]; x != nil {
		return x, nil
	}
	return nil, invalid("INVALID_INPUT", "QueryExecution %s was not found", id)
}

func (s *Service) getQueryExecution(_ *wire.Call, in executionIn) (any, error) {
	x, err := s.find(in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	return x.snapshot(s.o.Now()), nil
}

// mostBatch is the limit of BatchGetQueryExecution.
const mostBatch = 50

func (s *Service) batchGetQueryExecution(_ *wire.Call, in struct{ QueryExecutionIds []string }) (any, error) {
	if n := len(in.QueryExecutionIds); n < 1 || n > mostBatch {
		return nil, constraint("queryExecutionIds", in.QueryExecutionIds, "Member must have length less than or equal to %d", mostBatch)
	}
	found, missing := []any{}, []any{}
	for _, id := range in.QueryExecutionIds {
		x, err := s.find(id)
		if err != nil {
			missing = append(missing, map[string]any{"QueryExecutionId": id, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "QueryExecution " + id + " was not found"})
			continue
		}
		doc := x.snapshot(s.o.Now())
		found = append(found, doc["QueryExecution"])
	}
	return map[string]any{"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}, nil
}

func (s *Service) stopQueryExecution(_ *wire.Call, in executionIn) (any, error) {
	x, err := s.find(in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	x.cancel() // of no effect once it has ended
	return map[string]any{}, nil
}

func (s *Service) listQueryExecutions(_ *wire.Call, in listIn) (any, error) {
	g, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	var ids []any
	for _, x := range slices.Backward(s.order) {
		if x.group.name == g.name {
			ids = append(ids, x.id)
		}
	}
	s.mu.Unlock()
	in.WorkGroup = g.name
	return s.page("QueryExecutionIds", ids, in, 50)
}

func (s *Service) getQueryRuntimeStatistics(_ *wire.Call, in executionIn) (any, error) {
	x, err := s.find(in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	timeline := x.statistics(s.o.Now())
	for _, other := range []string{"DataScannedInBytes", "ResultReuseInformation", "DataManifestLocation"} {
		delete(timeline, other)
	}
	out := map[string]any{"Timeline": timeline}
	if x.state == succeeded {
		out["Rows"] = map[string]any{"InputBytes": x.outcome.scanned, "InputRows": x.outcome.rowsIn, "OutputRows": x.outcome.rowsOut, "OutputBytes": s.resultSize(x)}
	}
	return map[string]any{"QueryRuntimeStatistics": out}, nil
}
