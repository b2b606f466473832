package athena

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// run takes an execution from QUEUED to its end.
func (s *Service) run(ctx context.Context, x *execution) {
	defer s.runs.Done()
	defer x.cancel()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		s.finish(ctx, x, ctx.Err())
		return
	}
	x.mu.Lock()
	x.state, x.started = running, s.o.Now()
	x.mu.Unlock()
	if s.reuse(x) {
		s.finish(ctx, x, nil)
		return
	}
	job := &job{Service: s, x: x, params: x.params}
	err := job.complete(ctx)
	x.mu.Lock()
	x.outcome = job.out
	x.mu.Unlock()
	s.finish(ctx, x, err)
}

func (s *Service) finish(ctx context.Context, x *execution, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.completed = s.o.Now()
	switch {
	case err == nil:
		x.state = succeeded
		return
	case errors.Is(err, errCutoff):
		x.state, x.reason, x.outcome.key = cancelled, err.Error(), ""
		return
	case ctx.Err() != nil:
		x.state, x.reason = cancelled, "Query cancelled by user"
		return
	}
	x.state, x.outcome.key = failed, ""
	var refused *trino.Error
	if errors.As(err, &refused) {
		x.reason = refused.Error()
		x.failure = &failure{category: 2, kind: errorType(refused.Name), message: x.reason}
		return
	}
	x.reason = "GENERIC_INTERNAL_ERROR: " + err.Error()
	if errors.Is(err, duck.ErrUnavailable) {
		x.reason = err.Error()
	}
	x.failure = &failure{category: 1, kind: 1, retryable: false, message: x.reason}
}

// errCutoff ends a query that scans more than its workgroup allows. The service
// cancels it and gives this for a reason.
//
//lint:ignore ST1005 the service's own words
var errCutoff = errors.New("Bytes scanned limit was exceeded")

// limitScan holds what the plan scans against the workgroup's limit. A query
// beyond it has read as much as the limit when it is stopped.
func (j *job) limitScan(ctx context.Context, conn sqlConn, p *plan) error {
	var err error
	if j.out.scanned, j.out.rowsIn, err = j.scanned(ctx, conn, p); err != nil {
		return err
	}
	for _, t := range p.tables {
		j.out.federated = j.out.federated || t.federated != ""
	}
	if limit := j.x.group.cutoff; limit > 0 && j.out.scanned > limit {
		j.out.scanned, j.out.rowsIn = limit, 0
		return errCutoff
	}
	return nil
}

// errorType is the number that the error type reference gives a failure.
func errorType(name string) int {
	switch name {
	case "SYNTAX_ERROR", "COLUMN_NOT_FOUND", "":
		return 1006
	case "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND":
		return 1301
	}
	return 1001
}

// job is one statement being run and what it has produced so far.
type job struct {
	*Service
	x      *execution
	out    outcome
	lines  []string // result of a utility statement
	params []string // values of the ? in the statement
}

// complete runs the statement and stores what it answers. A fault in the
// sandbox's own code fails this statement, not the sandbox.
func (j *job) complete(ctx context.Context) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the sandbox broke on this statement: %v", fault)
		}
	}()
	if err := j.do(ctx, j.x.statement); err != nil {
		return err
	}
	return j.writeRows()
}

// do runs any statement.
func (j *job) do(ctx context.Context, st *trino.Statement) error {
	switch st.Verb {
	case trino.Select:
		return j.selectRows(ctx, st)
	case trino.CreateTableAs:
		return j.createTableAs(ctx, st)
	case trino.Insert:
		return j.insert(ctx, st)
	case trino.Unload:
		return j.unload(ctx, st)
	case trino.Explain:
		return j.explain(ctx, st)
	case trino.Prepare, trino.Execute, trino.Deallocate:
		return j.prepared(ctx, st)
	case trino.ChangeRows:
		if _, _, err := j.resolve(ctx, st.Name); err != nil {
			return err
		}
		return trino.Fail("NOT_SUPPORTED", "Modifying Hive table rows is only supported for transactional tables")
	case trino.ShowDatabases, trino.ShowTables, trino.ShowViews, trino.ShowColumns, trino.ShowPartitions, trino.ShowCreateTable, trino.ShowCreateView, trino.ShowProperties, trino.Describe:
		return j.show(ctx, st)
	}
	return j.define(ctx, st)
}

// plan is a query ready to run.
type plan struct {
	query   *trino.Query
	columns []resultColumn
	tables  []*table // read, through views too
}

// plan resolves, translates and binds the query within a statement.
func (j *job) plan(ctx context.Context, conn *sql.Conn, st *trino.Statement) (*plan, error) {
	return j.planWith(ctx, conn, st, j.resolve)
}

// planHeld is plan for a statement that holds the catalogue already.
func (j *job) planHeld(ctx context.Context, conn *sql.Conn, st *trino.Statement) (*plan, error) {
	return j.planWith(ctx, conn, st, j.resolveHeld)
}

