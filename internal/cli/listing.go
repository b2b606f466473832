package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

// columns prints a listing with a heading row. In a pipe the heading is left
// out and the fields are separated by tabs, for cut and awk.
func (r *room) columns(rows [][]string) error {
	if !r.streams.OutTTY() {
		for _, row := range rows[1:] {
			if err := r.print(strings.Join(row, "\t") + "\n"); err != nil {
				return err
			}
		}
		return nil
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	head, rest, _ := strings.Cut(text.String(), "\n")
	return r.print(term.Paint(r.streams.OutColor(), term.Dim, strings.TrimRight(head, " ")) + "\n" + trimLines(rest))
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

func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
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
