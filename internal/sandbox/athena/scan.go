package athena

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// sqlConn is the part of *sql.Conn that running a statement needs.
type sqlConn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scanNode is one operator of the engine's plan.
type scanNode struct {
	Name     string     `json:"name"`
	Children []scanNode `json:"children"`
	Info     struct {
		Function    string `json:"Function"`
		Projections any    `json:"Projections"`
		Filters     any    `json:"Filters"`
		Files       string `json:"Scanning Files"` // "1/4" when partitions are passed over
	} `json:"extra_info"`
}

// scanned tells how many bytes and rows a planned query reads: of Parquet the
// compressed size of the columns that its plan takes, of other files all.
func (j *job) scanned(ctx context.Context, conn sqlConn, p *plan) (bytes, rows int64, err error) {
	if len(p.tables) == 0 {
		return 0, 0, nil
	}
	var key, text string
	const head = "EXPLAIN (FORMAT json) "
	if err := conn.QueryRowContext(ctx, head+p.query.SQL).Scan(&key, &text); err != nil {
		return 0, 0, p.query.Explain(err, len(head))
	}
	var roots []scanNode
	if err := json.Unmarshal([]byte(text), &roots); err != nil {
		return 0, 0, fmt.Errorf("the engine's plan: %w", err)
	}
	left := slices.Clone(p.tables)
	var walk func(nodes []scanNode) error
	walk = func(nodes []scanNode) error {
		for _, n := range nodes {
			if strings.HasPrefix(n.Name, "READ_") {
				b, r, err := j.scanOf(ctx, conn, n, &left)
				if err != nil {
					return err
				}
				read, all := n.share()
				bytes, rows = bytes+b*read/all, rows+r*read/all
			}
			if err := walk(n.Children); err != nil {
				return err
			}
		}
		return nil
	}
	return bytes, rows, walk(roots)
}

// share is how many of a table's files are read, of how many.
func (n scanNode) share() (read, all int64) {
	if _, err := fmt.Sscanf(n.Info.Files, "%d/%d", &read, &all); err != nil || all == 0 {
		return 1, 1
	}
	return read, all
}

// scanOf finds the table that a scan reads by the columns it takes, and what
// they weigh.
func (j *job) scanOf(ctx context.Context, conn sqlConn, n scanNode, left *[]*table) (bytes, rows int64, err error) {
	taken := append(strs(n.Info.Projections), filterColumns(n.Info.Filters)...)
	at := slices.IndexFunc(*left, func(t *table) bool {
		if t.federated != "" {
			return false
		}
		for _, c := range taken {
			name, _, _ := strings.Cut(c, ".")
			if !t.hasColumn(name) {
				return false
			}
		}
		return true
	})
	if at < 0 {
		return 0, 0, nil
	}
	t := (*left)[at]
	if len(*left) > 1 {
		*left = slices.Delete(*left, at, at+1)
	}
	if t.format != "PARQUET" {
		for _, p := range t.parts {
			bytes += p.size
		}
		return bytes, 0, nil
	}
	sizes, rows, err := j.columnSizes(ctx, conn, t)
	if err != nil {
		return 0, 0, err
	}
	seen := map[string]bool{}
	for _, c := range taken {
		name, _, _ := strings.Cut(c, ".")
		if !seen[name] {
			seen[name] = true
			bytes += sizes[strings.ToLower(name)]
		}
	}
	return bytes, rows, nil
}

func (t *table) hasColumn(name string) bool {
	return slices.ContainsFunc(t.allColumns(), func(c trino.Column) bool { return strings.EqualFold(c.Name, name) })
}

// columnSizes adds up the compressed size of each top-level column over all
// files and row groups, once for each set of files.
func (j *job) columnSizes(ctx context.Context, conn sqlConn, t *table) (map[string]int64, int64, error) {
	print := fingerprint(t.parts)
	j.mu.Lock()
	known, ok := j.sizes[print]
	j.mu.Unlock()
	if ok {
		return known.columns, known.rows, nil
	}
	list := make([]string, len(t.parts))
	for i, p := range t.parts {
		list[i] = trino.QuoteText(p.path)
	}
	found := columnSizes{columns: map[string]int64{}}
	if len(list) > 0 {
		if err := found.read(ctx, conn, "["+strings.Join(list, ", ")+"]"); err != nil {
			return nil, 0, err
		}
	}
	j.mu.Lock()
	j.sizes[print] = found
	j.mu.Unlock()
	return found.columns, found.rows, nil
}

type columnSizes struct {
	columns map[string]int64
	rows    int64
}

func (c *columnSizes) read(ctx context.Context, conn sqlConn, files string) error {
	rows, err := conn.QueryContext(ctx, "SELECT lower(system.main.split_part(path_in_schema, ', ', 1)), CAST(sum(total_compressed_size) AS BIGINT), "+
		"CAST(sum(row_group_num_rows) FILTER (column_id = 0) AS BIGINT) FROM parquet_metadata("+files+") GROUP BY 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var size int64
		var count sql.NullInt64
		if err := rows.Scan(&name, &size, &count); err != nil {
			return err
		}
		c.columns[name] = size
		c.rows += count.Int64
	}
	return rows.Err()
}

// strs reads a member of the plan that is one text or a list of them.
func strs(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// filterColumns are the names in front of the operators of pushed-down
// filters, "order_id>3".
func filterColumns(v any) []string {
	var out []string
	for _, f := range strs(v) {
		name := strings.TrimPrefix(f, "optional: ")
		if end := strings.IndexAny(name, "=<>! "); end > 0 {
			out = append(out, strings.Trim(name[:end], `"`))
		}
	}
	return out
}
