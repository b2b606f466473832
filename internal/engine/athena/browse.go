package athena

import (
	"context"
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
			list = append(list, engine.Object{
				Name: aws.ToString(c.CatalogName), Kind: "catalog", Type: strings.ToLower(string(c.Type)),
			})
		}
	}
	return list, nil
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

func (e *Engine) tables(ctx context.Context, catalog, database string) ([]engine.Object, error) {
	var list []engine.Object
	p := athena.NewListTableMetadataPaginator(e.client, &athena.ListTableMetadataInput{
		CatalogName: aws.String(catalog), DatabaseName: aws.String(database), WorkGroup: aws.String(e.workname),
	})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, e.missing(err, "list the tables of database "+database, "database "+database)
		}
		for _, t := range out.TableMetadataList {
			kind := "table"
			if strings.EqualFold(aws.ToString(t.TableType), "VIRTUAL_VIEW") {
				kind = "view"
			}
			list = append(list, engine.Object{
				Name: aws.ToString(t.Name), Kind: kind, Comment: t.Parameters["comment"],
			})
		}
	}
	return list, nil
}

func (e *Engine) columns(ctx context.Context, catalog, database, table string) ([]engine.Object, error) {
	out, err := e.client.GetTableMetadata(ctx, &athena.GetTableMetadataInput{
		CatalogName: aws.String(catalog), DatabaseName: aws.String(database),
		TableName: aws.String(table), WorkGroup: aws.String(e.workname),
	})
	if err != nil {
		return nil, e.missing(err, "describe table "+table, "table "+database+"."+table)
	}
	var list []engine.Object
	if out.TableMetadata == nil {
		return nil, nil
	}
	add := func(columns []types.Column, kind string) {
		for _, c := range columns {
			list = append(list, engine.Object{
				Name: aws.ToString(c.Name), Kind: kind, Type: aws.ToString(c.Type),
				Comment: aws.ToString(c.Comment), Leaf: true,
			})
		}
	}
	add(out.TableMetadata.Columns, "column")
	add(out.TableMetadata.PartitionKeys, "key")
	return list, nil
}

// missing is fault for a metadata call: Athena reports a name that the catalog
// does not have as a metadata error, and an unknown catalog as an invalid
// request.
func (e *Engine) missing(err error, doing, what string) *fault.Error {
	f := e.fault(err, doing)
	unknown := f.Code == fault.Statement && f.Service != nil && strings.Contains(f.Service.Message, "not found")
	if f.Code == fault.NotFound || unknown {
		f.Code = fault.NotFound
		f.Message = "Athena has no " + what
	}
	return f
}
