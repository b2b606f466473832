package leader

import (
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// writes tells whether a statement changes anything. What is not known to read
// counts as a write.
func writes(tokens []rsql.Token) bool {
	switch tokens[0].Text {
	case "select", "with", "values", "table", "(", "explain", "show", "declare", "fetch", "close", "analyze", "set":
	default:
		return true
	}
	for i, t := range tokens {
		switch {
		case t.Is("into") && !(i > 0 && tokens[i-1].Is("insert")):
			return true // SELECT ... INTO makes a table
		case t.Is("insert"), t.Is("update"), t.Is("delete"), t.Is("merge"):
			if i > 0 && (tokens[i-1].Is("explain") || tokens[i-1].Is(")") && tokens[0].Is("with")) {
				return true
			}
		}
	}
	return false
}

// denied is the refusal of a write.
func denied(tokens []rsql.Token) error {
	switch tokens[0].Text {
	case "create":
		return pgwire.Errorf("42501", "permission denied for schema public")
	}
	for i, t := range tokens {
		switch t.Text {
		case "into", "from", "update", "table", "view":
			if name := rsql.LastName(tokens[i+1:]); name != "" {
				return pgwire.Errorf("42501", "permission denied for relation %s", name)
			}
		}
	}
	return pgwire.Errorf("42501", "permission denied for database dev")
}
