package dynamodb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// TestEveryReservedWord names attributes by each word that expressions do not
// take, and changes all of them: an item is written whatever it is made of.
func TestEveryReservedWord(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "sandbox", "dynamodb", "expr", "reserved.go"))
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`\b[A-Z]{2,}\b`).FindAllString(string(source), -1)
	if len(words) < 500 {
		t.Fatalf("%d words", len(words))
	}
	seen := map[string]bool{}
	_, e, client := writer(t)
	table := emptyTable(t, e, client, "reserved")
	item := func(from, to int) string {
		doc := `{"pk":{"S":"R"},"sk":{"S":"x"}`
		clear(seen)
		for i, w := range words {
			if seen[w] {
				continue
			}
			seen[w] = true
			value := "old"
			if i >= from && i < to {
				value = "new"
			}
			doc += fmt.Sprintf(`,%q:{"S":%q}`, w, value)
		}
		return doc + "}"
	}
	was := item(0, 0)
	if _, err := e.PutItem(t.Context(), engine.ItemWrite{Table: table, Item: []byte(was)}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.PutItem(t.Context(), engine.ItemWrite{Table: table, Item: []byte(item(0, len(words))), Was: []byte(was)}); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("more than a condition can hold: %v", err)
	}
	for from := 0; from < len(words); from += 120 {
		now := item(0, from+120)
		if _, err := e.PutItem(t.Context(), engine.ItemWrite{Table: table, Item: []byte(now), Was: []byte(was)}); err != nil {
			t.Fatal(err)
		}
		was = now
	}
	doc, _, err := e.GetItem(t.Context(), table, []byte(`{"pk":{"S":"R"},"sk":{"S":"x"}}`))
	if err != nil || strings.Contains(string(doc), "old") || strings.Count(string(doc), "new") != len(seen) {
		t.Errorf("%v: %.300s", err, doc)
	}
	if _, err := e.DeleteItem(t.Context(), engine.ItemWrite{Table: table, Key: []byte(`{"pk":{"S":"R"},"sk":{"S":"x"}}`), Was: doc}); err != nil {
		t.Error(err)
	}
}
