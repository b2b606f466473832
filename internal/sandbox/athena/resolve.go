package athena

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/salesdata"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// resolve finds a table for a statement and makes the engine's view of it
// agree with its files. For a relation that only exists as text, such as
// information_schema.tables, the table is nil. The table is a copy.
func (j *job) resolve(ctx context.Context, name trino.Name) (*table, string, error) {
	release, err := j.catalog.hold(ctx)
	if err != nil {
		return nil, "", err
	}
	defer release()
	return j.resolveHeld(ctx, name)
}

func (j *job) resolveHeld(ctx context.Context, name trino.Name) (*table, string, error) {
	if text, ok, err := j.virtual(ctx, name); ok || err != nil {
		return nil, text, err
	}
	t, err := j.ready(ctx, name, j.x.catalog, j.x.database)
	if err != nil {
		return nil, "", err
	}
	return t.snapshot(), "", nil
}

// snapshot is a copy that stays as it is when the lock is given back.
func (t *table) snapshot() *table {
	c := *t
	c.deps = make([]*table, len(t.deps))
	for i, d := range t.deps {
		c.deps[i] = d.snapshot()
	}
	return &c
}

// ready looks a table up and prepares it. The catalogue is held.
func (s *Service) ready(ctx context.Context, name trino.Name, catalog, database string) (*table, error) {
	if err := s.refreshFiles(ctx); err != nil {
		return nil, err
	}
	t, err := s.catalog.lookup(name, catalog, database)
	if err != nil {
		return nil, err
	}
	return t, s.prepare(ctx, t)
}

// prepare brings the engine's view of a table up to date.
func (s *Service) prepare(ctx context.Context, t *table) error {
	switch {
	case t.federated != "": // the connector's own database keeps it
		return nil
	case t.view != "":
		return s.prepareView(ctx, t)
	case t.location == "":
		return s.prepareData(ctx, t)
	}
	if t.database == salesSchema {
		if err := s.generate(ctx, t); err != nil {
			return err
		}
	}
	return s.prepareFiles(ctx, t)
}

// prepareView translates the view again when what it reads has changed.
func (s *Service) prepareView(ctx context.Context, t *table) error {
	var deps []*table
	var made string
	rewriter := &trino.Rewriter{Table: func(name trino.Name) (string, error) {
		d, err := s.ready(ctx, name, "", t.viewDatabase)
		if err != nil {
			return "", err
		}
		deps = append(deps, d)
		made += d.made + "\n"
		return d.duckName(), nil
	}}
	invalid := func(err error) error {
		return trino.Fail("INVALID_VIEW", "Failed analyzing stored view '%s.%s.%s': %s", engineSchema, t.database, t.name, err.Error())
	}
	for {
		deps, made = nil, ""
		query, err := rewriter.Rewrite(t.view)
		if err != nil {
			return invalid(err)
		}
		made += query.SQL
		if made == t.made {
			return nil
		}
		err = s.makeView(ctx, t, query.SQL)
		if err == nil {
			t.deps, t.made = deps, made
			return s.describeTable(ctx, t)
		}
		if !rewriter.Learn(query, err) {
			return invalid(query.Explain(err, len(viewHead(t))))
		}
	}
}

func viewHead(t *table) string { return "CREATE OR REPLACE VIEW " + t.duckName() + " AS " }

func (s *Service) makeView(ctx context.Context, t *table, query string) error {
	db, err := s.engine()
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, viewHead(t)+query)
	return err
}

// describeTable reads the columns of a view from the engine.
func (s *Service) describeTable(ctx context.Context, t *table) error {
	db, err := s.engine()
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE "+t.duckName()+")")
	if err != nil {
		return err
	}
	defer rows.Close()
	t.columns = nil
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return err
		}
		t.columns = append(t.columns, trino.Column{Name: strings.ToLower(trino.ColumnName(name, len(t.columns))), Type: trino.DuckType(typ)})
	}
	return rows.Err()
}