func (j *job) planWith(ctx context.Context, conn *sql.Conn, st *trino.Statement, resolve func(context.Context, trino.Name) (*table, string, error)) (*plan, error) {
	p := &plan{}
	rewriter := &trino.Rewriter{Params: j.params, Table: func(name trino.Name) (string, error) {
		t, text, err := resolve(ctx, name)
		if err != nil || t == nil {
			return text, err
		}
		p.tables = append(p.tables, t.reads()...)
		return t.duckName(), nil
	}}
	for {
		p.tables = nil
		var err error
		if p.query, err = st.Rewrite(rewriter); err != nil {
			return nil, err
		}
		p.columns, err = describe(ctx, conn, p.query)
		if err == nil {
			break
		}
		if !rewriter.Learn(p.query, err) {
			return nil, p.query.Explain(err, len(describeHead))
		}
	}
	j.x.mu.Lock()
	j.x.planned = j.o.Now()
	j.x.mu.Unlock()
	return p, nil
}

const describeHead = "DESCRIBE "

// describe binds a query and reads its columns.
func describe(ctx context.Context, conn *sql.Conn, query *trino.Query) ([]resultColumn, error) {
	rows, err := conn.QueryContext(ctx, describeHead+query.SQL)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []resultColumn
	for rows.Next() {
		var name, typ string
		var null, key, def, extra any
		if err := rows.Scan(&name, &typ, &null, &key, &def, &extra); err != nil {
			return nil, err
		}
		shown := trino.ColumnName(name, len(columns))
		columns = append(columns, resultColumn{Name: shown, Type: trino.DuckType(typ), Unnamed: shown != name || strings.HasPrefix(name, "_col")})
	}
	return columns, rows.Err()
}

// conn is a connection of the engine whose current schema is the statement's
// database.
func (j *job) conn(ctx context.Context) (*sql.Conn, error) {
	db, err := j.engine()
	if err != nil {
		return nil, err
	}
	return db.Conn(ctx)
}

// selectRows runs a query into its CSV object.
func (j *job) selectRows(ctx context.Context, st *trino.Statement) error {
	conn, err := j.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := j.plan(ctx, conn, st)
	if err != nil {
		return err
	}
	for i, zone := range p.query.Zones {
		if i < len(p.columns) {
			p.columns[i].Type = trino.Type{Kind: trino.TimestampTZ, Zone: zone}
		}
	}
	for i := range p.query.Years {
		if i < len(p.columns) && p.columns[i].Type.Kind == trino.IntervalDS {
			p.columns[i].Type.Kind = trino.IntervalYM
		}
	}
	j.out.columns, j.out.header = p.columns, true
	if err := j.limitScan(ctx, conn, p); err != nil {
		return err
	}
	bucket, prefix, err := splitLocation(j.x.location)
	if err != nil {
		return err
	}
	key := prefix + j.x.id + ".csv"
	if err := j.copyCSV(ctx, conn, p, bucket, key); err != nil {
		return err
	}
	j.out.key = key
	return j.writeMetadata(bucket, key, p.columns)
}

// copyCSV has the engine write the rows as Athena prints them: a header line,
// every value quoted, NULL as an empty field without quotes.
func (j *job) copyCSV(ctx context.Context, conn *sql.Conn, p *plan, bucket, key string) error {
	path, err := j.x.store.Create(bucket, key)
	if err != nil {
		return err
	}
	temp, err := j.x.store.Temp(j.x.id)
	if err != nil {
		return err
	}
	names, values, unique := make([]string, len(p.columns)), make([]string, len(p.columns)), map[string]bool{}
	for i, c := range p.columns {
		names[i] = fmt.Sprintf("c%d", i)
		values[i] = trino.Render(names[i], c.Type) + " AS " + trino.QuoteName(c.Name)
		unique[strings.ToLower(c.Name)] = true
	}
	named := len(unique) == len(p.columns) && !unique[""] // else DuckDB would rename columns in the header
	head := "COPY (SELECT " + strings.Join(values, ", ") + " FROM ("
	tail := fmt.Sprintf(") AS q(%s)) TO %s (FORMAT csv, HEADER %t, FORCE_QUOTE *, NULLSTR '')", strings.Join(names, ", "), trino.QuoteText(temp), named)
	result, err := conn.ExecContext(ctx, head+p.query.SQL+tail)
	if err != nil {
		return errors.Join(p.query.Explain(err, len(head)), os.RemoveAll(temp))
	}
	if j.out.rowsOut, err = result.RowsAffected(); err != nil {
		return err
	}
	if !named {
		if temp, err = withHeader(temp, p.columns); err != nil {
			return err
		}
	}
	return os.Rename(temp, path)
}

// withHeader copies a CSV file behind a header line.
func withHeader(path string, columns []resultColumn) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(path), "head-*")
	if err != nil {
		return "", err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = `"` + strings.ReplaceAll(c.Name, `"`, `""`) + `"`
	}
	_, err = out.WriteString(strings.Join(names, ",") + "\n")
	if err == nil {
		_, err = out.ReadFrom(in)
	}
	return out.Name(), errors.Join(err, out.Close(), os.Remove(path))
}
