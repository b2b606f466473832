package athena

import (
	"context"
	"maps"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// define runs CREATE, DROP and MSCK.
func (j *job) define(ctx context.Context, st *trino.Statement) error {
	release, err := j.catalog.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	switch st.Verb {
	case trino.CreateDatabase:
		return j.createDatabase(ctx, st)
	case trino.DropDatabase:
		return j.dropDatabase(ctx, st)
	case trino.CreateTable:
		return j.createTable(st)
	case trino.CreateView:
		return j.createView(ctx, st)
	case trino.DropTable, trino.DropView:
		return j.drop(ctx, st)
	case trino.RepairTable:
		return j.repair(st)
	case trino.AlterTable, trino.AlterDatabase:
		return j.alter(st)
	}
	return trino.Fail("NOT_SUPPORTED", "the sandbox does not run %s statements", st.Verb)
}

func (j *job) exec(ctx context.Context, statement string) error {
	db, err := j.engine()
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return err
}

func (j *job) createDatabase(ctx context.Context, st *trino.Statement) error {
	name := st.Name.Parts[len(st.Name.Parts)-1]
	if j.catalog.databases[name] != nil {
		if st.IfNotExists {
			return nil
		}
		return trino.Fail("", "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Database %s already exists", name)
	}
	if err := j.exec(ctx, "CREATE SCHEMA "+engineSchema+"."+trino.QuoteName(name)); err != nil {
		return err
	}
	j.catalog.add(name, "")
	return nil
}

func (j *job) dropDatabase(ctx context.Context, st *trino.Statement) error {
	name := st.Name.Parts[len(st.Name.Parts)-1]
	db := j.catalog.databases[name]
	if db == nil {
		if st.IfExists {
			return nil
		}
		return trino.Fail("", "FAILED: SemanticException [Error 10072]: Database does not exist: %s", name)
	}
	if len(db.tables) > 0 && !st.Cascade {
		return trino.Fail("", "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. InvalidOperationException(message:Database %s is not empty. One or more tables exist.)", name)
	}
	if err := j.exec(ctx, "DROP SCHEMA "+engineSchema+"."+trino.QuoteName(name)+" CASCADE"); err != nil {
		return err
	}
	delete(j.catalog.databases, name)
	return nil
}

// place finds the database for a new table or view, which must not exist yet.
func (j *job) place(name trino.Name) (db *database, table string, exists bool, err error) {
	parts, err := j.catalog.qualify(name, j.x.catalog, j.x.database)
	if err != nil {
		return nil, "", false, err
	}
	if parts[0] != engineSchema {
		return nil, "", false, trino.Fail("NOT_SUPPORTED", "This connector does not support creating tables or views")
	}
	db = j.catalog.databases[parts[1]]
	if db == nil {
		return nil, "", false, trino.Fail("SCHEMA_NOT_FOUND", "Schema %s not found", parts[1])
	}
	if db.name == filesSchema && j.o.DataDir != "" {
		return nil, "", false, trino.Fail("PERMISSION_DENIED", "database %s only shows the files of %s", filesSchema, j.o.DataDir)
	}
	_, exists = db.tables[parts[2]]
	return db, parts[2], exists, nil
}

// createTable files an external table; its files are looked at when it is read.
func (j *job) createTable(st *trino.Statement) error {
	db, name, exists, err := j.place(st.Name)
	if err != nil {
		return err
	}
	if exists {
		if st.IfNotExists {
			return nil
		}
		return trino.Fail("", "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. AlreadyExistsException(message:Table %s already exists.)", name)
	}
	if st.Location == "" {
		return trino.Fail("", "FAILED: SemanticException table is not partitioned but no LOCATION is given: an external table needs LOCATION 's3://bucket/prefix/'")
	}
	bucket, _, err := splitLocation(st.Location)
	if err != nil || !j.o.Store.HasBucket(bucket) {
		return trino.Fail("", "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. MetaException(message:Got exception: the bucket of %s does not exist)", st.Location)
	}
	t := &table{
		database: db.name, name: name, columns: st.Columns, partitions: st.Partitions, location: folder(st.Location),
		format: tableFormat(st), delimiter: st.Delimiter, params: maps.Clone(st.Props), created: j.o.Now(),
	}
	for _, key := range []string{"field.delim", "separatorchar", "serialization.format"} {
		if d := st.Props[key]; d != "" && d != "1" {
			t.delimiter = d
			delete(t.params, key)
		}
	}
	t.params["EXTERNAL"] = "TRUE"
	db.tables[name] = t
	return nil
}

// tableFormat reads STORED AS and ROW FORMAT SERDE.
func tableFormat(st *trino.Statement) string {
	both := strings.ToLower(st.Format + " " + st.Serde)
	switch {
	case strings.Contains(both, "parquet"):
		return "PARQUET"
	case strings.Contains(both, "json"):
		return "JSON"
	case strings.Contains(both, "opencsv"):
		return "CSV"
	}
	return "TEXTFILE"
}

func folder(location string) string {
	if strings.HasSuffix(location, "/") {
		return location
	}
	return location + "/"
}

func (j *job) createView(ctx context.Context, st *trino.Statement) error {
	db, name, exists, err := j.place(st.Name)
	if err != nil {
		return err
	}
	if exists && (!st.Replace || db.tables[name].view == "") {
		return trino.Fail("ALREADY_EXISTS", "line 1:1: View already exists: '%s.%s.%s'", engineSchema, db.name, name)
	}
	conn, err := j.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := j.planHeld(ctx, conn, st)
	if err != nil {
		return err
	}
	if err := checkNames(p.columns); err != nil {
		return err
	}
	database := j.x.database
	if database == "" {
		database = "default"
	}
	old := db.tables[name]
	t := &table{database: db.name, name: name, view: st.Body(), viewDatabase: database, created: j.o.Now()}
	db.tables[name] = t
	if err := j.prepareView(ctx, t); err != nil {
		db.tables[name] = old
		if old == nil {
			delete(db.tables, name)
		}
		return err
	}
	return nil
}

// checkNames refuses columns without a name or with one twice, which a table
// or view cannot have.
func checkNames(columns []resultColumn) error {
	seen := map[string]bool{}
	for i, c := range columns {
		key := strings.ToLower(c.Name)
		if strings.HasPrefix(key, "_col") && c.Unnamed {
			return trino.Fail("MISSING_COLUMN_NAME", "line 1:1: Column name not specified at position %d", i+1)
		}
		if seen[key] {
			return trino.Fail("DUPLICATE_COLUMN_NAME", "line 1:1: Column name '%s' specified more than once", c.Name)
		}
		seen[key] = true
	}
	return nil
}

func (j *job) drop(ctx context.Context, st *trino.Statement) error {
	t, err := j.catalog.lookup(st.Name, j.x.catalog, j.x.database)
	if err != nil {
		if st.IfExists {
			return nil
		}
		return trino.Fail("", "FAILED: SemanticException [Error 10001]: Table not found %s", strings.Join(st.Name.Parts, "."))
	}
	isView := t.view != ""
	switch {
	case t.federated != "":
		return trino.Fail("NOT_SUPPORTED", "This connector does not support dropping tables")
	case isView && st.Verb == trino.DropTable:
		return trino.Fail("", "FAILED: SemanticException [Error 10005]: Cannot drop a view with DROP TABLE")
	case !isView && st.Verb == trino.DropView:
		return trino.Fail("", "FAILED: SemanticException [Error 10004]: Cannot drop a base table with DROP VIEW")
	case t.database == filesSchema && t.location == "":
		return trino.Fail("PERMISSION_DENIED", "database %s only shows the files of %s", filesSchema, j.o.DataDir)
	}
	if t.made != "" {
		if err := j.exec(ctx, "DROP VIEW IF EXISTS "+t.duckName()); err != nil {
			return err
		}
	}
	delete(j.catalog.databases[t.database].tables, t.name)
	return nil
}
