package web

import (
	"encoding/json"
	"slices"
	"testing"
)

// What is sent while a page subscribes is newer than what the page is told of
// as it was then: the older must not take its place, or a dialog would show
// forever what it was.
func TestAPageThatSubscribesMissesNoChange(t *testing.T) {
	h := newHub()
	s := h.subscribe([]byte(`{"type":"hello"}`))
	h.send("login", "1", map[string]any{"waiting": 1})
	s.offer("login 1", []byte(`{"type":"login","waiting":0}`))
	s.offer("login 2", []byte(`{"type":"login","waiting":2}`))
	h.send("login", "2", map[string]any{"waiting": 3})
	var got []int
	for i, data := range s.take() {
		var doc struct {
			Type    string
			Waiting int
		}
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		if (doc.Type == "hello") != (i == 0) {
			t.Errorf("%d: %s", i, data)
		}
		got = append(got, doc.Waiting)
	}
	if !slices.Equal(got, []int{0, 1, 3}) {
		t.Error(got)
	}
}
