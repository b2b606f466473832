package sqltext

import (
	"strings"
	"unicode/utf8"
)

// Piece is one statement of a text.
type Piece struct {
	Text       string // the statement without its semicolon; text[Start:End]
	Start, End int    // byte offsets in the whole text
	Line       int    // 1-based line of Start
	Column     int    // 1-based column of Start, in characters
	// Unterminated says what was still open at the end of the text: "string",
	// "quoted identifier", "comment", "dollar-quoted string" or "Ion literal".
	// Empty for a statement that is whole.
	Unterminated string
}

// Split cuts text at the semicolons that end statements, not at those inside
// strings, quoted identifiers and comments. A piece keeps the comments before
// and inside it; a piece of nothing but space and comments is dropped. In
// Redshift, and in Athena's CREATE EXTERNAL TABLE, a backslash escapes the
// next character of a string, as the services read it.
func Split(d Dialect, text string) []Piece {
	s := splitter{text: text, line: 1, column: 1}
	l := lexer{dialect: d, s: text, escapes: d == Redshift}
	s.reset()
	for {
		t := l.next()
		switch t.kind {
		case end:
			s.finish()
			return s.pieces
		case semicolon:
			s.finish()
			l.escapes = d == Redshift
		case space:
		default:
			s.add(t)
			if d == Trino {
				l.escapes = s.hive()
			}
		}
	}
}

// splitter gathers one piece at a time.
type splitter struct {
	text   string
	pieces []Piece

	start, end  int // of the piece being gathered; start is -1 before its first token
	significant int // tokens that are not comments
	first       [2]string
	open        string

	at, line, column int // how far lines are counted
}

func (s *splitter) reset() {
	s.start, s.end, s.significant, s.open, s.first = -1, -1, 0, "", [2]string{}
}

func (s *splitter) add(t token) {
	if s.start < 0 {
		s.start = t.start
	}
	s.end, s.open = t.end, t.open
	if t.kind == comment {
		return
	}
	if s.significant < len(s.first) {
		s.first[s.significant] = s.text[t.start:t.end]
	}
	s.significant++
}

// hive reports whether the statement is one that Athena's Hive parser reads.
func (s *splitter) hive() bool {
	return strings.EqualFold(s.first[0], "CREATE") && strings.EqualFold(s.first[1], "EXTERNAL")
}

func (s *splitter) finish() {
	if s.significant > 0 || s.open != "" {
		s.count(s.start)
		s.pieces = append(s.pieces, Piece{
			Text: s.text[s.start:s.end], Start: s.start, End: s.end,
			Line: s.line, Column: s.column, Unterminated: s.open,
		})
	}
	s.reset()
}

// count moves line and column on to offset.
func (s *splitter) count(offset int) {
	passed := s.text[s.at:offset]
	if n := strings.Count(passed, "\n"); n > 0 {
		s.line += n
		s.column = 1
		passed = passed[strings.LastIndexByte(passed, '\n')+1:]
	}
	s.column += utf8.RuneCountInString(passed)
	s.at = offset
}
