package athena

import (
	"context"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// prepareData infers the columns of a table of the data folder and makes the
// engine's view. What is wrong with a file is said only to who reads it.
func (s *Service) prepareData(ctx context.Context, t *table) error {
	if t.mixed != "" {
		t.made, t.columns = "", nil
		return trino.Fail("HIVE_BAD_DATA", "%s", t.mixed)
	}
	print := fingerprint(t.parts)
	if t.made == print {
		if t.broken != "" {
			return trino.Fail("HIVE_BAD_DATA", "%s", t.broken)
		}
		return nil
	}
	err := s.inferData(ctx, t)
	if err == nil {
		t.made, t.broken = print, ""
		return nil
	}
	e, ok := duck.AsError(err)
	if !ok || e.Kind == "INTERRUPT" || ctx.Err() != nil {
		return err
	}
	t.made, t.columns, t.broken = print, nil, trino.FileTrouble(e.Message)
	if t.broken == "" {
		t.broken = "Cannot read " + guilty(t.parts, e.Message) + ": " + strings.SplitN(e.Message, "\n", 2)[0]
	}
	return trino.Fail("HIVE_BAD_DATA", "%s", t.broken)
}

// guilty is the file that a message of the engine speaks of.
func guilty(parts []part, message string) string {
	for _, p := range parts {
		if strings.Contains(message, p.path) {
			return p.path
		}
	}
	return parts[0].path
}

// readerOf is the engine's function and its arguments that read files of a
// format. Nothing may drop a line: no character begins a comment, and what the
// engine would skip at the head of a file is refused by checkCSV.
func readerOf(format, list, more string) string {
	switch format {
	case "CSV":
		return "read_csv(" + list + ", union_by_name = true, allow_quoted_nulls = false, comment = ''" + more + ")"
	case "JSON":
		return "read_json(" + list + ", union_by_name = true" + more + ")"
	}
	return "read_parquet(" + list + ", union_by_name = true)"
}

type inferred struct{ name, typ string }

func (s *Service) inferData(ctx context.Context, t *table) error {
	paths := make([]string, len(t.parts))
	more := ""
	for i, p := range t.parts {
		if strings.ContainsAny(p.path, "*?[") {
			return trino.Fail("HIVE_BAD_DATA", "the name of %s holds a wildcard (* ? [); rename it to query it", p.path)
		}
		paths[i] = trino.QuoteText(p.path)
		if t.format == "CSV" && p.size > 0 {
			if err := s.checkCSV(ctx, p.path); err != nil {
				return err
			}
		}
	}
	list := "[" + strings.Join(paths, ", ") + "]"
	found, err := s.inferColumns(ctx, readerOf(t.format, list, ""))
	if err != nil {
		return err
	}
	if t.format != "PARQUET" {
		own := slices.Clone(found)
		if err := s.rescueIntegers(ctx, t.format, list, found); err != nil {
			return err
		}
		if !slices.Equal(found, own) {
			more = typesOf(t.format, found, own)
		}
	}
	var columns []trino.Column
	var casts []string
	for _, f := range found {
		c := trino.Column{Name: strings.ToLower(f.name), Type: trino.DataType(f.typ)}
		columns = append(columns, c)
		casts = append(casts, "CAST("+trino.QuoteName(f.name)+" AS "+c.Type.Duck()+") AS "+trino.QuoteName(c.Name))
	}
	t.columns = columns
	return s.makeView(ctx, t, "SELECT "+strings.Join(casts, ", ")+" FROM "+readerOf(t.format, list, more))
}

func (s *Service) inferColumns(ctx context.Context, source string) ([]inferred, error) {
	db, err := s.engine()
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+source+")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []inferred
	for rows.Next() {
		var f inferred
		if err := rows.Scan(&f.name, &f.typ); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// typesOf spells the columns for the engine's reader, so that it takes these
// types instead of its own. Of CSV only those that differ are told: the format
// of a date is found out only for types that are too.
func typesOf(format string, columns, own []inferred) string {
	var members []string
	for i, c := range columns {
		if format != "CSV" || c != own[i] {
			members = append(members, trino.QuoteText(c.name)+": "+trino.QuoteText(c.typ))
		}
	}
	option := "types"
	if format == "JSON" {
		option = "columns"
	}
	return ", " + option + " = {" + strings.Join(members, ", ") + "}"
}

// sampled is how many rows are looked at before all are: the engine's own
// sample size.
const sampled = 20480

// rescueIntegers finds the columns that the engine reads as double although
// they hold nothing but integers, too large for a bigint, and gives them a
// type that keeps every digit.
func (s *Service) rescueIntegers(ctx context.Context, format, list string, columns []inferred) error {
	text := slices.Clone(columns)
	var suspects []int
	for i, c := range columns {
		if c.typ == "DOUBLE" {
			suspects, text[i].typ = append(suspects, i), "VARCHAR"
		}
	}
	if suspects == nil {
		return nil
	}
	source := readerOf(format, list, typesOf(format, text, columns))
	for _, i := range suspects {
		head, err := s.integersOnly(ctx, source+" LIMIT "+fmt.Sprint(sampled), columns[i].name)
		if err != nil {
			return err
		}
		if head == "" {
			continue
		}
		all, err := s.integersOnly(ctx, source, columns[i].name)
		if err != nil {
			return err
		}
		if all != "" {
			columns[i].typ = all
		}
	}
	return nil
}

// integersOnly is the type for a column of digits, "" when it holds else.
func (s *Service) integersOnly(ctx context.Context, source, column string) (string, error) {
	db, err := s.engine()
	if err != nil {
		return "", err
	}
	var integers, fit bool
	err = db.QueryRowContext(ctx, "SELECT coalesce(bool_and(system.main.regexp_full_match(v, '\\s*[+-]?[0-9]+\\s*')), false), "+
		"coalesce(bool_and(system.main.regexp_full_match(v, '\\s*[+-]?0*[0-9]{1,38}\\s*')), false) FROM (SELECT "+
		trino.QuoteName(column)+" AS v FROM "+source+")").Scan(&integers, &fit)
	switch {
	case err != nil || !integers:
		return "", err
	case fit:
		return "DECIMAL(38,0)", nil
	}
	return "VARCHAR", nil
}

// headLines is how far checkCSV looks for lines of different length in a file
// that the engine takes for one column.
const headLines = 1000

// checkCSV refuses a file whose lines the engine would not all read: when they
// differ in length it looks for the part that does not, and skips what stands
// above it.
func (s *Service) checkCSV(ctx context.Context, path string) error {
	db, err := s.engine()
	if err != nil {
		return err
	}
	var delimiter string
	var skipped, width int
	err = db.QueryRowContext(ctx, "SELECT Delimiter, CAST(SkipRows AS BIGINT), CAST(system.main.len(Columns) AS BIGINT) FROM sniff_csv("+
		trino.QuoteText(path)+", allow_quoted_nulls = false, comment = '')").Scan(&delimiter, &skipped, &width)
	if err != nil {
		return err
	}
	if skipped == 0 && width > 1 {
		return nil
	}
	lines, err := s.headOf(ctx, path, max(skipped+1, headLines))
	if err != nil {
		return err
	}
	if skipped == 0 {
		delimiter = likelyDelimiter(path, lines)
	}
	if delimiter == "" {
		return nil
	}
	first, wide := -1, 0
	for i, line := range lines {
		// Notes above the data are no data.
		if trimmed := strings.TrimSpace(line); trimmed == "" || first < 0 && i < skipped && trimmed[0] == '#' {
			continue
		}
		n := values(line, delimiter)
		if first < 0 {
			if i >= skipped && skipped > 0 {
				return nil
			}
			first, wide = i, n
			continue
		}
		if n != wide {
			return ragged("Cannot read %s: line %d has %s where line %d has %d; give every line the same number", path, i+1, counted(n), first+1, wide)
		}
	}
	if skipped > 0 {
		return ragged("Cannot read %s: its first %d lines do not fit the lines below; give every line the same number of values", path, skipped)
	}
	return nil
}

func ragged(format string, args ...any) error { return trino.Fail("HIVE_BAD_DATA", format, args...) }

func counted(n int) string {
	if n == 1 {
		return "1 value"
	}
	return fmt.Sprintf("%d values", n)
}

// likelyDelimiter is what separates the values of a file that the engine takes
// for one column: what its first line holds of what such files use.
func likelyDelimiter(path string, lines []string) string {
	candidates := []string{",", ";", "\t"}
	if strings.HasPrefix(filepath.Ext(strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".zst")), ".tsv") {
		candidates = []string{"\t"}
	}
	if len(lines) == 0 {
		return ""
	}
	best, most := "", 1
	for _, c := range candidates {
		if n := values(lines[0], c); n > most {
			best, most = c, n
		}
	}
	return best
}

// values counts the values of a line.
func values(line, delimiter string) int {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma, r.LazyQuotes = []rune(delimiter)[0], true
	record, err := r.Read()
	if err != nil {
		return 1
	}
	return len(record)
}

// headOf reads the first lines of a file, packed or not.
func (s *Service) headOf(ctx context.Context, path string, n int) ([]string, error) {
	db, err := s.engine()
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT coalesce(line, '') FROM read_csv("+trino.QuoteText(path)+
		", columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', comment = '', header = false, auto_detect = false) LIMIT "+fmt.Sprint(n))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, rows.Err()
}
