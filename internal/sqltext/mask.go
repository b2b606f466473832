package sqltext

import (
	"strings"
)

// hidden stands in for what was masked.
const hidden = "'[hidden]'"

// Mask returns the statement with the secrets in it hidden, fit to be written
// down: the strings behind CREDENTIALS, SECRET_ACCESS_KEY, PASSWORD and the
// like, and any string that holds a secret key by name. What names no secret,
// such as a role's ARN, stays.
func Mask(d Dialect, statement string) string {
	l := lexer{dialect: d, s: statement, escapes: d == Redshift}
	var out strings.Builder
	copied := 0
	secret := false // the next string belongs to a word that announces a secret
	for {
		t := l.next()
		part := statement[t.start:t.end]
		switch {
		case t.kind == end:
			out.WriteString(statement[copied:])
			return out.String()
		case t.kind == space || t.kind == comment:
		case t.kind == text:
			if secret && !onlyRole(part) || holdsSecret(part) {
				out.WriteString(statement[copied:t.start] + hidden)
				copied = t.end
			}
			secret = false
		case t.kind == word && announcesSecret(part):
			secret = true
		case t.kind == word && (strings.EqualFold(part, "AS") || strings.EqualFold(part, "BY")):
		case t.kind == symbol && (part == "=" || part == "("):
		default:
			secret = false
		}
	}
}

// announcesSecret holds for words of COPY, UNLOAD, CREATE USER and CREATE
// EXTERNAL SCHEMA behind which a secret stands.
func announcesSecret(w string) bool {
	switch strings.ToUpper(w) {
	case "CREDENTIALS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "TOKEN", "PASSWORD", "IDENTIFIED",
		"MASTER_SYMMETRIC_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN":
		return true
	}
	return false
}

// onlyRole holds for a credentials string that names a role and no key.
func onlyRole(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "aws_iam_role=") && !holdsSecret(s)
}

func holdsSecret(s string) bool {
	s = strings.ToLower(s)
	for _, name := range []string{"aws_secret_access_key=", "aws_access_key_id=", "master_symmetric_key=", "token="} {
		if strings.Contains(s, name) {
			return true
		}
	}
	return false
}