// generate makes a table of the data set unless its file is there already.
func (s *Service) generate(ctx context.Context, t *table) error {
	known := false
	for _, d := range salesdata.Tables() {
		known = known || d.Name == t.name
	}
	if !known {
		return nil
	}
	bucket, prefix, err := splitLocation(t.location)
	if err != nil {
		return err
	}
	path, err := s.o.Store.Create(bucket, fmt.Sprintf("%s%s-%d.snappy.parquet", prefix, t.name, s.o.Rows))
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	temp, err := s.o.Store.Temp(t.name + "-" + newID())
	if err != nil {
		return err
	}
	// A database of its own: what it needed is given back at once.
	db, err := duck.Open(ctx, duck.Options{
		MemoryLimit: s.o.MemoryLimit, TempDir: filepath.Join(s.o.Store.Dir(), ".spill"), AllowedDirs: []string{s.o.Store.Dir()},
		Database: []string{"SET GLOBAL integer_division = true"},
	})
	if err != nil {
		return err
	}
	err = salesdata.Generate(ctx, db, t.name, s.o.Rows, temp)
	if err = errors.Join(err, db.Close()); err != nil {
		err = errors.Join(err, os.RemoveAll(temp))
		return noSpace(err, s.o.Store.Dir(), s.o.Rows)
	}
	return os.Rename(temp, path)
}

// noSpace says of a failure to write the data set that the disk is full, when
// it is, and leaves any other as it is.
func noSpace(err error, dir string, rows int) error {
	e, ok := duck.AsError(err)
	if !ok {
		return err
	}
	for _, words := range []string{"No space left on device", "not enough space", "Disk quota exceeded", "max_temp_directory_size"} {
		if strings.Contains(e.Message, words) {
			return trino.Fail("HIVE_WRITER_DATA_ERROR", "no space left in %s (the data set needs about %d MB)", dir, max(1, (salesdata.Bytes(rows)+1<<20-1)>>20))
		}
	}
	return err
}

// prepareFiles makes the view over the files under the table's location.
func (s *Service) prepareFiles(ctx context.Context, t *table) error {
	parts, err := s.partsOf(t)
	if err != nil {
		return err
	}
	query := readFiles(t, parts)
	if query == t.made {
		t.parts = parts
		return nil
	}
	if err := s.makeView(ctx, t, query); err != nil {
		if e, ok := duck.AsError(err); ok {
			return trino.Fail("HIVE_BAD_DATA", "Error reading %s: %s", t.location, strings.SplitN(e.Message, "\n", 2)[0])
		}
		return err
	}
	t.made, t.parts = query, parts
	return nil
}

// partsOf lists the files of a table: those under its location, or under the
// locations of its known partitions.
func (s *Service) partsOf(t *table) ([]part, error) {
	if len(t.partitions) == 0 {
		return s.partsUnder(t.location, nil)
	}
	var parts []part
	for i := range t.loaded {
		found, err := s.partsUnder(t.loaded[i].location, t.loaded[i].values)
		if err != nil {
			return nil, err
		}
		parts = append(parts, found...)
	}
	return parts, nil
}

// partsUnder lists the files below a location; names that begin with . or _
// are hidden, as in Hive.
func (s *Service) partsUnder(location string, values []string) ([]part, error) {
	bucket, prefix, err := splitLocation(location)
	if err != nil {
		return nil, err
	}
	objects, err := s.o.Store.List(bucket, prefix)
	if err != nil {
		return nil, trino.Fail("HIVE_METASTORE_ERROR", "Cannot list %s: %s", location, err)
	}
	var parts []part
	for _, o := range objects {
		base := o.Key[strings.LastIndexByte(o.Key, '/')+1:]
		if base == "" || base[0] == '.' || base[0] == '_' || o.Size == 0 {
			continue
		}
		path, err := s.o.Store.Path(bucket, o.Key)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{path: path, size: o.Size, changed: o.Modified, values: values})
	}
	return parts, nil
}

func fingerprint(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%s %d %s\n", p.path, p.size, p.changed.Format(time.RFC3339Nano))
	}
	return b.String()
}
