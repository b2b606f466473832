package dynamodb

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/partiql"
)

func TestConditionsBecomeExpressions(t *testing.T) {
	params := []types.AttributeValue{&types.AttributeValueMemberN{Value: "5"}, &types.AttributeValueMemberNULL{Value: true}}
	for text, want := range map[string]struct{ usual, exact string }{
		`total > 1`: {"#n0 > :v0", "#n0 > :v0"},
		`"select"."a.b"[2] = ? and 'x' = "select"`:  {"(#n0.#n1[2] = :v0) AND (:v1 = #n0)", "(#n0.#n1[2] = :v0) AND (:v1 = #n0)"},
		`a between 1 and 2 or b in ('x', 'y')`:      {"(#n0 BETWEEN :v0 AND :v1) OR (#n1 IN (:v2, :v3))", "(#n0 BETWEEN :v0 AND :v1) OR (#n1 IN (:v2, :v3))"},
		`begins_with(a, 'x') and contains(b, true)`: {"(begins_with(#n0, :v0)) AND (contains(#n1, :v1))", "(begins_with(#n0, :v0)) AND (contains(#n1, :v1))"},
		`a is missing and b is not missing`:         {"(attribute_not_exists(#n0)) AND (attribute_exists(#n1))", "(attribute_not_exists(#n0)) AND (attribute_exists(#n1))"},
		`size(a) > 3`:                               {"size(#n0) > :v0", "size(#n0) > :v0"},
		`attribute_exists(a)`:                       {"attribute_exists(#n0)", ""},
		`a <> 1`:                                    {"#n0 <> :v0", ""},
		`not a = 1`:                                 {"NOT (#n0 = :v0)", ""},
		`a = null`:                                  {"#n0 = :v0", ""},
		`a = 1 and b = ? and c = ?`:                 {"((#n0 = :v0) AND (#n1 = :v1)) AND (#n2 = :v2)", ""},
		`a is null`:                                 {"", ""},
		`a = 1 or lower(b) = 'x'`:                   {"", ""},
	} {
		c, ok := partiql.ParseCondition(text)
		if !ok {
			t.Errorf("%s is not understood", text)
			continue
		}
		for exact, want := range map[bool]string{false: want.usual, true: want.exact} {
			got, ok := newExpression(params, exact).condition(c)
			if !ok {
				got = ""
			}
			if got != want {
				t.Errorf("%s (exact %v)\ngot  %s\nwant %s", text, exact, got, want)
			}
		}
	}
}
