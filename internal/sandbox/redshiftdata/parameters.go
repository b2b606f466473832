package redshiftdata

import (
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// bind turns named parameters (:name) into numbered ones. All parameters have
// to be used, and all names to be given.
func bind(text string, parameters []parameter) (bound string, args []pgwire.Arg, err error) {
	tokens, err := rsql.Lex(text)
	if err != nil || len(parameters) == 0 {
		return text, nil, nil // the warehouse words a syntax error
	}
	index := map[string]int{}
	for i, p := range parameters {
		index[strings.ToLower(p.Name)] = i
		args = append(args, pgwire.Arg{Value: []byte(p.Value)})
	}
	used := make([]bool, len(parameters))
	var b strings.Builder
	from := 0
	for i, t := range tokens {
		if t.Kind != rsql.Op || t.Text != ":" || i+1 == len(tokens) || tokens[i+1].Kind != rsql.Word || tokens[i+1].Space {
			continue
		}
		name := tokens[i+1]
		at, known := index[name.Text]
		if !known {
			return "", nil, invalid("Parameter %s is not given.", name.Text)
		}
		used[at] = true
		b.WriteString(text[from:t.Pos] + "$" + strconv.Itoa(at+1))
		from = name.Pos + len(name.Text)
	}
	b.WriteString(text[from:])
	for i, p := range parameters {
		if !used[i] {
			return "", nil, invalid("Parameters list contains unused parameters. Unused parameters: [%s]", p.Name)
		}
	}
	return b.String(), args, nil
}
