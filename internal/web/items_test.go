package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// One item is read, changed and deleted only while it is what was read.
func TestItems(t *testing.T) {
	v := signedIn(t)
	key := json.RawMessage(`{"pk":{"S":"CUSTOMER#1"},"sk":{"S":"PROFILE"}}`)
	body := func(more map[string]any) map[string]any {
		doc := map[string]any{"connection": "shop", "table": "shop", "key": key}
		for name, value := range more {
			doc[name] = value
		}
		return doc
	}
	type itemDoc struct {
		Item    json.RawMessage
		Version string
	}
	var first, second itemDoc
	if status := v.call("POST", "/api/items/get", body(nil), &first); status != 200 || !strings.Contains(string(first.Item), `"ledger":{"N":"7504621374198427669.4441015372990149525"}`) {
		t.Fatalf("%d %s", status, first.Item)
	}
	changed := json.RawMessage(strings.Replace(string(first.Item), `"Kaito Rossi"`, `"<Kaito> & Rossi"`, 1))
	if status := v.call("PUT", "/api/items", body(map[string]any{"item": changed, "was": first.Item}), nil); status != http.StatusNoContent {
		t.Fatal(status)
	}
	v.call("POST", "/api/items/get", body(nil), &second)
	var name struct{ Name struct{ S string } }
	if err := json.Unmarshal(second.Item, &name); err != nil || name.Name.S != "<Kaito> & Rossi" || second.Version == first.Version {
		t.Errorf("%v %s %s", err, second.Item, second.Version)
	}
	// Too late: the present item comes back, and nothing is written.
	conflict := func(method string, more map[string]any, holds string) {
		t.Helper()
		status, _, data := v.request(method, "/api/items", body(more), nil)
		var doc struct {
			Error errorDoc
			Item  json.RawMessage
		}
		if err := json.Unmarshal(data, &doc); err != nil || status != http.StatusConflict || doc.Error.Code != "statement" || !strings.Contains(string(doc.Item), holds) {
			t.Errorf("%s: %d %s", method, status, data)
		}
	}
	conflict("PUT", map[string]any{"item": first.Item, "was": json.RawMessage(strings.Replace(string(first.Item), `"Kaito Rossi"`, `"Nobody"`, 1))}, "Kaito")
	conflict("PUT", map[string]any{"item": first.Item, "was": nil}, "Kaito")
	conflict("DELETE", map[string]any{"was": first.Item}, "Kaito")
	if status := v.call("DELETE", "/api/items", body(map[string]any{"was": second.Item}), nil); status != http.StatusNoContent {
		t.Error(status)
	}
	if status := v.call("POST", "/api/items/get", body(nil), nil); status != http.StatusNotFound {
		t.Error(status)
	}
	conflict("PUT", map[string]any{"item": first.Item, "was": second.Item}, "null")
	if status := v.call("PUT", "/api/items", body(map[string]any{"item": first.Item}), nil); status != http.StatusNoContent {
		t.Error("a new item is refused:", status)
	}
	for _, bad := range []map[string]any{
		{"item": json.RawMessage(`{"pk":{"S":"other"},"sk":{"S":"PROFILE"}}`), "was": first.Item},
		{"item": json.RawMessage(`{"pk":{"S":"CUSTOMER#1"},"sk":{"S":"PROFILE"},"n":{"N":"x"}}`), "was": first.Item},
		{"key": json.RawMessage(`{"pk":{"S":"CUSTOMER#1"}}`), "item": first.Item},
		{"key": json.RawMessage(`{"pk":{"N":"1"},"sk":{"S":"PROFILE"}}`), "item": first.Item},
		{"was": first.Item}, {"table": ""},
	} {
		if status := v.call("PUT", "/api/items", body(bad), nil); status != http.StatusBadRequest {
			t.Errorf("%v: %d", bad, status)
		}
	}
	if status := v.call("DELETE", "/api/items", body(nil), nil); status != http.StatusBadRequest {
		t.Error("deleted without a word of what it was:", status)
	}
}

// A read-only connection refuses, one labelled production wants a person's word.
func TestItemsAreGuarded(t *testing.T) {
	v := signedIn(t)
	doc := map[string]any{"connection": "guarded", "table": "shop", "key": json.RawMessage(`{"pk":{"S":"GUARD"},"sk":{"S":"1"}}`),
		"item": json.RawMessage(`{"pk":{"S":"GUARD"},"sk":{"S":"1"}}`)}
	for _, c := range []struct {
		entry     map[string]any
		confirmed bool
		want      int
	}{
		{map[string]any{"read_only": true}, true, http.StatusConflict},
		{map[string]any{"label": "production"}, false, http.StatusConflict},
		{map[string]any{"label": "production"}, true, http.StatusNoContent},
	} {
		entry := map[string]any{"engine": "dynamodb", "profile": "dev", "region": "us-east-1"}
		for name, value := range c.entry {
			entry[name] = value
		}
		if status, _, data := v.request("PUT", "/api/connections/guarded", entry, nil); status >= 300 {
			t.Fatalf("%d %s", status, data)
		}
		doc["confirmed"] = c.confirmed
		if status, _, data := v.request("PUT", "/api/items", doc, nil); status != c.want || c.want == http.StatusConflict && !strings.Contains(string(data), `"guarded"`) {
			t.Errorf("%v: %d %s", c.entry, status, data)
		}
		if status, _, data := v.request("DELETE", "/api/connections/guarded", map[string]any{}, nil); status >= 300 {
			t.Fatalf("%d %s", status, data)
		}
	}
}
