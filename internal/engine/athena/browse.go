package athena

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// objects is a listing in parts, as engine.Browser tells.
type objects = iter.Seq2[[]engine.Object, error]

// Browse lists catalogs, databases, tables or columns by Athena's metadata
// calls, which read the catalog without a query.
func (e *Engine) Browse(ctx context.Context, path []string) iter.Seq2[[]engine.Object, error] {
	switch len(path) {
	case 0:
		return e.catalogs(ctx)
	case 1:
		return e.databases(ctx, path[0])
	case 2:
		return e.tables(ctx, path[0], path[1])
	}
	return engine.OnePart(func() ([]engine.Object, error) {
		if len(path) > 3 {
			return nil, fault.Newf(fault.Usage, "Nothing lies below a column: %s", strings.Join(path, "."))
		}
		return e.columns(ctx, path[0], path[1], path[2])
	})
}

// catalogs lists the catalogs; a caller who may not still sees the connection's own.
func (e *Engine) catalogs(ctx context.Context) objects {
	return func(yield func([]engine.Object, error) bool) {
		var known []engine.Object
		p := athena.NewListDataCatalogsPaginator(e.client, &athena.ListDataCatalogsInput{WorkGroup: aws.String(e.workname)})
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				f := e.fault(err, "list the catalogs")
				if f.Code == fault.Denied && len(known) == 0 {
					yield([]engine.Object{{Name: e.catalog, Kind: "catalog"}}, nil)
				} else {
					yield(nil, f)
				}
				return
			}
			list := make([]engine.Object, len(out.DataCatalogsSummary))
			for i, c := range out.DataCatalogsSummary {
				list[i] = catalogObject(c)
			}
			known = append(known, list...)
			if !yield(list, nil) {
				return
			}
		}
		yield(e.nestedCatalogs(ctx, known), nil)
	}
}

func catalogObject(c types.DataCatalogSummary) engine.Object {
	o := engine.Object{Name: aws.ToString(c.CatalogName), Kind: "catalog", Type: strings.ToLower(string(c.Type))}
	switch c.Status {
	case types.DataCatalogStatusCreateFailed, types.DataCatalogStatusDeleteFailed:
		o.Broken = aws.ToString(c.Error)
		if o.Broken == "" {
			o.Broken = strings.ToLower(strings.ReplaceAll(string(c.Status), "_", " "))
		}
	}
	return o
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

// databases lists a catalog's databases; a caller who may not still sees the
// connection's own.
func (e *Engine) databases(ctx context.Context, catalog string) objects {
	return func(yield func([]engine.Object, error) bool) {
		told := false
		p := athena.NewListDatabasesPaginator(e.client, &athena.ListDatabasesInput{
			CatalogName: aws.String(catalog), WorkGroup: aws.String(e.workname),
		})
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				f := e.missing(err, "list the databases of catalog "+catalog, "catalog "+catalog)
				if f.Code == fault.Denied && !told && e.database != "" && strings.EqualFold(catalog, e.catalog) {
					yield([]engine.Object{{Name: e.database, Kind: "schema"}}, nil)
				} else {
					yield(nil, f)
				}
				return
			}
			told = true
			list := make([]engine.Object, len(out.DatabaseList))
			for i, d := range out.DatabaseList {
				list[i] = engine.Object{Name: aws.ToString(d.Name), Kind: "schema", Comment: aws.ToString(d.Description)}
			}
			if !yield(list, nil) {
				return
			}
		}
	}
}

