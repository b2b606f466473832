package rsql

// witness turns a rewritten expression into one of the same type that the
// engine can type before it plans the statement: DuckDB chooses a macro's
// overload by types it cannot find out for aggregates over columns. A witness
// is given to a macro beside the value and is never evaluated.
func witness(ns []node) []node {
	out := make([]node, 0, len(ns))
	for i := 0; i < len(ns); i++ {
		n := ns[i]
		if n.as != "" {
			out = append(out, value(n.as, n.tok.Pos))
			continue
		}
		isCall := n.group == 0 && i+1 < len(ns) && ns[i+1].paren() && callee(n)
		if !isCall || i > 0 && ns[i-1].is(".") {
			if n.group != 0 && !isQuery(n.kids) {
				n.kids = witness(n.kids)
			}
			out = append(out, n)
			continue
		}
		made := witnessCall(n, ns[i+1])
		i = callTail(ns, i+2) - 1
		out = append(out, made...)
	}
	return out
}

func isQuery(kids []node) bool {
	return len(kids) > 0 && (kids[0].is("select") || kids[0].is("with"))
}

// witnessCall is the witness of f(args).
func witnessCall(f, args node) []node {
	pos := f.tok.Pos
	parts := split(args.kids)
	last := func() []node {
		if len(parts) == 0 {
			return nil
		}
		return witness(parts[len(parts)-1])
	}
	switch f.tok.Text {
	case "rs.main.sum_as":
		return call("rs.main.sum_kind", pos, last())
	case "rs.main.avg_as":
		return call("rs.main.avg_kind", pos, last())
	case "count", "approx_count_distinct", "row_number", "rank", "dense_rank", "ntile":
		return []node{value("CAST(0 AS BIGINT)", pos)}
	case "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop", "percent_rank", "cume_dist", "median", "percentile_cont":
		return []node{value("CAST(0 AS DOUBLE)", pos)}
	case "string_agg":
		return []node{value("''", pos)}
	case "bool_and", "bool_or":
		return []node{value("true", pos)}
	case "min", "max", "any_value", "first_value", "last_value", "nth_value", "lag", "lead":
		if len(parts) > 0 {
			first := parts[0]
			if len(first) > 1 && first[0].is("distinct") {
				first = first[1:]
			}
			return []node{group(witness(first), pos)}
		}
	}
	args.kids = witness(args.kids)
	return []node{f, args}
}
