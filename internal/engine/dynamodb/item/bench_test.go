package item

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// page makes an answer of about a megabyte.
func page() []byte {
	var b bytes.Buffer
	b.WriteString(`{"Count":3449,"Items":[`)
	for i := range 3449 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"pk":{"S":"CUSTOMER#%06d"},"sk":{"S":"ORDER#2025-01-01#%06d"},"order_id":{"N":"%d"},"total":{"N":"%d.50"},"gift":{"BOOL":true},"note":{"S":"%s"},`+
			`"address":{"M":{"city":{"S":"Zürich"},"zip":{"S":"8001"}}},"tags":{"SS":["early","trade"]},"lines":{"L":[{"N":"1"},{"S":"SKU-0001"}]}}`,
			i, i, i, i, strings.Repeat("a note of some words ", 5))
	}
	b.WriteString(`],"LastEvaluatedKey":{"pk":{"S":"x"}}}`)
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	body := page()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := Read(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlain(b *testing.B) {
	body := page()
	a, err := Read(body)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	var out []byte
	for b.Loop() {
		for _, it := range a.Items {
			if out, err = AppendPlain(out[:0], it); err != nil {
				b.Fatal(err)
			}
		}
	}
}
