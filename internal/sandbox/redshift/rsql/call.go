package rsql

import (
	"strconv"
	"strings"
	"time"
)

// call rewrites f(args) where Redshift's function differs. done is false when
// the function is the same in DuckDB.
func (s *scan) call(n node) (done bool, err error) {
	f, pos := n.tok.Text, n.tok.Pos
	kids := s.peek(1).kids
	if takesDates(f) {
		kids = dateArguments(kids)
	}
	raw := split(kids)
	switch f {
	case "ratio_to_report":
		return true, s.ratio(n, kids)
	case "generate_series":
		if s.inFrom() {
			return true, s.series(n, raw)
		}
		args, err := s.lists(raw)
		s.pos += 2
		s.emit(call("unnest", pos, call(f, pos, args...))...)
		return true, err
	case "date_trunc":
		return s.truncated(n, raw)
	case "substring", "substr":
		if made, err := s.substring(n, kids); made || err != nil {
			return true, err
		}
	case "cast", "try_cast":
		return s.castCall(n, kids)
	case "extract":
		return s.extract(n, kids)
	case "sum", "avg":
		return true, s.aggregate(n, kids)
	case "listagg":
		return true, s.listagg(n, raw)
	case "dateadd", "date_add", "datediff", "date_diff", "date_part", "pgdate_part":
		return s.dated(n, raw)
	case "to_char", "to_date", "to_timestamp", "to_number":
		return s.formatted(n, raw)
	}
	if engineOnly(f) {
		return true, &UnknownFunction{f, pos}
	}
	if sql, ok := s.sessionFunction(f, raw); ok {
		s.pos += 2
		s.emit(value(sql, pos))
		return true, nil
	}
	made, ok, err := s.plain(f, pos, raw)
	if ok && err == nil {
		s.pos += 2
		s.emit(made...)
	}
	return ok, err
}

// UnknownFunction is a call of what Redshift has not and the engine may have.
type UnknownFunction struct {
	Name string
	Pos  int
}

func (e *UnknownFunction) Error() string { return "function " + e.Name + " does not exist" }

// engineOnly tells the engine's functions that reach around the warehouse:
// its own catalogue, files and settings.
func engineOnly(f string) bool {
	for _, prefix := range []string{"duckdb_", "read_", "pragma_", "parquet_", "sniff_"} {
		if strings.HasPrefix(f, prefix) {
			return true
		}
	}
	switch f {
	case "glob", "query", "query_table", "getenv", "current_setting", "getvariable", "range", "summary", "which_secret":
		return true
	}
	return false
}

// plain rewrites the functions whose arguments are values.
func (s *scan) plain(f string, pos int, in [][]node) ([]node, bool, error) {
	if !rewritten(f) {
		return nil, false, nil
	}
	if f == "convert" && len(in) == 2 {
		t, n := readType(in[0])
		if n != len(in[0]) {
			return nil, true, &SyntaxError{Message: "syntax error at or near \"convert\"", Pos: pos}
		}
		x, err := s.list(in[1])
		return castTo("CAST", pos, x, t), true, err
	}
	args, err := s.lists(in)
	if err != nil {
		return nil, true, err
	}
	switch f {
	case "nvl", "isnull":
		return call("coalesce", pos, args...), true, nil
	case "decode":
		return decode(pos, args), true, nil
	case "concat":
		if len(args) == 2 {
			return []node{group(append(append(args[0], op("||", pos)), args[1]...), pos)}, true, nil
		}
	case "trunc", "round":
		return s.dispatch(f, pos, args), true, nil
	case "json_extract_path_text":
		return jsonPathText(pos, args), true, nil
	case "object":
		return castTo("CAST", pos, call("json_object", pos, args...), typeName{duck: "JSON"}), true, nil
	case "array":
		return castTo("CAST", pos, call("json_array", pos, args...), typeName{duck: "JSON"}), true, nil
	}
	return call("rs.main."+f, pos, args...), true, nil
}

// rewritten tells the functions that plain rewrites: those with a macro, and a
// few more.
func rewritten(f string) bool {
	switch f {
	case "convert", "nvl", "isnull", "decode", "concat", "trunc", "json_extract_path_text", "object", "array":
		return true
	}
	return hasMacro(f)
}

// dispatch calls a macro that is chosen by the type of its first argument,
// which is given again at the end so that it is not converted on the way.
func (s *scan) dispatch(f string, pos int, args [][]node) []node {
	if len(args) == 0 {
		return call(f, pos)
	}
	if f == "round" {
		return call("round", pos, args...)
	}
	if len(args) == 1 {
		return call("rs.main.trunc1", pos, args[0], witness(args[0]))
	}
	return call("rs.main.trunc2", pos, args...)
}

