//go:build cgo

package duck_test

import (
	"context"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/google/go-cmp/cmp"
)

func TestOpenLocksTheEngineIntoItsFolders(t *testing.T) {
	inside, outside := t.TempDir(), t.TempDir()
	for _, dir := range []string{inside, outside} {
		if err := os.WriteFile(filepath.Join(dir, "x.csv"), []byte("a,b\n1,2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := duck.Open(t.Context(), duck.Options{
		MemoryLimit:     "200MB",
		Threads:         2,
		TempDir:         inside,
		AllowedDirs:     []string{inside},
		AllowedSettings: []string{"search_path"},
		Database: []string{
			"SET GLOBAL integer_division = true",
			"ATTACH ':memory:' AS awsdatacatalog",
			"CREATE SCHEMA awsdatacatalog.sales",
			"CREATE TABLE awsdatacatalog.sales.t AS SELECT 1 AS one",
		},
		Connection: []string{"USE awsdatacatalog.sales"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	var half, one, a int
	if err := db.QueryRow("SELECT 7/2, (SELECT one FROM t), (SELECT a FROM '"+inside+"/x.csv')").Scan(&half, &one, &a); err != nil {
		t.Fatal(err)
	}
	if half != 3 || one != 1 || a != 1 {
		t.Errorf("got %d %d %d", half, one, a)
	}
	for _, refused := range []string{
		"SELECT * FROM '" + outside + "/x.csv'",
		"COPY t TO '" + outside + "/y.csv'",
		"SET memory_limit = '4GB'",
		"SET enable_external_access = true",
		"SET lock_configuration = false",
		"INSTALL httpfs",
		"ATTACH '" + outside + "/z.db'",
	} {
		if _, err := db.Exec(refused); err == nil {
			t.Errorf("%s was allowed", refused)
		}
	}
	if _, err := db.Exec("SET search_path = 'awsdatacatalog.sales'"); err != nil {
		t.Errorf("an allowed setting was refused: %v", err)
	}
}

func TestErrorsTellWhatAndWhere(t *testing.T) {
	db, err := duck.Open(t.Context(), duck.Options{Database: []string{"CREATE TABLE t AS SELECT 1 AS a"}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tests := map[string]duck.Error{
		"SELECT nope FROM t":         {Kind: "Binder", Subtype: "COLUMN_NOT_FOUND", Name: "nope", Position: 7},
		"SELECT 1 FROM nope":         {Kind: "Catalog", Subtype: "MISSING_ENTRY", Entry: "Table", Name: "nope", Position: 14},
		"SELEC 1":                    {Kind: "Parser", Subtype: "SYNTAX_ERROR", Position: 0},
		"SELECT CAST('x' AS INT)":    {Kind: "Conversion", Position: 7},
		"SELECT error('went wrong')": {Kind: "Invalid Input", Message: "went wrong", Position: -1},
	}
	for statement, want := range tests {
		_, err := db.Exec(statement)
		got, ok := duck.AsError(err)
		if !ok {
			t.Errorf("%s: %v is not an engine error", statement, err)
			continue
		}
		if want.Message == "" {
			want.Message = got.Message
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%s: %s", statement, diff)
		}
		if strings.Contains(got.Error(), "{") {
			t.Errorf("%s: raw JSON in %q", statement, got.Error())
		}
	}
}

func TestSetUpThatFailsNamesItsStatement(t *testing.T) {
	_, err := duck.Open(t.Context(), duck.Options{Database: []string{"CREATE SCHEMA nowhere.x"}})
	if err == nil || !strings.Contains(err.Error(), "CREATE SCHEMA nowhere.x") {
		t.Errorf("got %v", err)
	}
}

func TestCancelInterruptsAndLeavesTheConnectionUsable(t *testing.T) {
	db, err := duck.Open(t.Context(), duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := db.ExecContext(ctx, "SELECT sum(sqrt(a.range*b.range)) FROM range(10000000) a, range(10000000) b"); err == nil {
		t.Fatal("ran to the end")
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %v to notice", took)
	}
	var one int
	if err := db.QueryRow("SELECT 1").Scan(&one); err != nil || one != 1 {
		t.Errorf("afterwards: %d, %v", one, err)
	}
}

func TestPlainValuesKeepTheirExactness(t *testing.T) {
	db, err := duck.Open(t.Context(), duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	huge, _ := new(big.Int).SetString("170141183460469231731687303715884105727", 10)
	tests := map[string]any{
		"-12.30::DECIMAL(12,2)":                            duck.Number("-12.30"),
		"0.05::DECIMAL(38,4)":                              duck.Number("0.0500"),
		"7::DECIMAL(4,0)":                                  duck.Number("7"),
		"170141183460469231731687303715884105727::HUGEINT": huge,
		"[1.5, NULL]":                                      []any{duck.Number("1.5"), nil},
		"{a: 1, b: 0.10}":                                  map[string]any{"a": int32(1), "b": duck.Number("0.10")},
		"MAP {'b': 1, 'a': 2}":                             []duck.Pair{{Key: "b", Value: int32(1)}, {Key: "a", Value: int32(2)}},
		"INTERVAL '1 month 2 days 3 microseconds'":         duck.Interval{Months: 1, Days: 2, Micros: 3},
	}
	for expression, want := range tests {
		var v any
		if err := db.QueryRow("SELECT " + expression).Scan(&v); err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if diff := cmp.Diff(want, duck.Plain(v), cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
			t.Errorf("%s: %s", expression, diff)
		}
	}
}
