package athena

import (
	"regexp"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// mostListed is the page size of Athena's metadata listings.
const mostListed = 50

func (s *Service) listDataCatalogs(_ *wire.Call, in listIn) (any, error) {
	all := []any{map[string]any{"CatalogName": catalogName, "Type": "GLUE", "Status": "CREATE_COMPLETE"}}
	for _, name := range sortedKeys(s.catalog.federated) {
		all = append(all, map[string]any{"CatalogName": name, "Type": "LAMBDA", "Status": "CREATE_COMPLETE"})
	}
	return s.page("DataCatalogsSummary", all, in, mostListed)
}

func (s *Service) getDataCatalog(_ *wire.Call, in struct{ Name, WorkGroup string }) (any, error) {
	c, err := s.knownCatalog(in.Name)
	if err != nil {
		return nil, err
	}
	return map[string]any{"DataCatalog": s.catalogDocument(c)}, nil
}

func (s *Service) knownCatalog(name string) (*catalog, error) {
	c := s.catalog.named(name)
	if name == "" || c == nil {
		return nil, invalid("INVALID_INPUT", "Data catalog %s was not found", name)
	}
	return c, nil
}

func (s *Service) listDatabases(_ *wire.Call, in listIn) (any, error) {
	c, err := s.knownCatalog(in.CatalogName)
	if err != nil {
		return nil, err
	}
	release, err := s.catalog.hold(s.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	var all []any
	for _, name := range sortedKeys(c.databases) {
		all = append(all, databaseDocument(c.databases[name]))
	}
	return s.page("DatabaseList", all, in, mostListed)
}

func databaseDocument(db *database) map[string]any {
	out := map[string]any{"Name": db.name}
	if db.description != "" {
		out["Description"] = db.description
	}
	return out
}

type tableIn struct{ CatalogName, DatabaseName, TableName, WorkGroup string }

func (s *Service) getDatabase(_ *wire.Call, in tableIn) (any, error) {
	c, err := s.knownCatalog(in.CatalogName)
	if err != nil {
		return nil, err
	}
	release, err := s.catalog.hold(s.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	db := c.databases[strings.ToLower(in.DatabaseName)]
	if db == nil {
		return nil, absent("Database %s not found.", in.DatabaseName)
	}
	return map[string]any{"Database": databaseDocument(db)}, nil
}

// absent is Athena's MetadataException for a name that Glue does not know.
func absent(format, name string) *wire.Error {
	return wire.Fail("MetadataException", "EntityNotFoundException: "+strings.Replace(format, "%s", name, 1)+" (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException)")
}

type listTablesIn struct {
	listIn
	DatabaseName string
	Expression   string
}

func (s *Service) listTableMetadata(_ *wire.Call, in listTablesIn) (any, error) {
	c, err := s.knownCatalog(in.CatalogName)
	if err != nil {
		return nil, err
	}
	release, err := s.catalog.hold(s.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	tables, err := s.tables(c, in.DatabaseName, in.Expression)
	if err != nil {
		return nil, err
	}
	var all []any
	for _, t := range tables {
		all = append(all, s.tableMetadata(t))
	}
	in.listIn.CatalogName += "\x00" + in.DatabaseName + "\x00" + in.Expression
	return s.page("TableMetadataList", all, in.listIn, mostListed)
}

func (s *Service) getTableMetadata(_ *wire.Call, in tableIn) (any, error) {
	c, err := s.knownCatalog(in.CatalogName)
	if err != nil {
		return nil, err
	}
	release, err := s.catalog.hold(s.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	tables, err := s.tables(c, in.DatabaseName, "")
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if t.name == strings.ToLower(in.TableName) {
			return map[string]any{"TableMetadata": s.tableMetadata(t)}, nil
		}
	}
	return nil, absent("Table %s not found.", in.TableName)
}

// tables lists a database in name order, filtered by a regular expression
// that must match the whole name. The catalogue is held.
func (s *Service) tables(c *catalog, name, expression string) ([]*table, error) {
	if err := s.refreshFiles(s.ctx); err != nil {
		return nil, err
	}
	db := c.databases[strings.ToLower(name)]
	if db == nil {
		return nil, absent("Database %s not found.", name)
	}
	filter, err := regexp.Compile("(?i)^(?:" + expression + ")$")
	if err != nil {
		return nil, invalid("INVALID_INPUT", "Invalid expression %s: %s", expression, err)
	}
	var out []*table
	for _, key := range sortedKeys(db.tables) {
		if expression == "" || filter.MatchString(key) {
			out = append(out, db.tables[key])
		}
	}
	return out, nil
}

// columnsOf are the columns of a table, read from the engine for a view that
// has not been used yet. A table that cannot be read has none.
func (s *Service) columnsOf(t *table) []trino.Column {
	if t.federated == "" && (t.view != "" || t.location == "") {
		if err := s.prepare(s.ctx, t); err != nil {
			return nil
		}
	}
	return t.columns
}

func (s *Service) tableMetadata(t *table) map[string]any {
	return map[string]any{
		"Name": t.name, "CreateTime": seconds(t.created), "LastAccessTime": seconds(t.created), "TableType": t.kind(),
		"Columns": columnDocuments(s.columnsOf(t)), "PartitionKeys": columnDocuments(t.partitions), "Parameters": t.parameters(),
	}
}

func columnDocuments(columns []trino.Column) []any {
	out := []any{}
	for _, c := range columns {
		doc := map[string]any{"Name": c.Name, "Type": c.Type.Hive()}
		if c.Comment != "" {
			doc["Comment"] = c.Comment
		}
		out = append(out, doc)
	}
	return out
}

// parameters are the table's own and those that Glue adds.
func (t *table) parameters() map[string]string {
	out := map[string]string{}
	for k, v := range t.params {
		out[k] = v
	}
	if t.view != "" {
		out["presto_view"] = "true"
		return out
	}
	if t.comment != "" {
		out["comment"] = t.comment
	}
	if t.federated != "" {
		return out
	}
	if t.location != "" {
		out["location"] = t.location
	}
	storage := t.storage()
	out["inputformat"], out["outputformat"], out["serde.serialization.lib"] = storage.input, storage.output, storage.serde
	return out
}

type storage struct{ input, output, serde string }

func (t *table) storage() storage {
	switch t.format {
	case "PARQUET":
		return storage{"org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat", "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
	case "JSON":
		return storage{"org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat", "org.openx.data.jsonserde.JsonSerDe"}
	case "CSV":
		return storage{"org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "org.apache.hadoop.hive.serde2.OpenCSVSerde"}
	}
	return storage{"org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"}
}