// tables lists a database's tables: of the account's own catalog by Glue, whose
// pages are larger and may hold the names alone; of others, and where Glue is
// not allowed, by Athena. What Glue had told before it failed is not told again.
func (e *Engine) tables(ctx context.Context, catalog, database string) objects {
	return func(yield func([]engine.Object, error) bool) {
		told := map[string]bool{}
		var failed error // Glue's
		if strings.EqualFold(catalog, ownCatalog) {
			for part, err := range e.glueTables(ctx, database) {
				if failed = err; err != nil {
					break
				}
				for _, o := range part {
					told[o.Name] = true
				}
				if !yield(part, nil) {
					return
				}
			}
			var known *fault.Error // such as a log in that was declined
			switch {
			case failed == nil:
				return
			case isCancel(failed), errors.As(failed, &known):
				yield(nil, e.fault(failed, "list the tables of database "+database))
				return
			}
		}
		for part, err := range e.athenaTables(ctx, catalog, database) {
			if err != nil && len(told) > 0 && !isCancel(err) {
				err = session.Fault(failed, "Glue", "list the tables of database "+database) // which broke the listing off
			}
			part = slices.DeleteFunc(part, func(o engine.Object) bool { return told[o.Name] })
			if !yield(part, err) {
				return
			}
		}
	}
}

// athenaTables lists by Athena's own call, whose pages hold 50 tables with all
// their columns.
func (e *Engine) athenaTables(ctx context.Context, catalog, database string) objects {
	return func(yield func([]engine.Object, error) bool) {
		p := athena.NewListTableMetadataPaginator(e.client, &athena.ListTableMetadataInput{
			CatalogName: aws.String(catalog), DatabaseName: aws.String(database), WorkGroup: aws.String(e.workname),
		})
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				yield(nil, e.missing(err, "list the tables of database "+database, "database "+database))
				return
			}
			list := make([]engine.Object, len(out.TableMetadataList))
			for i := range out.TableMetadataList {
				list[i] = tableOf(&out.TableMetadataList[i]).object()
			}
			if !yield(list, nil) {
				return
			}
		}
	}
}

// glueTables lists a database of the own catalog: one page of tables with all
// their details, more than that by name and kind, a page of 100 after another.
// GetTables' Expression could part a listing into several that run side by
// side. It is not used: the documentation does not say whether the service
// filters before it cuts the pages, nor what it does about every name, and the
// calls of an account share one rate, which crawlers and queries need too
// (https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html).
func (e *Engine) glueTables(ctx context.Context, database string) objects {
	return func(yield func([]engine.Object, error) bool) {
		names, next, err := e.glue.tablesPage(ctx, database, "", "NAME", "TABLE_TYPE")
		if err == nil && next == "" {
			// A table that breaks this call is still among the names.
			if full, more, err := e.glue.tablesPage(ctx, database, ""); err == nil && more == "" {
				list := make([]engine.Object, len(full))
				for i := range full {
					list[i] = full[i].object()
				}
				yield(list, nil)
				return
			}
		}
		for {
			if err != nil {
				yield(nil, err)
				return
			}
			list := make([]engine.Object, len(names))
			for i, t := range names {
				list[i] = engine.Object{Name: t.Name, Kind: kindOf(t.TableType)}
			}
			if !yield(list, nil) || next == "" {
				return
			}
			names, next, err = e.glue.tablesPage(ctx, database, next, "NAME", "TABLE_TYPE")
		}
	}
}

func (e *Engine) columns(ctx context.Context, catalog, database, table string) ([]engine.Object, error) {
	t, err := e.table(ctx, catalog, database, table)
	if fault.CodeOf(err) == fault.Denied {
		if known, failed := e.tableFor(ctx, catalog, database, table); failed == nil { // by Glue, where that is allowed
			t, err = known, nil
		}
	}
	if err != nil {
		return nil, err
	}
	var list []engine.Object
	add := func(columns []glueColumn, kind string) {
		for _, c := range columns {
			list = append(list, engine.Object{Name: c.Name, Kind: kind, Type: c.Type, Comment: c.Comment, Leaf: true})
		}
	}
	if t.StorageDescriptor != nil {
		add(t.StorageDescriptor.Columns, "column")
	}
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
		if catalog, ok := unknownCatalog(said); ok && !strings.HasPrefix(what, "catalog ") {
			f.Message = "Athena has no catalog " + catalog
		}
	}
	return f
}

// unknownCatalog reads Athena's words for a data catalog that is not there.
func unknownCatalog(said string) (name string, ok bool) {
	_, rest, ok := strings.Cut(said, "data catalog ")
	name, _, found := strings.Cut(rest, " was not found")
	return name, ok && found
}
