package awsfile

import (
	"errors"
	"runtime"
	"strings"
)

// errUnclosed: a quote or backslash that nothing ends.
var errUnclosed = errors.New("no closing quotation")

// SplitCommand splits a credential_process into program and arguments as AWS
// CLI v2 does on the system at hand: like a POSIX shell that expands nothing,
// and on Windows by the rules of Microsoft's C runtime, where a backslash is
// a letter of a path.
func SplitCommand(line string) ([]string, error) {
	if runtime.GOOS == "windows" {
		return splitWindows(line)
	}
	return splitWords(line)
}

// splitWindows: blanks part words outside double quotes; before a double quote
// two backslashes stand for one, and an odd one makes the quote a letter.
func splitWindows(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			n := 1
			for i+n < len(line) && line[i+n] == '\\' {
				n++
			}
			i += n - 1
			inWord = true
			if i+1 == len(line) || line[i+1] != '"' {
				word.WriteString(strings.Repeat(`\`, n))
				continue
			}
			word.WriteString(strings.Repeat(`\`, n/2))
			if n%2 == 1 {
				word.WriteByte('"')
				i++
			}
		case c == '"':
			quoted, inWord = !quoted, true
		case (c == ' ' || c == '\t') && !quoted:
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quoted {
		return nil, errUnclosed
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

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
