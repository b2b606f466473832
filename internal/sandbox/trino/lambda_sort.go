package trino

import (
	"fmt"
	"strings"
)

// sortBy writes array_sort(list, (x, y) -> comparison). The engine sorts by
// values only: an element's place is the number of those that come before it.
func (e *emitter) sortBy(pos int, list piece, names []string, body [2]int) {
	if len(names) != 2 {
		e.fail(failAt(e.src, pos, "FUNCTION_NOT_FOUND", "Unexpected parameters for function array_sort"))
		return
	}
	before := func(x, y string) piece {
		return e.aside(func() { e.bound(names, []string{x, y}, func() { e.span(body[0], body[1]) }) })
	}
	e.around(pos, "list_extract(list_transform([", list, "], lambda fl_l: list_transform(list_sort(list_transform(range(1, len(fl_l) + 1), lambda fl_i: struct_pack(place := "+
		"len(list_filter(range(1, len(fl_l) + 1), lambda fl_j: fl_j <> fl_i AND ((")
	e.splice(before("fl_l[fl_j]", "fl_l[fl_i]"))
	e.raw(pos, ") < 0 OR fl_j < fl_i AND (")
	e.splice(before("fl_l[fl_j]", "fl_l[fl_i]"))
	e.raw(pos, ") = 0))), n := fl_i))), lambda fl_p: fl_l[fl_p.n])), 1)")
}

// replaceBy writes regexp_replace(text, pattern, groups -> expression): what
// lies between the matches, joined by what the expression makes of each.
func (e *emitter) replaceBy(i int, args [][2]int, names []string, body [2]int) {
	pos := e.toks[i].pos
	if len(args) != 3 || len(names) != 1 || args[1][1]-args[1][0] != 1 || e.toks[args[1][0]].kind != text {
		e.fail(failAt(e.src, pos, "NOT_SUPPORTED", "the sandbox needs the pattern of regexp_replace as a literal when a function replaces"))
		return
	}
	pattern := e.toks[args[1][0]].value
	s, quoted := "("+string(e.argument(args[0]).text)+")", QuoteText(pattern)
	groups := make([]string, groupsOf(pattern))
	for g := range groups {
		groups[g] = fmt.Sprintf("system.main.regexp_extract_all(%s, %s, %d)[fl_i]", s, quoted, g+1)
	}
	e.raw(pos, "(array_to_string(list_transform(range(1, len(system.main.regexp_extract_all("+s+", "+quoted+")) + 1), lambda fl_i: regexp_split_to_array("+s+", "+quoted+")[fl_i] || coalesce(")
	e.bound(names, []string{"([" + strings.Join(groups, ", ") + "])"}, func() { e.span(body[0], body[1]) })
	e.raw(pos, ", '')), '') || regexp_split_to_array("+s+", "+quoted+")[-1])")
}

// groupsOf counts the capturing groups of a pattern.
func groupsOf(pattern string) int {
	n, inClass := 0, false
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			inClass = true
		case ']':
			inClass = false
		case '(':
			if !inClass && !strings.HasPrefix(pattern[i:], "(?") || strings.HasPrefix(pattern[i:], "(?<") && !strings.HasPrefix(pattern[i:], "(?<=") && !strings.HasPrefix(pattern[i:], "(?<!") {
				n++
			}
		}
	}
	return n
}
