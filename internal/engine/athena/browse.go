package athena

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Browse lists catalogs, databases, tables or columns by Athena's metadata
// calls, which read the catalog without a query.
func (e *Engine) Browse(ctx context.Context, path []string) ([]engine.Object, error) {
	switch len(path) {
	case 0:
		return e.catalogs(ctx)
	case 1:
		return e.databases(ctx, path[0])
	case 2:
		return e.tables(ctx, path[0], path[1])
	case 3:
		return e.columns(ctx, path[0], path[1], path[2])
	}
	return nil, fault.Newf(fault.Usage, "Nothing lies below a column: %s", strings.Join(path, "/"))
}

// catalogs lists the catalogs; a caller who may not still sees the connection's own.
func (e *Engine) catalogs(ctx context.Context) ([]engine.Object, error) {
	var list []engine.Object
	p := athena.NewListDataCatalogsPaginator(e.client, &athena.ListDataCatalogsInput{WorkGroup: aws.String(e.workname)})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			f := e.fault(err, "list the catalogs")
			if f.Code == fault.Denied {
				return []engine.Object{{Name: e.catalog, Kind: "catalog"}}, nil
			}
			return nil, f
		}
		for _, c := range out.DataCatalogsSummary {
			o := engine.Object{Name: aws.ToString(c.CatalogName), Kind: "catalog", Type: strings.ToLower(string(c.Type))}
			switch c.Status {
			case types.DataCatalogStatusCreateFailed, types.DataCatalogStatusDeleteFailed:
				o.Broken = aws.ToString(c.Error)
				if o.Broken == "" {
					o.Broken = strings.ToLower(strings.ReplaceAll(string(c.Status), "_", " "))
				}
			}
			list = append(list, o)
		}
	}
	return append(list, e.nestedCatalogs(ctx, list)...), nil
}

// nestedCatalogs lists the catalogs within catalogs, such as S3 table buckets
// ("s3tablescatalog/bucket"), which Athena queries and does not list. Where
// Glue does not tell them, only the connection's own is known.
func (e *Engine) nestedCatalogs(ctx context.Context, known []engine.Object) []engine.Object {
	var list []engine.Object
	add := func(name string) {
		is := func(o engine.Object) bool { return o.Name == name }
		if strings.Contains(name, "/") && !slices.ContainsFunc(known, is) && !slices.ContainsFunc(list, is) {
			list = append(list, engine.Object{Name: name, Kind: "catalog", Type: "nested"})
		}
	}
	for token := ""; ; {
		in := map[string]any{"Recursive": true}
		if token != "" {
			in["NextToken"] = token
		}
		var out struct {
			CatalogList []struct{ CatalogId string }
			NextToken   string
		}
		if err := e.glue.call(ctx, "GetCatalogs", in, &out); err != nil {
			break
		}
		for _, c := range out.CatalogList {
			if _, name, ok := strings.Cut(c.CatalogId, ":"); ok {
				add(name)
			}
		}
		if token = out.NextToken; token == "" {
			break
		}
	}
	add(e.catalog)
	return list
}

func (e *Engine) databases(ctx context.Context, catalog string) ([]engine.Object, error) {
	var list []engine.Object
	p := athena.NewListDatabasesPaginator(e.client, &athena.ListDatabasesInput{
		CatalogName: aws.String(catalog), WorkGroup: aws.String(e.workname),
	})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, e.missing(err, "list the databases of catalog "+catalog, "catalog "+catalog)
		}
		for _, d := range out.DatabaseList {
			list = append(list, engine.Object{
				Name: aws.ToString(d.Name), Kind: "schema", Comment: aws.ToString(d.Description),
			})
		}
	}
	return list, nil
}

