package trino

import (
	"fmt"
	"strings"
)

// Placeholder column names: _colN when N is certain, else a mark that the
// runner replaces by the position it sees.
const unnamedMark = "fl_unnamed_"

// ColumnName is the name that Athena shows for column i (from 0) of a result.
func ColumnName(duck string, i int) string {
	if strings.HasPrefix(duck, unnamedMark) {
		return fmt.Sprintf("_col%d", i)
	}
	return duck
}

// selectList writes SELECT and its items, naming those that have no name.
func (e *emitter) selectList(i, j int) int {
	e.token(i)
	e.block = i
	i++
	if e.at(i).is("distinct") || e.at(i).is("all") {
		e.token(i)
		i++
	}
	stop := e.itemsEnd(i, j)
	star := false
	outermost := e.at(0).is("select") && e.block == 0
	for n, item := range e.split(i, stop) {
		if n > 0 {
			e.glue(e.toks[item[0]-1].pos, ",")
		}
		if item[0] >= item[1] {
			e.fail(e.mismatch(item[0], "'*', <expression>"))
			return stop
		}
		star = star || e.at(item[1]-1).is("*")
		if outermost && !star {
			if zone := e.itemZone(item); zone != "" {
				e.zones[n] = zone
			} else if zone, end := e.shownZone(item); zone != "" {
				e.zones[n] = zone
				e.zonedItem(item, end, n, zone)
				continue
			}
			if e.ofYears(item) {
				e.years[n] = true
			}
		}
		if e.rowItem(item, n) {
			star = true // more columns than items
			continue
		}
		e.selectItem(item, n, star)
	}
	return stop
}

// itemsEnd finds the end of a select list.
func (e *emitter) itemsEnd(i, j int) int {
	for {
		stop := e.end(i, j, "from", "where", "group", "having", "order", "limit", "offset", "fetch", "union", "except", "intersect", "window")
		if stop < j && (e.toks[stop].is("from") && !e.inQuery(stop) || e.toks[stop].is("group") && e.toks[stop-1].is("within") || stop == i && !e.toks[stop].is("from")) {
			i = stop + 1
			continue
		}
		return stop
	}
}

func (e *emitter) selectItem(item [2]int, n int, star bool) {
	last := e.toks[item[1]-1]
	if last.is("*") && (item[1]-item[0] == 1 || e.at(item[1]-2).is(".")) {
		e.span(item[0], item[1])
		return
	}
	switch {
	case item[1]-item[0] >= 3 && e.at(item[1]-2).is("as"):
		e.span(item[0], item[1]-1)
		e.raw(last.pos, aliasText(last))
	case e.isColumn(item):
		e.span(item[0], item[1])
	case item[1]-item[0] >= 2 && last.isName() && e.endsExpression(item[1]-2, item[0]):
		e.span(item[0], item[1]-1)
		e.raw(last.pos, "AS "+aliasText(last))
	default:
		e.span(item[0], item[1])
		name := fmt.Sprintf("_col%d", n)
		if star {
			name = fmt.Sprintf("%s%d", unnamedMark, n)
		}
		e.raw(e.at(item[1]).pos, "AS "+QuoteName(name))
	}
}

// itemZone is z of an item `x AT TIME ZONE 'z' [[AS] alias]`.
func (e *emitter) itemZone(item [2]int) string {
	end := item[1]
	for end-1 > item[0] && e.toks[end-1].kind != text && item[1]-end < 2 {
		end--
	}
	if end-4 <= item[0] || e.toks[end-1].kind != text || !e.toks[end-4].is("at") || !e.toks[end-3].is("time") || !e.toks[end-2].is("zone") || e.primaryStart(end-4) != item[0] {
		return ""
	}
	return e.toks[end-1].value
}

func aliasText(t token) string {
	if t.kind == quoted {
		return QuoteName(t.value)
	}
	return QuoteName(t.text)
}

// isColumn tells whether the item is a plain, perhaps qualified, column.
func (e *emitter) isColumn(item [2]int) bool {
	for k := item[0]; k < item[1]; k++ {
		t := e.toks[k]
		if (k-item[0])%2 == 1 {
			if !t.is(".") {
				return false
			}
		} else if !t.isName() {
			return false
		}
	}
	return (item[1]-item[0])%2 == 1
}

// endsExpression tells whether the token at i can end an expression, so that
// a name behind it is an alias.
func (e *emitter) endsExpression(i, begin int) bool {
	t := e.toks[i]
	switch t.kind {
	case quoted, number, param:
		return true
	case text:
		return i == begin || !e.toks[i-1].is("interval") && !(e.toks[i-1].is("-") && i-1 > begin && e.toks[i-2].is("interval"))
	case punct:
		return t.text == ")" || t.text == "]"
	}
	switch t.value {
	case "end", "null", "true", "false", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user":
		return true
	}
	return !reserved(t.value)
}
