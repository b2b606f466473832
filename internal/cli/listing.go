package cli

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

// columns prints a listing with a heading row. In a pipe the heading is left
// out and the fields are separated by tabs, for cut and awk.
func (r *room) columns(rows [][]string) error {
	return r.table(rows[0]).add(rows[1:])
}

// table prints a listing that comes in parts. On a terminal each part is aligned
// with what came before as far as that can still be: a column only grows.
type table struct {
	r      *room
	head   []string
	widths []int
	begun  bool
}

func (r *room) table(head []string) *table {
	return &table{r: r, head: head, widths: make([]int, len(head))}
}

// add prints rows, the heading before the first of them.
func (t *table) add(rows [][]string) error {
	var text strings.Builder
	if !t.r.streams.OutTTY() {
		for _, row := range rows {
			text.WriteString(strings.Join(row, "\t") + "\n")
		}
		return t.r.print(text.String())
	}
	t.fit(t.head)
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
		}
		t.fit(row)
	}
	if !t.begun {
		t.begun = true
		text.WriteString(term.Paint(t.r.streams.OutColor(), term.Dim, t.line(t.head)) + "\n")
	}
	for _, row := range rows {
		text.WriteString(t.line(row) + "\n")
	}
	return t.r.print(text.String())
}

func (t *table) fit(row []string) {
	for i, cell := range row {
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
	}
}

func (t *table) line(row []string) string {
	var line strings.Builder
	for i, cell := range row {
		line.WriteString(cell)
		if i < len(row)-1 {
			line.WriteString(strings.Repeat(" ", t.widths[i]+2-utf8.RuneCountInString(cell)))
		}
	}
	return strings.TrimRight(line.String(), " ")
}

// pairs prints names and values, one a line, the values aligned.
func (r *room) pairs(rows [][]string) error {
	width := 0
	for _, row := range rows {
		width = max(width, len(row[0]))
	}
	for _, row := range rows {
		name := row[0] + strings.Repeat(" ", width-len(row[0]))
		if err := r.print(term.Paint(r.streams.OutColor(), term.Dim, name) + "  " + row[1] + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// print writes to stdout and says so when that fails.
func (r *room) print(text string) error {
	if _, err := io.WriteString(r.streams.Out, text); err != nil {
		return fault.Wrap(err, fault.Output, "Cannot write the output")
	}
	return nil
}

// warn prints warnings, one a line.
func (r *room) warn(warnings []string) {
	for _, w := range warnings {
		r.say("%s %s", r.paint(term.Warn, "warning:"), w)
	}
}
