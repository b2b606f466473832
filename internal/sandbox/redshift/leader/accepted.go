package leader

import (
	"context"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// accepted finds the statements that are taken and change nothing here:
// privileges, which everybody has, and users, groups and roles.
func accepted(tokens []rsql.Token) (pgwire.Statement, bool, error) {
	tag := ""
	switch verb := tokens[0].Text; verb {
	case "grant", "revoke":
		word := map[string]string{"grant": "to", "revoke": "from"}[verb]
		found := false
		for _, t := range tokens {
			found = found || t.Is(word)
		}
		if !found || len(tokens) < 4 {
			last := tokens[len(tokens)-1]
			return nil, false, &pgwire.Error{Code: "42601", Message: "syntax error at end of input", Position: last.Pos + len(last.Text) + 1}
		}
		tag = strings.ToUpper(verb)
	case "create", "drop", "alter":
		switch kind := objectKind(tokens); kind {
		case "user", "group", "role":
			tag = strings.ToUpper(verb + " " + kind)
		case "default": // ALTER DEFAULT PRIVILEGES
			tag = "ALTER DEFAULT PRIVILEGES"
		}
	}
	if tag == "" {
		return nil, false, nil
	}
	return action{tag, func(context.Context) (string, error) { return tag, nil }}, true, nil
}
