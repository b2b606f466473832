package dynamodb

import (
	"maps"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// legacyCondition is one entry of Expected, KeyConditions, QueryFilter or
// ScanFilter, the parameters from before expressions.
type legacyCondition struct {
	ComparisonOperator string
	AttributeValueList []attr.Value
	Exists             *bool
	Value              *attr.Value
}

// legacyConditions turns a map of conditions into one.
func legacyConditions(conds map[string]legacyCondition, operator string) (expr.Cond, error) {
	if operator != "" && operator != "AND" && operator != "OR" {
		var c constraints
		c.enum("conditionalOperator", operator, "OR", "AND")
		return nil, c.err()
	}
	var all expr.Cond
	for _, name := range slices.Sorted(maps.Keys(conds)) {
		c, err := conds[name].cond(name)
		switch {
		case err != nil:
			return nil, err
		case all == nil:
			all = c
		case operator == "OR":
			all = expr.Or{L: all, R: c}
		default:
			all = expr.And{L: all, R: c}
		}
	}
	return all, nil
}

func (l legacyCondition) cond(name string) (expr.Cond, error) {
	path := expr.Attr(name)
	exists := expr.Call{Name: "attribute_exists", Args: []expr.Operand{path}}
	absent := expr.Call{Name: "attribute_not_exists", Args: []expr.Operand{path}}
	if l.ComparisonOperator == "" {
		switch {
		case l.Exists != nil && !*l.Exists && l.Value == nil:
			return absent, nil
		case l.Exists != nil && !*l.Exists:
			return nil, attr.Refusal(invalid + "Value cannot be used when Exists is false for Attribute: " + name)
		case l.Value == nil:
			return nil, attr.Refusal(invalid + "Value must be provided when Exists is null for Attribute: " + name)
		}
		return expr.Compare{Op: "=", L: path, R: expr.Literal{Value: *l.Value}}, nil
	}
	values := l.AttributeValueList
	if l.Value != nil {
		values = append(values, *l.Value)
	}
	lits := make([]expr.Operand, len(values))
	for i, v := range values {
		lits[i] = expr.Literal{Value: v}
	}
	if least, most := legacyArity(l.ComparisonOperator); len(lits) < least || len(lits) > most {
		return nil, attr.Refusal(invalid + "Invalid number of argument(s) for the " + l.ComparisonOperator + " ComparisonOperator")
	}
	switch l.ComparisonOperator {
	case "EQ", "NE", "LT", "LE", "GT", "GE":
		op := map[string]string{"EQ": "=", "NE": "<>", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}[l.ComparisonOperator]
		return expr.Compare{Op: op, L: path, R: lits[0]}, nil
	case "NOT_NULL":
		return exists, nil
	case "NULL":
		return absent, nil
	case "CONTAINS":
		return expr.Call{Name: "contains", Args: []expr.Operand{path, lits[0]}}, nil
	case "NOT_CONTAINS":
		return expr.And{L: exists, R: expr.Not{X: expr.Call{Name: "contains", Args: []expr.Operand{path, lits[0]}}}}, nil
	case "BEGINS_WITH":
		return expr.Call{Name: "begins_with", Args: []expr.Operand{path, lits[0]}}, nil
	case "BETWEEN":
		return expr.Between{X: path, Lo: lits[0], Hi: lits[1]}, nil
	case "IN":
		return expr.In{X: path, List: lits}, nil
	}
	var c constraints
	c.enum("comparisonOperator", l.ComparisonOperator, "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS")
	return nil, c.err()
}

func legacyArity(op string) (least, most int) {
	switch op {
	case "NOT_NULL", "NULL":
		return 0, 0
	case "BETWEEN":
		return 2, 2
	case "IN":
		return 1, 100
	}
	return 1, 1
}

// legacyPaths turns AttributesToGet into paths.
func legacyPaths(names []string) ([]expr.Path, error) {
	var paths []expr.Path
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return nil, attr.Refusal(invalid + "Duplicate value in attribute name: " + n)
		}
		seen[n] = true
		paths = append(paths, expr.Attr(n))
	}
	return paths, nil
}

// legacyUpdate is one entry of AttributeUpdates.
type legacyUpdate struct {
	Action string
	Value  *attr.Value
}

func legacyUpdates(updates map[string]legacyUpdate) (expr.Update, error) {
	var out expr.Update
	for _, name := range slices.Sorted(maps.Keys(updates)) {
		u := updates[name]
		a := expr.Action{Path: expr.Attr(name)}
		switch {
		case u.Action == "DELETE" && u.Value == nil:
			a.Verb = expr.Remove
		case u.Value == nil:
			return nil, attr.Refusal(invalid + "Only DELETE action is allowed when no attribute value is specified")
		case u.Action == "DELETE":
			a.Verb = expr.Delete
		case u.Action == "ADD":
			a.Verb = expr.Add
		case u.Action == "" || u.Action == "PUT":
			a.Verb = expr.Set
		default:
			var c constraints
			c.enum("attributeUpdates."+name+".member.action", u.Action, "ADD", "DELETE", "PUT")
			return nil, c.err()
		}
		if u.Value != nil {
			if t := u.Value.Type(); a.Verb == expr.Delete && !t.IsSet() || a.Verb == expr.Add && !t.IsSet() && t != attr.N && t != attr.L {
				return nil, attr.Refusal(invalid + strings.ToUpper(string(a.Verb)) + " action is not supported for the type " + string(t))
			}
			a.Value = expr.Literal{Value: *u.Value}
		}
		out = append(out, a)
	}
	return out, nil
}
