package expr

import (
	"maps"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// maxBytes is the longest expression the service takes.
const maxBytes = 4096

// Env holds the placeholders of one request and remembers which were used.
type Env struct {
	names      map[string]string
	values     map[string]attr.Value
	usedNames  map[string]bool
	usedValues map[string]bool
}

// NewEnv makes an Env from ExpressionAttributeNames and -Values.
func NewEnv(names map[string]string, values map[string]attr.Value) *Env {
	return &Env{names, values, map[string]bool{}, map[string]bool{}}
}

// CheckNames refuses placeholders that are not of the right form.
func (e *Env) CheckNames() error {
	for _, k := range slices.Sorted(maps.Keys(e.names)) {
		if !placeholder(k, '#') {
			return attr.Refusal(`ExpressionAttributeNames contains invalid key: Syntax error; key: "` + k + `"`)
		}
		if e.names[k] == "" {
			return attr.Refusal("ExpressionAttributeNames contains invalid value: Empty attribute name for key " + k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(e.values)) {
		if !placeholder(k, ':') {
			return attr.Refusal(`ExpressionAttributeValues contains invalid key: Syntax error; key: "` + k + `"`)
		}
	}
	return nil
}

func placeholder(k string, first byte) bool {
	return len(k) > 1 && k[0] == first && wordEnd(k, 1) == len(k)
}

// CheckUnused refuses placeholders that no expression of the request used. Call
// it after all expressions are parsed.
func (e *Env) CheckUnused() error {
	if left := unused(e.names, e.usedNames); left != "" {
		return attr.Refusal("Value provided in ExpressionAttributeNames unused in expressions: keys: {" + left + "}")
	}
	if left := unused(e.values, e.usedValues); left != "" {
		return attr.Refusal("Value provided in ExpressionAttributeValues unused in expressions: keys: {" + left + "}")
	}
	return nil
}

func unused[V any](given map[string]V, used map[string]bool) string {
	var left []string
	for _, k := range slices.Sorted(maps.Keys(given)) {
		if !used[k] {
			left = append(left, k)
		}
	}
	return strings.Join(left, ", ")
}

// Condition parses a condition; kind is the parameter's name, which stands in
// messages ("Invalid FilterExpression: ...").
func (e *Env) Condition(kind, text string) (Cond, error) {
	p, err := e.parser(kind, text)
	if err != nil {
		return nil, err
	}
	t := p.or()
	c := p.asCond(t)
	p.finish()
	return c, p.err()
}

// Projection parses a list of document paths.
func (e *Env) Projection(text string) ([]Path, error) {
	p, err := e.parser("ProjectionExpression", text)
	if err != nil {
		return nil, err
	}
	paths := []Path{p.path()}
	for p.accept(",") {
		paths = append(paths, p.path())
	}
	p.finish()
	if err := p.err(); err != nil {
		return nil, err
	}
	if msg := Overlap(paths); msg != "" {
		return nil, attr.Refusal("Invalid ProjectionExpression: " + msg)
	}
	return paths, nil
}

func (e *Env) parser(kind, text string) (*parser, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return nil, attr.Refusal("Invalid " + kind + ": The expression can not be empty;")
	case len(text) > maxBytes:
		return nil, attr.Refusal("Invalid " + kind + ": Expression size has exceeded the maximum allowed size;")
	}
	return &parser{env: e, what: kind, src: text, toks: lex(text)}, nil
}

// Overlap finds the first two paths of which one contains the other, or which
// disagree about what stands at a place.
func Overlap(paths []Path) string {
	for i, p := range paths {
		for _, q := range paths[:i] {
			rest := "; must remove or rewrite one of these paths; path one: " + q.String() + ", path two: " + p.String()
			if p.within(q) || q.within(p) {
				return "Two document paths overlap with each other" + rest
			}
			for n := range min(len(p), len(q)) {
				if p[n] != q[n] {
					if (p[n].Name == "") != (q[n].Name == "") {
						return "Two document paths conflict with each other" + rest
					}
					break
				}
			}
		}
	}
	return ""
}
