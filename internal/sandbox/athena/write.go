package athena

import (
	"context"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// createTableAs writes the rows of a query as Parquet (or the format asked
// for) under the table's location, then files the table.
func (j *job) createTableAs(ctx context.Context, st *trino.Statement) error {
	format, err := writeFormat(st)
	if err != nil {
		return err
	}
	codec, err := writeCodec(st, format)
	if err != nil {
		return err
	}
	db, name, err := j.newTable(ctx, st, nil)
	if db == nil || err != nil {
		return err
	}
	conn, err := j.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := j.plan(ctx, conn, st)
	if err != nil {
		return err
	}
	if err := checkNames(p.columns); err != nil {
		return err
	}
	location := st.Location
	if location == "" && j.x.group.managed {
		return trino.Fail("INVALID_TABLE_PROPERTY", "line 1:1: Table property 'external_location' is required in a workgroup whose query results are managed")
	}
	if location == "" {
		location = j.x.location + "tables/" + j.x.id + "/"
	}
	if err := j.emptyLocation(location); err != nil {
		return err
	}
	t := &table{database: db.name, name: name, location: folder(location), format: format, codec: codec, delimiter: st.Props["field_delimiter"], created: j.o.Now(), params: map[string]string{"EXTERNAL": "TRUE"}}
	for _, c := range p.columns {
		column := trino.Column{Name: strings.ToLower(c.Name), Type: c.Type}
		if slices.Contains(st.Partitioned, column.Name) {
			t.partitions = append(t.partitions, column)
		} else {
			t.columns = append(t.columns, column)
		}
	}
	rows, files, err := j.writeFiles(ctx, conn, p, t)
	if err != nil {
		return err
	}
	t.addWritten(files)
	j.out.update, j.out.rowsOut = &rows, rows
	_, _, err = j.newTable(ctx, st, t)
	return err
}

// addWritten makes the partitions known that new files lie in.
func (t *table) addWritten(files []string) {
	if len(t.partitions) == 0 {
		return
	}
	for _, file := range files {
		if values, ok := t.valuesOf(strings.TrimPrefix(file, t.location)); ok {
			t.addPartition(values, "")
		}
	}
}

// newTable checks that a table of the statement's name may be made, and files
// t under it when it is given. The database is nil when the table exists and
// IF NOT EXISTS allows that.
func (j *job) newTable(ctx context.Context, st *trino.Statement, t *table) (*database, string, error) {
	release, err := j.catalog.hold(ctx)
	if err != nil {
		return nil, "", err
	}
	defer release()
	db, name, exists, err := j.place(st.Name)
	if err != nil {
		return nil, "", err
	}
	if exists {
		if st.IfNotExists {
			j.out.update = new(int64)
			return nil, "", nil
		}
		return nil, "", trino.Fail("TABLE_ALREADY_EXISTS", "line 1:1: Destination table '%s.%s.%s' already exists", engineSchema, db.name, name)
	}
	if t != nil {
		db.tables[name] = t
	}
	return db, name, nil
}

// insert adds a file of rows to a table.
func (j *job) insert(ctx context.Context, st *trino.Statement) error {
	t, _, err := j.resolve(ctx, st.Name)
	if err != nil {
		return err
	}
	if t == nil || t.view != "" || t.location == "" {
		return trino.Fail("NOT_SUPPORTED", "line 1:1: Inserting into views and files of the data folder is not supported")
	}
	if t.format == "CSV" {
		return trino.Fail("NOT_SUPPORTED", "the sandbox does not insert into tables of the OpenCSV SerDe")
	}
	conn, err := j.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := j.plan(ctx, conn, st)
	if err != nil {
		return err
	}
	if err := fitColumns(t, st, p); err != nil {
		return err
	}
	rows, files, err := j.writeFiles(ctx, conn, p, t)
	if err != nil {
		return err
	}
	j.out.update, j.out.rowsOut = &rows, rows
	if len(t.partitions) == 0 {
		return nil
	}
	release, err := j.catalog.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if t, err = j.catalog.lookup(st.Name, j.x.catalog, j.x.database); err == nil { // not dropped meanwhile
		t.addWritten(files)
	}
	return nil
}

// fitColumns gives the query's columns the names and types of the table's, in
// the order of INSERT INTO t (...); columns not named are NULL.
func fitColumns(t *table, st *trino.Statement, p *plan) error {
	all := t.allColumns()
	targets := all
	if len(st.Insert) > 0 {
		targets = nil
		for _, name := range st.Insert {
			at := slices.IndexFunc(all, func(c trino.Column) bool { return c.Name == name })
			if at < 0 {
				return trino.Fail("COLUMN_NOT_FOUND", "line 1:1: Insert column name does not exist in target table: %s", name)
			}
			targets = append(targets, all[at])
		}
	}
	if len(targets) != len(p.columns) {
		return mismatchedTypes(targets, p.columns)
	}
	for i, c := range p.columns {
		if !assignable(c.Type, targets[i].Type) {
			return mismatchedTypes(targets, p.columns)
		}
	}
	for i := range p.columns {
		p.columns[i] = resultColumn{Name: targets[i].Name, Type: targets[i].Type}
	}
	if len(targets) < len(all) {
		for _, c := range all {
			if !slices.ContainsFunc(targets, func(t trino.Column) bool { return t.Name == c.Name }) {
				p.columns = append(p.columns, resultColumn{Name: c.Name, Type: c.Type})
				p.query = p.query.WithNull()
			}
		}
	}
	return nil
}

// assignable follows Trino's coercions as far as a wrong one would lose rows:
// text does not become a number. An integer may be the engine's type for a
// NULL, so it fits anywhere.
func assignable(from, to trino.Type) bool {
	if from.Kind == trino.Unknown || from.Kind == trino.Integer || from.Kind == to.Kind {
		return true
	}
	text := func(t trino.Type) bool { return t.Kind == trino.Varchar || t.Kind == trino.Char }
	number := func(t trino.Type) bool {
		switch t.Kind {
		case trino.TinyInt, trino.SmallInt, trino.Integer, trino.BigInt, trino.Real, trino.Double, trino.Decimal:
			return true
		}
		return false
	}
	moment := func(t trino.Type) bool {
		return t.Kind == trino.Date || t.Kind == trino.Timestamp || t.Kind == trino.TimestampTZ
	}
	return text(from) && text(to) || number(from) && number(to) || moment(from) && moment(to)
}

func mismatchedTypes(targets []trino.Column, columns []resultColumn) error {
	var want, got []string
	for _, c := range targets {
		want = append(want, c.Type.String())
	}
	for _, c := range columns {
		got = append(got, c.Type.String())
	}
	return trino.Fail("TYPE_MISMATCH", "line 1:1: Insert query has mismatched column types: Table: [%s], Query: [%s]", strings.Join(want, ", "), strings.Join(got, ", "))
}

// unload writes the rows of a query as files under an empty prefix.
func (j *job) unload(ctx context.Context, st *trino.Statement) error {
	format, err := writeFormat(st)
	if err != nil {
		return err
	}
	codec, err := writeCodec(st, format)
	if err != nil {
		return err
	}
	if st.Props["format"] == "" {
		return trino.Fail("INVALID_UNLOAD_PROPERTY", "The 'format' property is required for UNLOAD")
	}
	if err := j.emptyLocation(st.Location); err != nil {
		return err
	}
	conn, err := j.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := j.plan(ctx, conn, st)
	if err != nil {
		return err
	}
	t := &table{location: folder(st.Location), format: format, codec: codec, delimiter: st.Props["field_delimiter"]}
	for _, c := range p.columns {
		if slices.Contains(st.Partitioned, strings.ToLower(c.Name)) {
			t.partitions = append(t.partitions, trino.Column{Name: strings.ToLower(c.Name), Type: c.Type})
		}
	}
	rows, _, err := j.writeFiles(ctx, conn, p, t)
	if err != nil {
		return err
	}
	j.out.rowsOut = rows
	return nil
}

// prepared runs PREPARE, EXECUTE and DEALLOCATE PREPARE.
func (j *job) prepared(ctx context.Context, st *trino.Statement) error {
	name := st.Name.Parts[len(st.Name.Parts)-1]
	key := preparedKey(j.x.group.name, name)
	if st.Verb == trino.Prepare {
		_, err := j.prepareStatement(preparedIn{StatementName: name, WorkGroup: j.x.group.name, QueryStatement: st.Body()}, false)
		if err != nil {
			return trino.Fail("", "%s", err.Error())
		}
		return nil
	}
	j.mu.Lock()
	statement := j.Service.prepared[key]
	if st.Verb == trino.Deallocate {
		delete(j.Service.prepared, key)
	}
	j.mu.Unlock()
	if statement == nil {
		return trino.Fail("NOT_FOUND", "PreparedStatement %s was not found in workGroup %s", name, j.x.group.name)
	}
	if st.Verb == trino.Deallocate {
		return nil
	}
	inner, err := trino.Parse(statement.sql)
	if err != nil {
		return err
	}
	if len(st.Params) > 0 {
		j.params = st.Params
	}
	return j.do(ctx, inner)
}
