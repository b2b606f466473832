package dynamodb

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// placeholders are the parameters that every request with expressions has.
type placeholders struct {
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues map[string]json.RawMessage
}

// env decodes the placeholders; some says whether the request has an expression
// that could use them.
func (p placeholders) env(some bool) (*expr.Env, error) {
	for _, given := range []struct {
		name  string
		is    bool
		empty bool
	}{
		{"ExpressionAttributeNames", p.ExpressionAttributeNames != nil, len(p.ExpressionAttributeNames) == 0},
		{"ExpressionAttributeValues", p.ExpressionAttributeValues != nil, len(p.ExpressionAttributeValues) == 0},
	} {
		if given.is && !some {
			return nil, attr.Refusal(given.name + " can only be specified when using expressions")
		}
		if given.is && given.empty {
			return nil, attr.Refusal(given.name + " must not be empty")
		}
	}
	values := make(map[string]attr.Value, len(p.ExpressionAttributeValues))
	for _, k := range slices.Sorted(maps.Keys(p.ExpressionAttributeValues)) {
		v, err := attr.Parse(p.ExpressionAttributeValues[k])
		var refusal attr.Refusal
		if errors.As(err, &refusal) {
			return nil, "ExpressionAttributeValues contains invalid value: " + refusal + attr.Refusal(" for key "+k)
		}
		if err != nil {
			return nil, err
		}
		if v.TooDeep() {
			return nil, attr.TooDeep
		}
		values[k] = v
	}
	env := expr.NewEnv(p.ExpressionAttributeNames, values)
	return env, env.CheckNames()
}

// notBoth refuses a request that has both expressions and the parameters that
// came before them; the arguments are the names of those given.
func notBoth(legacy, modern []string) error {
	legacy, modern = given(legacy), given(modern)
	if len(legacy) == 0 || len(modern) == 0 {
		return nil
	}
	return attr.Refusal("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {" +
		strings.Join(legacy, ", ") + "} Expression parameters: {" + strings.Join(modern, ", ") + "}")
}

func given(names []string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}

// named is name if is, else "".
func named(name string, is bool) string {
	if is {
		return name
	}
	return ""
}