func decode(pos int, args [][]node) []node {
	if len(args) < 3 {
		return call("decode", pos, args...)
	}
	var kids []node
	i := 1
	for ; i+1 < len(args); i += 2 {
		kids = append(kids, word("when", pos), group(args[0], pos), word("is", pos), word("not", pos), word("distinct", pos), word("from", pos), group(args[i], pos), word("then", pos))
		kids = append(kids, args[i+1]...)
	}
	if i < len(args) {
		kids = append(append(kids, word("else", pos)), args[i]...)
	}
	return []node{{tok: Token{Kind: Word, Text: "case", Pos: pos}, group: 'c', kids: kids, end: Token{Kind: Word, Text: "end", Pos: pos}}}
}

// jsonPathText is json_extract_path_text(json, 'a', '0', ... [, null_if_invalid]).
func jsonPathText(pos int, args [][]node) []node {
	if len(args) < 2 {
		return call("json_extract_path_text", pos, args...)
	}
	lenient := false
	if last := args[len(args)-1]; len(last) == 1 && (last[0].is("true") || last[0].is("false")) {
		lenient = last[0].is("true")
		args = args[:len(args)-1]
	}
	var path [][]node
	for _, a := range args[1:] {
		path = append(path, []node{group(a, pos)})
	}
	f := "rs.main.json_path_text"
	if lenient {
		f = "rs.main.json_path_text_or_null"
	}
	list := node{tok: Token{Kind: Op, Text: "[", Pos: pos}, group: '[', kids: join(path, ",", pos), end: Token{Kind: Op, Text: "]", Pos: pos}}
	return call(f, pos, args[0], []node{list})
}

func timestamp(t time.Time) string {
	return "TIMESTAMP " + Quote(t.UTC().Format("2006-01-02 15:04:05.999999"))
}

// sessionFunction answers what only the session knows.
func (s *scan) sessionFunction(f string, args [][]node) (string, bool) {
	if len(args) > 0 {
		return "", false
	}
	if s.inDefault && f == "getdate" {
		return "CAST(date_trunc('second', now()) AS TIMESTAMP)", true
	}
	if s.inDefault && f == "now" {
		return "", false
	}
	switch f {
	case "getdate": // whole seconds, as the service gives
		return timestamp(s.Now.Truncate(time.Second)), true
	case "now":
		return "TIMESTAMPTZ " + Quote(s.Began.UTC().Format("2006-01-02 15:04:05.999999+00")), true
	case "timeofday":
		return Quote(s.Now.UTC().Format("Mon Jan 02 15:04:05.000000 2006 UTC")), true
	case "current_database":
		return Quote(s.Database), true
	case "current_schema":
		return Quote(s.Schema), true
	case "pg_backend_pid":
		return strconv.FormatUint(uint64(s.PID), 10), true
	case "version":
		return Quote(Version), true
	case "pg_last_query_id":
		return "-1", true
	}
	return "", false
}

// Version is what version() tells.
const Version = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.109768"

func (s *scan) castCall(n node, kids []node) (bool, error) {
	for i := len(kids) - 1; i > 0; i-- {
		if !kids[i].is("as") {
			continue
		}
		t, took := readType(kids[i+1:])
		if took == 0 || i+1+took != len(kids) {
			return false, nil
		}
		inner := &scan{rewriter: s.rewriter, in: kids[:i+1], castKids: true}
		for inner.pos < i {
			if err := inner.step(); err != nil {
				return true, err
			}
		}
		s.pos += 2
		s.emit(castTo(strings.ToUpper(n.tok.Text), n.tok.Pos, s.divisions(inner.out, s.block), t)...)
		return true, nil
	}
	return false, nil
}

// substring writes SUBSTRING(x, n, m) and SUBSTRING(x FROM n FOR m), which
// count from before the text when n is not positive.
func (s *scan) substring(n node, kids []node) (made bool, err error) {
	var args [][]node
	start := 0
	for i, k := range kids {
		if k.is("from") || k.is("for") {
			args, start = append(args, kids[start:i]), i+1
		}
	}
	args = append(args, kids[start:])
	if len(args) == 1 {
		args = split(kids)
	}
	if len(args) < 2 || len(args) > 3 {
		return false, nil
	}
	lists, err := s.lists(args)
	if err != nil {
		return false, err
	}
	s.pos += 2
	s.emit(call("rs.main.substring", n.tok.Pos, lists...)...)
	return true, nil
}