// tables lists a database's tables: of the account's own catalog by Glue, whose
// pages are larger and may hold the names alone; of others, and where Glue is
// not allowed, by Athena.
func (e *Engine) tables(ctx context.Context, catalog, database string) ([]engine.Object, error) {
	if strings.EqualFold(catalog, ownCatalog) {
		list, err := e.glueTables(ctx, database)
		var known *fault.Error // such as a log in that was declined
		switch {
		case err == nil:
			return list, nil
		case isCancel(err), errors.As(err, &known):
			return nil, e.fault(err, "list the tables of database "+database)
		}
	}
	var list []engine.Object
	p := athena.NewListTableMetadataPaginator(e.client, &athena.ListTableMetadataInput{
		CatalogName: aws.String(catalog), DatabaseName: aws.String(database), WorkGroup: aws.String(e.workname),
	})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, e.missing(err, "list the tables of database "+database, "database "+database)
		}
		for i := range out.TableMetadataList {
			list = append(list, tableOf(&out.TableMetadataList[i]).object())
		}
	}
	return list, nil
}

// glueTables lists a database of the own catalog: one page of tables with all
// their details, more than that by name and kind.
func (e *Engine) glueTables(ctx context.Context, database string) ([]engine.Object, error) {
	names, next, err := e.glue.tablesPage(ctx, database, "", "NAME", "TABLE_TYPE")
	if err != nil {
		return nil, err
	}
	if next == "" {
		// A table that breaks this call is still among the names.
		if full, more, err := e.glue.tablesPage(ctx, database, ""); err == nil && more == "" {
			names = full
			list := make([]engine.Object, len(names))
			for i := range names {
				list[i] = names[i].object()
			}
			return list, nil
		}
	}
	var list []engine.Object
	for {
		for _, t := range names {
			list = append(list, engine.Object{Name: t.Name, Kind: kindOf(t.TableType)})
		}
		if next == "" {
			return list, nil
		}
		if names, next, err = e.glue.tablesPage(ctx, database, next, "NAME", "TABLE_TYPE"); err != nil {
			return nil, err
		}
	}
}

func (e *Engine) columns(ctx context.Context, catalog, database, table string) ([]engine.Object, error) {
	t, err := e.table(ctx, catalog, database, table)
	if err != nil {
		return nil, err
	}
	var list []engine.Object
	add := func(columns []glueColumn, kind string) {
		for _, c := range columns {
			list = append(list, engine.Object{Name: c.Name, Kind: kind, Type: c.Type, Comment: c.Comment, Leaf: true})
		}
	}
	add(t.StorageDescriptor.Columns, "column")
	add(t.PartitionKeys, "key")
	return list, nil
}

// table reads one table's metadata.
func (e *Engine) table(ctx context.Context, catalog, database, table string) (*glueTable, error) {
	out, err := e.client.GetTableMetadata(ctx, &athena.GetTableMetadataInput{
		CatalogName: aws.String(catalog), DatabaseName: aws.String(database),
		TableName: aws.String(table), WorkGroup: aws.String(e.workname),
	})
	if err != nil {
		return nil, e.missing(err, "describe table "+table, "table "+database+"."+table)
	}
	if out.TableMetadata == nil {
		return nil, fault.Newf(fault.Unavailable, "Athena answered without the metadata of table %s.%s", database, table)
	}
	return tableOf(out.TableMetadata), nil
}

// Describe returns one table with its details.
func (e *Engine) Describe(ctx context.Context, path []string) (engine.Object, error) {
	if len(path) != 3 {
		return engine.Object{}, fault.Newf(fault.Usage, "Only a table has details: %s", strings.Join(path, "/"))
	}
	t, err := e.table(ctx, path[0], path[1], path[2])
	if err != nil {
		return engine.Object{}, err
	}
	return t.object(), nil
}

// missing is fault for a metadata call: Athena reports a name that the catalog
// does not have as a metadata error, and an unknown catalog as an invalid
// request.
func (e *Engine) missing(err error, doing, what string) *fault.Error {
	f := e.fault(err, doing)
	said := ""
	if f.Service != nil {
		said = strings.ToLower(f.Service.Message)
	}
	unknown := f.Code == fault.Statement && strings.Contains(said, "not found")
	if f.Code == fault.NotFound && said != "" && !strings.Contains(said, "not found") && !strings.Contains(said, "entitynotfound") {
		// A metadata error about what is there: a broken table, a failing connector.
		f.Code, f.Message = fault.Statement, "Athena cannot "+doing
		return f
	}
	if f.Code == fault.NotFound || unknown {
		f.Code = fault.NotFound
		f.Message = "Athena has no " + what
	}
	return f
}
