package awsfile

import (
	"errors"
	"strings"
)

// errUnclosed: a quote or backslash that nothing ends.
var errUnclosed = errors.New("no closing quotation")

// SplitWords splits a line as a POSIX shell would, without expanding anything:
// the rule by which AWS CLI v2 reads section names and credential_process.
func SplitWords(line string) ([]string, error) { return splitWords(line) }

// splitWords follows Python's shlex.split: blanks part words, single quotes
// keep everything, double quotes keep all but backslash before a double quote
// or a backslash, and a backslash outside quotes keeps the next character.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	var quote byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == '\'':
			if c == '\'' {
				quote = 0
			} else {
				word.WriteByte(c)
			}
		case quote == '"':
			switch {
			case c == '"':
				quote = 0
			case c == '\\':
				if i++; i == len(line) {
					return nil, errUnclosed
				}
				if line[i] != '"' && line[i] != '\\' {
					word.WriteByte('\\')
				}
				word.WriteByte(line[i])
			default:
				word.WriteByte(c)
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == '\\':
			if i++; i == len(line) {
				return nil, errUnclosed
			}
			word.WriteByte(line[i])
			inWord = true
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, errUnclosed
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
