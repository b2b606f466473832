package athena

import (
	"net/url"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// A partition of a table is known once it has been added: by ALTER TABLE, by
// MSCK REPAIR TABLE, or by the statement that wrote it. Files under the table's
// location that belong to no known partition are not read.
// https://docs.aws.amazon.com/athena/latest/ug/partitions.html

// partition is one partition of a table.
type partition struct {
	values   []string // in the order of the partition columns
	location string   // ends in a slash
}

// path is where a partition lies unless it is said: k=v/k=v/.
func (t *table) pathOf(values []string) string {
	var b strings.Builder
	b.WriteString(t.location)
	for i, v := range values {
		b.WriteString(t.partitions[i].Name + "=" + strings.ReplaceAll(url.PathEscape(v), "+", "%2B") + "/")
	}
	return b.String()
}

// nameOf is k=v/k=v, as SHOW PARTITIONS tells it.
func (t *table) nameOf(values []string) string {
	pairs := make([]string, len(values))
	for i, v := range values {
		pairs[i] = t.partitions[i].Name + "=" + v
	}
	return strings.Join(pairs, "/")
}

// partitionAt is the index of a known partition, or -1.
func (t *table) partitionAt(values []string) int {
	return slices.IndexFunc(t.loaded, func(p partition) bool { return slices.Equal(p.values, values) })
}

// addPartition makes a partition known and tells whether it was not before.
func (t *table) addPartition(values []string, location string) bool {
	if t.partitionAt(values) >= 0 {
		return false
	}
	if location == "" {
		location = t.pathOf(values)
	}
	t.loaded = append(t.loaded, partition{values, folder(location)})
	slices.SortFunc(t.loaded, func(a, b partition) int { return slices.Compare(a.values, b.values) })
	return true
}

// valuesOf reads the partition values out of a path such as
// .../year=2024/month=01/file; ok is false when one is missing.
func (t *table) valuesOf(path string) (values []string, ok bool) {
	values = make([]string, len(t.partitions))
	found := 0
	for segment := range strings.SplitSeq(path, "/") {
		key, value, cut := strings.Cut(segment, "=")
		at := slices.IndexFunc(t.partitions, func(c trino.Column) bool { return strings.EqualFold(c.Name, key) })
		if !cut || at < 0 {
			continue
		}
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		values[at] = value
		found++
	}
	return values, found == len(t.partitions)
}

// discover adds the partitions that the files under the table's location show,
// and returns the names of those that were not known.
func (s *Service) discover(t *table) ([]string, error) {
	bucket, prefix, err := splitLocation(t.location)
	if err != nil {
		return nil, err
	}
	objects, err := s.o.Store.List(bucket, prefix)
	if err != nil {
		return nil, trino.Fail("HIVE_METASTORE_ERROR", "Cannot list %s: %s", t.location, err)
	}
	var added []string
	for _, o := range objects {
		if values, ok := t.valuesOf(strings.TrimPrefix(o.Key, prefix)); ok && t.addPartition(values, "") {
			added = append(added, t.nameOf(values))
		}
	}
	return added, nil
}

// repair runs MSCK REPAIR TABLE.
func (j *job) repair(st *trino.Statement) error {
	t, err := j.catalog.lookup(st.Name, j.x.catalog, j.x.database)
	if err != nil {
		return err
	}
	if t.view != "" || t.location == "" {
		return trino.Fail("", "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask")
	}
	if len(t.partitions) == 0 {
		return nil
	}
	added, err := j.discover(t)
	if err != nil || len(added) == 0 {
		return err
	}
	j.out.columns = hive("result")
	missing := make([]string, len(added))
	for i, name := range added {
		missing[i] = t.name + ":" + name
		j.lines = append(j.lines, "Repair: Added partition to metastore "+t.name+":"+name)
	}
	j.lines = append([]string{"Partitions not in metastore:\t" + strings.Join(missing, "\t")}, j.lines...)
	return nil
}

// valuesFor orders the values of a PARTITION (k = v, ...) clause.
func (t *table) valuesFor(spec []trino.Pair) ([]string, error) {
	values, given := make([]string, len(t.partitions)), 0
	for _, pair := range spec {
		at := slices.IndexFunc(t.partitions, func(c trino.Column) bool { return c.Name == pair.Key })
		if at < 0 {
			return nil, trino.Fail("", "FAILED: SemanticException table is partitioned but partition spec is not specified or does not fully match table partitioning: {%s=%s}", pair.Key, pair.Value)
		}
		values[at] = pair.Value
		given++
	}
	if given != len(t.partitions) {
		return nil, trino.Fail("", "FAILED: SemanticException partition spec doesn't contain all (%d) partition columns", len(t.partitions))
	}
	return values, nil
}
