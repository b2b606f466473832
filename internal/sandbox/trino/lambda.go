package trino

import (
	"strings"
)

// lambdaCall translates the functions that take x -> expression. It returns i
// when the call is none of them.
func (e *emitter) lambdaCall(i int, args [][2]int) int {
	t, closing := e.toks[i], e.match[i+1]
	if len(args) == 0 {
		return i
	}
	last := args[len(args)-1]
	names, body := e.lambda(last)
	if body == nil {
		return i
	}
	first := func() piece { return e.argument(args[0]) }
	list := func(function string) {
		e.around(t.pos, function+"(", first(), ", lambda "+strings.Join(names, ", ")+":")
		e.span(body[0], body[1])
		e.glue(t.pos, ")")
	}
	// over writes the body with names bound to other expressions.
	over := func(before, behind string, values ...string) {
		e.raw(t.pos, before)
		e.bound(names, values, func() { e.span(body[0], body[1]) })
		e.glue(t.pos, behind)
	}
	switch t.value {
	case "transform":
		list("list_transform")
	case "filter":
		list("list_filter")
	case "any_match", "all_match", "none_match":
		e.raw(t.pos, map[string]string{"any_match": "(fl_any(", "all_match": "(fl_all(", "none_match": "(NOT fl_any("}[t.value])
		list("list_transform")
		e.glue(t.pos, "))")
	case "zip_with":
		e.around(t.pos, "list_transform(list_zip(", first(), ",")
		e.span(args[1][0], args[1][1])
		over("), lambda fl_z:", ")", "fl_z[1]", "fl_z[2]")
	case "map_filter":
		e.around(t.pos, "map_from_entries(list_filter(map_entries(", first(), "), lambda fl_z:")
		over("", "))", "fl_z.key", "fl_z.value")
	case "transform_values":
		e.around(t.pos, "map_from_entries(list_transform(map_entries(", first(), "), lambda fl_z: struct_pack(key := fl_z.key, value :=")
		over("", ")))", "fl_z.key", "fl_z.value")
	case "transform_keys":
		e.around(t.pos, "map_from_entries(list_transform(map_entries(", first(), "), lambda fl_z: struct_pack(key :=")
		over("", ", value := fl_z.value)))", "fl_z.key", "fl_z.value")
	case "map_zip_with":
		if len(args) != 3 {
			return i
		}
		left, right := e.argument(args[0]), e.argument(args[1])
		e.around(t.pos, "map_from_entries(list_transform(array_union(map_keys(", left, "), map_keys(")
		e.splice(right)
		e.raw(t.pos, ")), lambda fl_k: struct_pack(key := fl_k, value :=")
		over("", ")))", "fl_k", "("+string(left.text)+")[fl_k]", "("+string(right.text)+")[fl_k]")
	case "array_sort":
		e.sortBy(t.pos, first(), names, *body)
	case "regexp_replace":
		e.replaceBy(i, args, names, *body)
	case "reduce", "reduce_agg":
		return e.reduce(i, args)
	default:
		e.fail(failAt(e.src, t.pos, "NOT_SUPPORTED", "the sandbox's %s takes no lambda", t.value))
	}
	return closing + 1
}

// lambda reads `x -> body` or `(x, y) -> body`; body is nil if it is none.
func (e *emitter) lambda(arg [2]int) (names []string, body *[2]int) {
	arrow := e.end(arg[0], arg[1], "->")
	if arrow >= arg[1] {
		return nil, nil
	}
	for k := arg[0]; k < arrow; k++ {
		if t := e.toks[k]; t.isName() {
			names = append(names, strings.ToLower(t.value))
		}
	}
	return names, &[2]int{arrow + 1, arg[1]}
}

// bound runs write with names standing for values.
func (e *emitter) bound(names, values []string, write func()) {
	old := map[string]string{}
	for n, name := range names {
		if n < len(values) {
			if v, ok := e.subst[name]; ok {
				old[name] = v
			}
			e.subst[name] = values[n]
		}
	}
	write()
	for _, name := range names {
		delete(e.subst, name)
		if v, ok := old[name]; ok {
			e.subst[name] = v
		}
	}
}

// reduce writes reduce(list, start, (s, x) -> step, s -> result).
func (e *emitter) reduce(i int, args [][2]int) int {
	t, closing := e.toks[i], e.match[i+1]
	if len(args) != 4 {
		e.fail(failAt(e.src, t.pos, "FUNCTION_NOT_FOUND", "Unexpected parameters for function reduce"))
		return closing + 1
	}
	names, step := e.lambda(args[2])
	out, result := e.lambda(args[3])
	list, start := e.argument(args[0]), e.argument(args[1])
	if t.is("reduce_agg") && result != nil && len(out) == 2 { // the second function joins states of the same kind
		value := list
		list = e.aside(func() {
			e.around(t.pos, "list(", value, ") FILTER (WHERE")
			e.splice(value)
			e.raw(t.pos, "IS NOT NULL)")
		})
		out, result = out[:1], nil
	} else if result == nil {
		names = nil
	}
	if step == nil || len(names) != 2 || len(out) != 1 {
		e.fail(failAt(e.src, t.pos, "FUNCTION_NOT_FOUND", "Unexpected parameters for function reduce"))
		return closing + 1
	}
	// DuckDB folds only values of the element's type: pair each with the state.
	reduced := e.aside(func() {
		e.around(t.pos, "struct_extract(list_reduce(list_prepend(struct_pack(s := ", start, ", x := list_extract(")
		e.splice(list)
		e.around(t.pos, ", 1)), list_transform(", list, ", lambda fl_v: struct_pack(s := ")
		e.splice(start)
		e.raw(t.pos, ", x := fl_v))), lambda fl_a, fl_e: struct_pack(s :=")
		e.bound(names, []string{"fl_a.s", "fl_e.x"}, func() { e.span(step[0], step[1]) })
		e.raw(t.pos, ", x := fl_e.x)), 's')")
	})
	e.around(t.pos, "CASE WHEN (", list, ") IS NULL THEN NULL ELSE")
	if result == nil {
		e.splice(reduced)
	} else {
		e.bound(out, []string{"(" + string(reduced.text) + ")"}, func() { e.span(result[0], result[1]) })
	}
	e.raw(t.pos, "END")
	return closing + 1
}
