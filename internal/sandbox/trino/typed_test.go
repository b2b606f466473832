//go:build cgo

package trino_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// The engine is asked for the types of a list at once, and for each apart where
// they cannot stand together.
func TestTypesAreAskedForTogether(t *testing.T) {
	db := engine(t)
	var items, from []string
	for i := range 300 {
		items, from = append(items, fmt.Sprintf("c%d / 2", i)), append(from, fmt.Sprintf("%d AS c%d", i, i))
	}
	for sql, most := range map[string]int{
		"SELECT " + strings.Join(items, ", ") + " FROM (SELECT " + strings.Join(from, ", ") + ")":                        1,
		"SELECT (a / b) / (c / d) FROM (VALUES (1, 2, 3, 4)) v(a, b, c, d)":                                              2,
		"SELECT i / 2, sum(f / i), max(d / 3) FROM t WHERE f / 4 < 1 GROUP BY i":                                         8,
		"SELECT transform(l, x -> x / 2), i / 3 FROM t":                                                                  4,
		"SELECT a / 2, (SELECT max(b / 3) FROM (VALUES 1) u(b)), a / 4 FROM (VALUES 1) v(a) WHERE EXISTS (SELECT a / 5)": 6,
	} {
		st, err := trino.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		r := &trino.Rewriter{}
		for asked := 0; ; asked++ {
			q, err := st.Rewrite(r)
			if err != nil {
				t.Fatalf("%.80s: %v", sql, err)
			}
			_, err = db.ExecContext(t.Context(), "DESCRIBE "+q.SQL)
			if err == nil {
				break
			}
			if asked == most || !r.Learn(q, err) {
				t.Errorf("%.80s: asked %d times: %v", sql, asked, err)
				break
			}
		}
	}
}
