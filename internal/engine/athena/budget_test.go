package athena

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// scanning is a state of a query that has read so many bytes.
func scanning(state, reason string, bytes int64) func(map[string]any) any {
	return func(map[string]any) any {
		return map[string]any{"QueryExecution": map[string]any{
			"QueryExecutionId": "q-1", "StatementType": "DML", "Status": map[string]any{"State": state, "StateChangeReason": reason},
			"Statistics": map[string]any{"DataScannedInBytes": bytes},
		}}
	}
}

func TestAStatementStopsAtItsBudget(t *testing.T) {
	const gb = 1_000_000_000
	for name, c := range map[string]struct {
		states     []func(map[string]any) any
		param      string
		budget     int64
		stops      int
		says, hint string
	}{
		"while it runs": {[]func(map[string]any) any{scanning("RUNNING", "", gb/2), scanning("RUNNING", "", 2*gb), scanning("CANCELLED", "Query cancelled by user", 3*gb)},
			"", gb, 1, "had read 3.0 GB, more than the 1.0 GB it may; it cost about 0.01 USD", "max-scan"},
		"by the connection": {[]func(map[string]any) any{scanning("RUNNING", "", 2*gb), scanning("CANCELLED", "", 2*gb)},
			"1.5GB", 0, 1, "more than the 1.5 GB it may", "max-scan"},
		"ended before it could be stopped": {[]func(map[string]any) any{scanning("SUCCEEDED", "", 2*gb)},
			"", gb, 0, "had ended before it could be stopped; it cost", "fairlead attach q-1"},
		"by the workgroup": {[]func(map[string]any) any{scanning("CANCELLED", "Bytes scanned limit was exceeded", gb)},
			"", 5 * gb, 0, `Workgroup "primary" stopped the query at its limit of 800 MB a query: it had read 1.0 GB`, "workgroup"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &double{answer: finished("DML", "SELECT")}
			d.answer["GetQueryExecution"] = inTurn(c.states...)
			d.answer["GetWorkGroup"] = func(map[string]any) any {
				return map[string]any{"WorkGroup": map[string]any{"Name": "primary", "Configuration": map[string]any{"BytesScannedCutoffPerQuery": 800_000_000}}}
			}
			_, err := openDouble(t, d, map[string]string{"max_scan": c.param}).Run(t.Context(),
				engine.Statement{Text: "select 1", Budget: engine.Budget{ScanBytes: c.budget}})
			f := fault.As(err)
			if f == nil || f.Code != fault.Guarded || !strings.Contains(f.Message, c.says) || !strings.Contains(f.Remedy, c.hint) {
				t.Errorf("%#v", f)
			}
			if n := d.count("StopQueryExecution"); n != c.stops {
				t.Errorf("stopped %d times", n)
			}
		})
	}
}

func TestABudgetThatIsKeptChangesNothing(t *testing.T) {
	d := &double{answer: finished("DML", "SELECT")}
	d.answer["GetQueryResults"] = onePage
	s, err := openDouble(t, d, map[string]string{"max_scan": "1MB"}).Run(t.Context(),
		engine.Statement{Text: "select 1", Budget: engine.Budget{ScanBytes: 1 << 40}})
	if err != nil {
		t.Fatal(err)
	}
	if rows := read(t, s); len(rows) != 2 || d.count("StopQueryExecution") != 0 {
		t.Errorf("%v", rows)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"10GB": 10_000_000_000, "1.5 GiB": 3 << 29, "500mb": 500_000_000, "1k": 1000, "42": 42, "7 B": 7, "2TB": 2_000_000_000_000,
	} {
		if n, ok := parseSize(text); !ok || n != want {
			t.Errorf("%q: %d, %v", text, n, ok)
		}
	}
	for _, text := range []string{"", "GB", "-1GB", "0", "ten", "1e400", "NaN", "inf", "0x10", "1_0"} {
		if n, ok := parseSize(text); ok {
			t.Errorf("%q: %d", text, n)
		}
	}
}

// The table that people read is the one that is used.
func TestPricesAreAsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/prices.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Athena")
	section, _, _ = strings.Cut(section, "## DynamoDB")
	for region, usd := range otherPrices() {
		if row := fmt.Sprintf("| %s | %.2f |", region, usd); !strings.Contains(section, row) {
			t.Errorf("no row %q", row)
		}
	}
	if rows := strings.Count(section, "\n| "); rows != len(otherPrices())+3 || !strings.Contains(section, pricesOf) {
		t.Errorf("%d rows, and is it of %s?", rows, pricesOf)
	}
}

func TestPrices(t *testing.T) {
	for _, c := range []struct {
		region, own string
		want        float64
	}{{"us-east-1", "", 5}, {"sa-east-1", "", 9}, {"sa-east-1", "4.2", 4.2}, {"us-east-1", "0", 0}, {"cn-north-1", "", -1}, {"cn-north-1", "3", 3}} {
		if got := priceOf(c.region, c.own); got != c.want {
			t.Errorf("%s %q: %v", c.region, c.own, got)
		}
	}
	e := &Engine{price: 5}
	for bytes, mb := range map[int64]float64{0: 10, 1: 10, 10 << 20: 10, 10<<20 + 1: 11, 1 << 40: 1 << 20} {
		if got := e.scanPrice(bytes); got != mb*megabyte/terabyte*5 {
			t.Errorf("%d bytes: %v", bytes, got)
		}
	}
}
