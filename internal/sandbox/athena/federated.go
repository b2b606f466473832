package athena

import (
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// A second data catalogue, reached as one behind a Lambda connector is: by
// Athena's own metadata calls and in statements, and not by Glue's. Its tables
// live in the engine, so nothing of them is scanned in S3.

const federatedName = "crm"

// federatedTable is one table of the connector's database.
type federatedTable struct{ name, columns, query string }

func federatedTables() []federatedTable {
	return []federatedTable{
		{"accounts", "account_id bigint, company varchar, country varchar, since date, annual_value decimal(14,2)", `
			SELECT i::BIGINT, 'Company ' || i, ['DE', 'US', 'FR', 'BR', 'JP'][1 + i % 5], DATE '2015-01-01' + (i * 37 % 3600)::INTEGER, (i * 977 % 100000 + 0.5)::DECIMAL(14,2) FROM range(1, 501) r(i)`},
		{"tickets", "ticket_id bigint, account_id bigint, opened timestamp, priority varchar, closed boolean", `
			SELECT i::BIGINT, (1 + i * 31 % 500)::BIGINT, TIMESTAMP '2025-01-01 08:00:00' + to_minutes(i * 13), ['low', 'normal', 'high'][1 + i % 3], i % 4 > 0 FROM range(1, 2001) r(i)`},
	}
}

const federatedSchema = "public"

// newFederated shares the lock of the account's own catalogue.
func newFederated(o Options, lock chan struct{}) *catalog {
	c := &catalog{o: o, name: federatedName, engine: federatedName, lock: lock, databases: map[string]*database{}}
	c.add(federatedSchema, "")
	for _, t := range federatedTables() {
		columns, err := trino.Columns(t.columns)
		if err != nil {
			panic("the connector's own table " + t.name + ": " + err.Error()) // a mistake in this repository
		}
		c.databases[federatedSchema].tables[t.name] = &table{database: federatedSchema, name: t.name, federated: federatedName, columns: columns, created: o.Now(), params: map[string]string{}}
	}
	return c
}

func federatedSetup() []string {
	out := []string{"ATTACH ':memory:' AS " + federatedName, "CREATE SCHEMA " + federatedName + "." + federatedSchema}
	for _, t := range federatedTables() {
		var names []string
		columns, err := trino.Columns(t.columns)
		if err != nil {
			panic("the connector's own table " + t.name + ": " + err.Error())
		}
		for _, c := range columns {
			names = append(names, trino.QuoteName(c.Name))
		}
		out = append(out, "CREATE TABLE "+federatedName+"."+federatedSchema+"."+t.name+" AS SELECT * FROM ("+t.query+") AS q("+strings.Join(names, ", ")+")")
	}
	return out
}

// catalogDocument is a data catalogue as GetDataCatalog tells it.
func (s *Service) catalogDocument(c *catalog) map[string]any {
	if c == s.catalog {
		return map[string]any{"Name": c.name, "Type": "GLUE", "Description": "The sandbox's Glue Data Catalog", "Parameters": map[string]string{"catalog-id": s.o.AccountID}}
	}
	return map[string]any{
		"Name": c.name, "Type": "LAMBDA", "Description": "A PostgreSQL of customer accounts behind a connector", "Status": "CREATE_COMPLETE",
		"Parameters": map[string]string{"function": "arn:aws:lambda:" + s.o.Region + ":" + s.o.AccountID + ":function:crm-connector"},
	}
}
