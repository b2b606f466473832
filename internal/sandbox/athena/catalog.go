package athena

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/salesdata"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// catalogName is the account's own data catalogue; statements spell it in lower
// case.
const (
	catalogName  = "AwsDataCatalog"
	engineSchema = "awsdatacatalog" // the database attached to the engine
	filesSchema  = "files"          // holds Options.DataDir
	salesSchema  = "sales"
)

// catalog knows databases and tables, as Glue does. Each table becomes a view
// of the engine over its files when a statement first reads it.
type catalog struct {
	o         Options
	name      string        // as ListDataCatalogs tells it
	engine    string        // its name in statements, which is also the engine's
	lock      chan struct{} // held while a catalogue changes or the engine is made to agree with it
	databases map[string]*database
	federated map[string]*catalog // the other data catalogues, by name in statements; nil in those
}

type database struct {
	name, description string
	created           time.Time
	tables            map[string]*table
}

// table is a table or a view.
type table struct {
	database, name, comment string
	federated               string // the data catalogue it is in, "" for the account's own
	columns, partitions     []trino.Column
	location                string // s3://bucket/prefix/; empty for views and for files of the data folder
	format                  string // PARQUET, TEXTFILE, CSV, JSON
	codec                   string // compression of files that are added, as in write_compression
	delimiter               string
	params                  map[string]string
	loaded                  []partition // known partitions, in the order of their values
	widened                 bool        // columns were changed after files were written
	view                    string      // query of a view, in Athena SQL
	viewDatabase            string      // where the view's unqualified names live
	created                 time.Time

	made   string   // what the engine's view was made from
	parts  []part   // files behind the table
	deps   []*table // tables that a view reads
	broken string   // why the table cannot be read
	mixed  string   // data folder: that the files are of several formats
}

// part is one file of a table.
type part struct {
	path    string
	size    int64
	changed time.Time
	values  []string // of the partition it is in
}

func newCatalog(o Options) *catalog {
	c := &catalog{o: o, name: catalogName, engine: engineSchema, lock: make(chan struct{}, 1), databases: map[string]*database{}}
	c.add("default", "")
	c.add(salesSchema, "An online shop, 2023 to 2025")
	for _, t := range salesdata.Tables() {
		columns, err := trino.Columns(t.Columns)
		if err != nil {
			panic(fmt.Sprintf("the data set's own table %s: %v", t.Name, err)) // a mistake in this repository
		}
		c.databases[salesSchema].tables[t.Name] = &table{
			database: salesSchema, name: t.Name, comment: t.Comment, columns: columns, format: "PARQUET",
			location: "s3://" + dataBucket + "/" + salesSchema + "/" + t.Name + "/", created: o.Now(),
			params: map[string]string{"classification": "parquet", "EXTERNAL": "TRUE"},
		}
	}
	for _, v := range salesdata.Views() {
		c.databases[salesSchema].tables[v.Name] = &table{database: salesSchema, name: v.Name, view: v.SQL, viewDatabase: salesSchema, created: o.Now()}
	}
	if o.DataDir != "" {
		c.add(filesSchema, "Files of "+o.DataDir)
	}
	crm := newFederated(o, c.lock)
	c.federated = map[string]*catalog{crm.engine: crm}
	return c
}

func (c *catalog) add(name, description string) {
	c.databases[name] = &database{name: name, description: description, created: c.o.Now(), tables: map[string]*table{}}
}

// setup makes the engine's schemas.
func (c *catalog) setup() []string {
	out := []string{"ATTACH ':memory:' AS " + engineSchema}
	for _, name := range sortedKeys(c.databases) {
		out = append(out, "CREATE SCHEMA "+engineSchema+"."+trino.QuoteName(name))
	}
	return append(out, federatedSetup()...)
}

// named is the data catalogue of a name as a call or a statement gives it; ""
// is the account's own. It is nil for a name that is not registered.
func (c *catalog) named(name string) *catalog {
	if name == "" || strings.EqualFold(name, c.engine) {
		return c
	}
	return c.federated[strings.ToLower(name)]
}

// hold takes the catalogue's lock; the caller calls the returned function to
// give it back.
func (c *catalog) hold(ctx context.Context) (func(), error) {
	select {
	case c.lock <- struct{}{}:
		return func() { <-c.lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lookup finds a table by its written name, seen from a database.
func (c *catalog) lookup(name trino.Name, catalog, from string) (*table, error) {
	parts, err := c.qualify(name, catalog, from)
	if err != nil {
		return nil, err
	}
	db := c.named(parts[0]).databases[parts[1]]
	if db == nil {
		return nil, trino.Fail("SCHEMA_NOT_FOUND", "Schema '%s' does not exist", parts[1])
	}
	t := db.tables[parts[2]]
	if t == nil {
		return nil, trino.Fail("TABLE_NOT_FOUND", "Table '%s' does not exist", strings.Join(parts, "."))
	}
	return t, nil
}

// qualify completes a name to catalogue, database and table.
func (c *catalog) qualify(name trino.Name, catalog, from string) ([]string, error) {
	parts := slices.Clone(name.Parts)
	if len(parts) == 1 {
		if from == "" {
			from = "default"
		}
		parts = append([]string{strings.ToLower(from)}, parts...)
	}
	if len(parts) == 2 {
		if catalog == "" {
			catalog = catalogName
		}
		parts = append([]string{strings.ToLower(catalog)}, parts...)
	}
	if c.named(parts[0]) == nil {
		return nil, trino.Fail("CATALOG_NOT_FOUND", "Catalog '%s' does not exist", parts[0])
	}
	return parts, nil
}

// duckName is the name of the table's view in the engine.
func (t *table) duckName() string {
	return trino.QuoteName(cmp.Or(t.federated, engineSchema)) + "." + trino.QuoteName(t.database) + "." + trino.QuoteName(t.name)
}

// reads lists the tables with files that reading this one touches.
func (t *table) reads() []*table {
	if t.view == "" {
		return []*table{t}
	}
	var out []*table
	for _, d := range t.deps {
		out = append(out, d.reads()...)
	}
	return out
}

func (t *table) kind() string {
	if t.view != "" {
		return "VIRTUAL_VIEW"
	}
	return "EXTERNAL_TABLE"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
