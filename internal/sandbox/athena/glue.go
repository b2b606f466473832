package athena

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Glue serves the read operations of AWS Glue over the same catalogue.
func (s *Service) Glue() wire.JSONService { return glue{s} }

type glue struct{ *Service }

// mostPartitions is the page size of GetPartitions.
const mostPartitions = 1000

// mostGlue is the page size of GetDatabases and GetTables.
const mostGlue = 100

type glueIn struct {
	listIn
	CatalogId       string
	Name            string
	DatabaseName    string
	Expression      string
	AttributesToGet []string
}

// Call answers GetDatabases, GetDatabase, GetTables and GetTable.
func (g glue) Call(ctx context.Context, c *wire.Call) (any, error) {
	switch c.Operation {
	case "GetDatabases":
		return handle(c, g.getDatabases)
	case "GetDatabase":
		return handle(c, g.getDatabase)
	case "GetTables":
		return handle(c, g.getTables)
	case "GetTable":
		return handle(c, g.getTable)
	case "GetPartitions":
		return handle(c, g.getPartitions)
	}
	return nil, &wire.Error{Code: "UnknownOperationException", Message: "the sandbox's Glue has no operation " + c.Operation}
}

// named refuses a catalogue of another account.
func (g glue) named(in glueIn) error {
	if in.CatalogId != "" && in.CatalogId != g.o.AccountID {
		return wire.Fail("EntityNotFoundException", "Catalog "+in.CatalogId+" not found.")
	}
	return nil
}

func (g glue) getDatabases(_ *wire.Call, in glueIn) (any, error) {
	if err := g.named(in); err != nil {
		return nil, err
	}
	release, err := g.catalog.hold(g.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	var all []any
	for _, name := range sortedKeys(g.catalog.databases) {
		all = append(all, g.databaseDocument(g.catalog.databases[name], in.AttributesToGet))
	}
	return g.glueError(g.page("DatabaseList", all, in.listIn, mostGlue))
}

func (g glue) databaseDocument(db *database, attributes []string) map[string]any {
	out := map[string]any{"Name": db.name}
	if onlyNames(attributes) {
		return out
	}
	out["CatalogId"], out["CreateTime"] = g.o.AccountID, seconds(db.created)
	if db.description != "" {
		out["Description"] = db.description
	}
	return out
}

func onlyNames(attributes []string) bool {
	return slices.Contains(attributes, "NAME") && len(attributes) == 1
}

func (g glue) getDatabase(_ *wire.Call, in glueIn) (any, error) {
	if err := g.named(in); err != nil {
		return nil, err
	}
	release, err := g.catalog.hold(g.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	db := g.catalog.databases[strings.ToLower(in.Name)]
	if db == nil {
		return nil, wire.Fail("EntityNotFoundException", "Database "+in.Name+" not found.")
	}
	return map[string]any{"Database": g.databaseDocument(db, nil)}, nil
}

func (g glue) getTables(_ *wire.Call, in glueIn) (any, error) {
	if err := g.named(in); err != nil {
		return nil, err
	}
	release, err := g.catalog.hold(g.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	tables, err := g.tables(g.catalog, in.DatabaseName, in.Expression)
	if err != nil {
		return g.glueError(nil, err)
	}
	var all []any
	for _, t := range tables {
		all = append(all, g.tableDocument(t, in.AttributesToGet))
	}
	in.listIn.CatalogName = in.DatabaseName + "\x00" + in.Expression
	return g.glueError(g.page("TableList", all, in.listIn, mostGlue))
}

func (g glue) getTable(_ *wire.Call, in glueIn) (any, error) {
	if err := g.named(in); err != nil {
		return nil, err
	}
	release, err := g.catalog.hold(g.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	tables, err := g.tables(g.catalog, in.DatabaseName, "")
	if err != nil {
		return g.glueError(nil, err)
	}
	for _, t := range tables {
		if t.name == strings.ToLower(in.Name) {
			return map[string]any{"Table": g.tableDocument(t, nil)}, nil
		}
	}
	return nil, wire.Fail("EntityNotFoundException", "Entity Not Found (Service: AWSGlue; Status Code: 400; Error Code: EntityNotFoundException)")
}

// getPartitions lists the known partitions of a table.
func (g glue) getPartitions(_ *wire.Call, in struct {
	glueIn
	TableName string
}) (any, error) {
	if in.Expression != "" {
		return nil, wire.Fail("InvalidInputException", "the sandbox's GetPartitions takes no Expression")
	}
	release, err := g.catalog.hold(g.ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	tables, err := g.tables(g.catalog, in.DatabaseName, "")
	if err != nil {
		return g.glueError(nil, err)
	}
	at := slices.IndexFunc(tables, func(t *table) bool { return t.name == strings.ToLower(in.TableName) })
	if at < 0 {
		return nil, wire.Fail("EntityNotFoundException", "Entity Not Found (Service: AWSGlue; Status Code: 400; Error Code: EntityNotFoundException)")
	}
	all := []any{}
	for _, p := range tables[at].loaded {
		all = append(all, map[string]any{
			"Values": p.values, "DatabaseName": tables[at].database, "TableName": tables[at].name, "CatalogId": g.o.AccountID,
			"CreationTime": seconds(tables[at].created), "StorageDescriptor": map[string]any{"Location": p.location, "Columns": columnDocuments(tables[at].columns)},
		})
	}
	in.listIn.CatalogName = in.DatabaseName + "\x00" + in.TableName
	return g.glueError(g.page("Partitions", all, in.listIn, mostPartitions))
}

func (g glue) tableDocument(t *table, attributes []string) map[string]any {
	out := map[string]any{"Name": t.name}
	if len(attributes) > 0 { // NAME or TABLE_TYPE, and the name always
		if slices.Contains(attributes, "TABLE_TYPE") {
			out["TableType"] = t.kind()
		}
		return out
	}
	store := t.storage()
	descriptor := map[string]any{"Columns": columnDocuments(g.columnsOf(t)), "Location": t.location}
	if t.view == "" {
		descriptor["InputFormat"], descriptor["OutputFormat"] = store.input, store.output
		descriptor["SerdeInfo"] = map[string]any{"SerializationLibrary": store.serde}
	}
	out["DatabaseName"], out["CatalogId"], out["CreateTime"], out["UpdateTime"] = t.database, g.o.AccountID, seconds(t.created), seconds(t.created)
	out["TableType"], out["PartitionKeys"], out["Parameters"], out["StorageDescriptor"] = t.kind(), columnDocuments(t.partitions), t.parameters(), descriptor
	out["IsRegisteredWithLakeFormation"] = false
	if t.comment != "" {
		out["Description"] = t.comment
	}
	if t.view != "" {
		out["ViewOriginalText"] = prestoView(t.view)
	}
	return out
}

// prestoView is a view's text as Athena leaves it in Glue: a comment that holds a
// JSON document in base64.
func prestoView(sql string) string {
	doc, _ := json.Marshal(map[string]string{"originalSql": sql}) // a string always marshals
	return "/* Presto View: " + base64.StdEncoding.EncodeToString(doc) + " */"
}

// glueError gives a refusal of the shared code the names that Glue uses.
func (g glue) glueError(answer any, err error) (any, error) {
	refused, ok := err.(*wire.Error)
	if !ok {
		return answer, err
	}
	switch refused.Code {
	case "MetadataException":
		return nil, wire.Fail("EntityNotFoundException", strings.TrimPrefix(refused.Message, "EntityNotFoundException: "))
	case "InvalidRequestException":
		return nil, wire.Fail("InvalidInputException", refused.Message)
	}
	return nil, err
}
