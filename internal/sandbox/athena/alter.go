package athena

import (
	"maps"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// alter runs ALTER TABLE and ALTER DATABASE. The catalogue is held.
func (j *job) alter(st *trino.Statement) error {
	if st.Verb == trino.AlterDatabase {
		name := st.Name.Parts[len(st.Name.Parts)-1]
		if j.catalog.databases[name] == nil {
			return trino.Fail("", "FAILED: SemanticException [Error 10072]: Database does not exist: %s", name)
		}
		return nil
	}
	t, err := j.catalog.lookup(st.Name, j.x.catalog, j.x.database)
	switch {
	case err != nil:
		return trino.Fail("", "FAILED: SemanticException [Error 10001]: Table not found %s", strings.Join(st.Name.Parts, "."))
	case t.view != "":
		return trino.Fail("", "FAILED: SemanticException [Error 10131]: To alter a view you need to use the ALTER VIEW command.")
	case t.location == "":
		return trino.Fail("PERMISSION_DENIED", "table %s cannot be altered", t.name)
	}
	switch st.Action {
	case trino.AddPartition, trino.DropPartition, trino.RenamePartition:
		return t.alterPartitions(st)
	case trino.AddColumns:
		return t.addColumns(st.Columns)
	case trino.ReplaceColumns:
		t.columns, t.widened = st.Columns, true
	case trino.ChangeColumn:
		at := slices.IndexFunc(t.columns, func(c trino.Column) bool { return c.Name == st.Old })
		if at < 0 {
			return trino.Fail("", "FAILED: SemanticException [Error 10002]: Invalid column reference %s", st.Old)
		}
		t.columns, t.widened = slices.Clone(t.columns), true
		t.columns[at] = st.Columns[0]
	case trino.SetProperties:
		params := maps.Clone(t.params)
		maps.Copy(params, st.Props)
		t.params = params
	case trino.SetLocation:
		return j.setLocation(t, st)
	}
	return nil
}

func (t *table) addColumns(columns []trino.Column) error {
	for _, c := range columns {
		if t.hasColumn(c.Name) {
			return trino.Fail("", "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Duplicate column name: %s", c.Name)
		}
	}
	t.columns, t.widened = append(slices.Clone(t.columns), columns...), true
	return nil
}

func (j *job) setLocation(t *table, st *trino.Statement) error {
	bucket, _, err := splitLocation(st.Location)
	if err != nil || !j.o.Store.HasBucket(bucket) {
		return trino.Fail("", "FAILED: SemanticException {0} is not absolute or has no scheme information: %s", st.Location)
	}
	if len(st.Specs) == 0 {
		t.location = folder(st.Location)
		return nil
	}
	values, err := t.valuesFor(st.Specs[0].Values)
	if err != nil {
		return err
	}
	at := t.partitionAt(values)
	if at < 0 {
		return noPartition(st.Specs[0].Values)
	}
	t.loaded = slices.Clone(t.loaded)
	t.loaded[at].location = folder(st.Location)
	return nil
}

func noPartition(spec []trino.Pair) error {
	pairs := make([]string, len(spec))
	for i, p := range spec {
		pairs[i] = p.Key + "=" + p.Value
	}
	return trino.Fail("", "FAILED: SemanticException [Error 10006]: Partition not found {%s}", strings.Join(pairs, ", "))
}

// alterPartitions adds, drops or renames; either all of the named partitions
// change or none.
func (t *table) alterPartitions(st *trino.Statement) error {
	if len(t.partitions) == 0 {
		return trino.Fail("", "FAILED: SemanticException table is not partitioned but partition spec exists: %s", t.name)
	}
	changed := *t
	changed.loaded = slices.Clone(t.loaded)
	if st.Action == trino.RenamePartition {
		from, err := t.valuesFor(st.Specs[0].Values)
		if err != nil {
			return err
		}
		to, err := t.valuesFor(st.Specs[1].Values)
		if err != nil {
			return err
		}
		at := t.partitionAt(from)
		if at < 0 {
			return noPartition(st.Specs[0].Values)
		}
		changed.loaded[at].values = to
		t.loaded = changed.loaded
		return nil
	}
	for _, spec := range st.Specs {
		values, err := t.valuesFor(spec.Values)
		if err != nil {
			return err
		}
		if st.Action == trino.AddPartition {
			if !changed.addPartition(values, spec.Location) && !st.IfNotExists {
				return trino.Fail("", "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. AlreadyExistsException(message:Partition already exists.)")
			}
			continue
		}
		at := changed.partitionAt(values)
		switch {
		case at >= 0:
			changed.loaded = slices.Delete(changed.loaded, at, at+1)
		case !st.IfExists:
			return noPartition(spec.Values)
		}
	}
	t.loaded = changed.loaded
	return nil
}
