package expr

import (
	"strconv"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// KeySchema names the key attributes of a table or index and their types.
type KeySchema struct {
	Hash, Range         string // Range is empty for a simple key
	HashType, RangeType attr.Type
}

// Names lists the key attributes.
func (k KeySchema) Names() []string {
	if k.Range == "" {
		return []string{k.Hash}
	}
	return []string{k.Hash, k.Range}
}

// KeyRange is what a query reads: one partition, and within it the items whose
// sort key satisfies Op.
type KeyRange struct {
	Hash   attr.Value
	Op     string // "" for the whole partition, else = < <= > >= BETWEEN begins_with
	Lo, Hi attr.Value
}

// keyConditionKind is the parameter whose grammar allows parentheses within
// parentheses.
const keyConditionKind = "KeyConditionExpression"

// KeyCondition parses a KeyConditionExpression; KeyRangeOf then holds it against
// a key schema.
func (e *Env) KeyCondition(text string) (Cond, error) { return e.Condition(keyConditionKind, text) }

// KeyRangeOf reads a condition as a key condition.
func KeyRangeOf(c Cond, schema KeySchema) (KeyRange, error) {
	var parts []keyPart
	if err := collectKeyParts(c, &parts); err != nil {
		return KeyRange{}, err
	}
	return keyRange(parts, schema)
}

// keyPart is one condition on one attribute, attribute on the left.
type keyPart struct {
	path   Path
	op     string
	lo, hi attr.Value
}

const invalidKeyCondition = "Invalid KeyConditionExpression: "

func collectKeyParts(c Cond, parts *[]keyPart) error {
	switch c := c.(type) {
	case And:
		if err := collectKeyParts(c.L, parts); err != nil {
			return err
		}
		return collectKeyParts(c.R, parts)
	case Compare:
		if c.Op != "<>" {
			return addCompare(c, parts)
		}
		return badKeyOperator("<>")
	case Between:
		path, ok := c.X.(Path)
		lo, okLo := c.Lo.(Literal)
		hi, okHi := c.Hi.(Literal)
		if !ok || !okLo || !okHi {
			return badKeyOperator("BETWEEN")
		}
		*parts = append(*parts, keyPart{path, "BETWEEN", lo.Value, hi.Value})
		return nil
	case Call:
		path, ok := c.Args[0].(Path)
		if c.Name != "begins_with" || !ok {
			return badKeyOperator(c.Name)
		}
		lit, ok := c.Args[1].(Literal)
		if !ok {
			return badKeyOperator(c.Name)
		}
		*parts = append(*parts, keyPart{path, c.Name, lit.Value, attr.Value{}})
		return nil
	case Or:
		return badKeyOperator("OR")
	case Not:
		return badKeyOperator("NOT")
	}
	return badKeyOperator("IN")
}

func badKeyOperator(op string) error {
	return attr.Refusal("Invalid operator used in KeyConditionExpression: " + op)
}

func addCompare(c Compare, parts *[]keyPart) error {
	if path, ok := c.L.(Path); ok {
		if lit, ok := c.R.(Literal); ok {
			*parts = append(*parts, keyPart{path, c.Op, lit.Value, attr.Value{}})
			return nil
		}
	}
	if lit, ok := c.L.(Literal); ok {
		if path, ok := c.R.(Path); ok {
			*parts = append(*parts, keyPart{path, mirror(c.Op), lit.Value, attr.Value{}})
			return nil
		}
	}
	return attr.Refusal(invalidKeyCondition + "Condition must compare a key attribute with a value")
}

// mirror is the operator that holds with the sides exchanged.
func mirror(op string) string {
	switch op {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return op
}

func keyRange(parts []keyPart, schema KeySchema) (KeyRange, error) {
	seen := map[string]keyPart{}
	for _, p := range parts {
		if len(p.path) > 1 {
			return KeyRange{}, attr.Refusal(invalidKeyCondition + "KeyConditionExpressions cannot have conditions on nested attributes")
		}
		if _, twice := seen[p.path.Top()]; twice {
			return KeyRange{}, attr.Refusal(invalidKeyCondition + "KeyConditionExpressions must only contain one condition per key")
		}
		seen[p.path.Top()] = p
	}
	keys := schema.Names()
	if len(parts) > len(keys) {
		return KeyRange{}, attr.Refusal("The number of query conditions (" + strconv.Itoa(len(parts)) +
			") exceeds the number of key attributes defined in the schema (" + strconv.Itoa(len(keys)) + ")")
	}
	hash, ok := seen[schema.Hash]
	if !ok {
		return KeyRange{}, attr.Refusal("Query condition missed key schema element: " + schema.Hash)
	}
	if len(parts) == 1 {
		return withRange(hash, keyPart{}, schema)
	}
	sort, ok := seen[schema.Range]
	if !ok {
		return KeyRange{}, attr.Refusal("Query condition missed key schema element: " + schema.Range)
	}
	return withRange(hash, sort, schema)
}

func withRange(hash, sort keyPart, schema KeySchema) (KeyRange, error) {
	if hash.op != "=" {
		return KeyRange{}, attr.Refusal("Query key condition not supported")
	}
	if err := CheckKeyOperand(schema.Hash, schema.HashType, hash.lo); err != nil {
		return KeyRange{}, err
	}
	if sort.op == "" {
		return KeyRange{Hash: hash.lo}, nil
	}
	for _, v := range []attr.Value{sort.lo, sort.hi} {
		if v.IsZero() {
			continue
		}
		if err := CheckKeyOperand(schema.Range, schema.RangeType, v); err != nil {
			return KeyRange{}, err
		}
	}
	return KeyRange{hash.lo, sort.op, sort.lo, sort.hi}, nil
}

// CheckKeyOperand refuses a value that a key attribute cannot have.
func CheckKeyOperand(name string, t attr.Type, v attr.Value) error {
	if v.Type() != t {
		return attr.Refusal("One or more parameter values were invalid: Condition parameter type does not match schema type")
	}
	return EmptyKey(name, v)
}

// EmptyKey refuses an empty key value.
func EmptyKey(name string, v attr.Value) error {
	if v.Text() != "" {
		return nil
	}
	what := "string"
	if v.Type() == attr.B {
		what = "binary"
	}
	return attr.Refusal("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty " + what + " value. Key: " + name)
}
