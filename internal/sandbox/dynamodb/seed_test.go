package dynamodb

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

func TestSmoke(t *testing.T) {
	start := time.Now()
	s, err := New(Options{Seed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(start))
	for _, c := range [][2]string{{"ListTables", "{}"}, {"DescribeTable", `{"TableName":"shop"}`}, {"ExecuteStatement", `{"Statement":"select * from \"shop\" where pk = 'CUSTOMER#1'","ReturnConsumedCapacity":"INDEXES"}`},
		{"ExecuteStatement", `{"Statement":"select pk, \"total\" from shop.by_status where status = 'NEW'","Limit":3}`}} {
		v, err := s.Call(context.Background(), &wire.Call{Operation: c[0], Body: []byte(c[1])})
		if err != nil {
			t.Fatal(c, err)
		}
		b, _ := json.Marshal(v)
		t.Log(string(b))
	}
}

func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		if _, err := New(Options{Seed: true}); err != nil {
			b.Fatal(err)
		}
	}
}
