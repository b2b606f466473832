// Package doctest reads the statements that a service's documentation shows with
// their answers, which the sandbox must give too. It is test support and knows no
// service: how a statement is run is its reader's.
//
// A file holds blocks with an empty line between them. Comments begin with #; one
// that is a link names the page that the blocks behind it are from. A block is
// the statement, then its answer:
//
//	# https://docs.aws.amazon.com/...
//	select 1, 'a'
//	= integer|varchar(1)
//	1|a
//
// The answer's line begins with = for rows in their order, ~ for rows in any, and
// ! for a failure, with the service's message.
package doctest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Case is one statement of a documentation.
type Case struct {
	Page, SQL string
	Line      int      // of the file, from 1
	Types     []string // of the columns
	AnyOrder  bool
	Rows      []string // their cells joined by |
	Failure   string   // the message, "" when it succeeds
}

// Read returns the cases of a file, of which there must be at least least.
func Read(t *testing.T, file string, least int) []Case {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := parse(string(text))
	if err != nil {
		t.Fatalf("%s:%v", file, err)
	}
	if len(cases) < least {
		t.Errorf("%s: only %d cases", file, len(cases))
	}
	return cases
}

// parse reads the blocks; an error begins with the line of the block at fault.
func parse(text string) ([]Case, error) {
	var cases []Case
	page := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if lines[i] == "" {
			continue
		}
		if comment, ok := strings.CutPrefix(lines[i], "#"); ok {
			if link := strings.TrimPrefix(comment, " "); strings.HasPrefix(link, "https://") {
				page = link
			}
			continue
		}
		c := Case{Page: page, Line: i + 1}
		begin := i
		for i < len(lines) && !answers(lines[i]) {
			i++
		}
		if i == len(lines) || page == "" {
			return nil, fmt.Errorf("%d: a block without an answer, or without a page before it", c.Line)
		}
		c.SQL = strings.Join(lines[begin:i], "\n")
		if message, ok := strings.CutPrefix(lines[i], "! "); ok {
			c.Failure = message
		} else {
			c.Types, c.AnyOrder = strings.Split(lines[i][2:], "|"), lines[i][0] == '~'
			for i++; i < len(lines) && lines[i] != ""; i++ {
				c.Rows = append(c.Rows, lines[i])
			}
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// answers reports whether a line begins the answer of its block.
func answers(line string) bool {
	return strings.HasPrefix(line, "= ") || strings.HasPrefix(line, "~ ") || strings.HasPrefix(line, "! ")
}
