package leader

import (
	"fmt"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// offered refuses the statements that Redshift has and the sandbox has not,
// and those that only the engine would know.
func offered(text string, tokens []rsql.Token) error {
	verb := tokens[0]
	refuse := func(what string) error {
		return &pgwire.Error{Code: "0A000", Message: what + " is not offered by the sandbox's warehouse", Position: position(text, verb.Pos)}
	}
	switch verb.Text {
	case "select", "with", "values", "(", "insert", "update", "delete", "merge", "truncate", "comment", "explain", "analyze", "vacuum":
		return nil
	case "create", "drop", "alter":
		switch kind := objectKind(tokens); kind {
		case "table", "view", "schema":
			return nil
		case "":
			return &pgwire.Error{Code: "42601", Message: "syntax error at end of input", Position: position(text, len(text))}
		default:
			return refuse(strings.ToUpper(verb.Text + " " + kind))
		}
	case "copy", "unload", "declare", "fetch", "close":
		return nil
	case "call", "lock", "refresh", "cancel", "use":
		return refuse(strings.ToUpper(verb.Text))
	}
	return &pgwire.Error{Code: "42601", Message: fmt.Sprintf("syntax error at or near \"%s\"", text[verb.Pos:verb.Pos+len(verb.Text)]), Position: position(text, verb.Pos)}
}

// objectKind is "table" in CREATE OR REPLACE TEMP TABLE.
func objectKind(tokens []rsql.Token) string {
	for _, t := range tokens[1:] {
		switch t.Text {
		case "or", "replace", "local", "temp", "temporary":
			continue
		}
		return t.Text
	}
	return ""
}
