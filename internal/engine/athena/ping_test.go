package athena

import (
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// A test of the connection must find out that it leads nowhere.
func TestPingLooksForCatalogAndDatabase(t *testing.T) {
	there := func(map[string]any) any { return map[string]any{} }
	answer := func(no refusal) func(map[string]any) any { return func(map[string]any) any { return no } }
	noCatalog := answer(refusal{400, "InvalidRequestException", "DataCatalog other was not found"})
	noDatabase := answer(refusal{400, "MetadataException", "Database sales not found"})
	denied := answer(refusal{400, "AccessDeniedException", "not authorized"})
	for name, c := range map[string]struct {
		catalog           string
		lookup, database  func(map[string]any) any
		code              fault.Code
		says, remedy, not string
	}{
		"all there":          {"other", there, there, "", "workgroup primary, catalog other, database sales", "", ""},
		"own catalog":        {"awsdatacatalog", noCatalog, there, "", "workgroup primary, database sales", "", "catalog"},
		"nested catalog":     {"s3tablescatalog/b", noCatalog, there, "", "database sales", "", "catalog"},
		"no catalog":         {"other", noCatalog, there, fault.NotFound, "no catalog other in us-east-1", "--catalog NAME", ""},
		"no database":        {"other", there, noDatabase, fault.NotFound, "no database sales in us-east-1", "--database NAME", ""},
		"may not look":       {"other", denied, denied, "", "workgroup primary", "", "database"},
		"may see a database": {"other", denied, there, "", "workgroup primary, database sales", "", "catalog"},
	} {
		d := &double{answer: map[string]func(map[string]any) any{
			"GetWorkGroup":   func(map[string]any) any { return map[string]any{"WorkGroup": map[string]any{"Name": "primary"}} },
			"GetDataCatalog": c.lookup, "GetDatabase": c.database,
		}}
		text, err := openDouble(t, d, map[string]string{"catalog": c.catalog, "database": "sales"}).(engine.Pinger).Ping(t.Context())
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f := fault.As(err); f != nil {
			text = f.Message
			if !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("%s: remedy %q", name, f.Remedy)
			}
		}
		if !strings.Contains(text, c.says) || c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%s: %q", name, text)
		}
	}
}
