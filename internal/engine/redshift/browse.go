package redshift

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// Ping connects and asks the server who we are to it.
func (e *Engine) Ping(ctx context.Context) (string, error) {
	rows, err := e.rows(ctx, "select current_user as who", "who")
	if err != nil {
		return "", err
	}
	who := ""
	if len(rows) > 0 {
		who = ", user " + rows[0][0]
	}
	if e.usesData() {
		who += ", through the Data API"
	}
	return e.describeTarget() + ", database " + e.set.database + who, nil
}

// objects is a listing in parts, as engine.Browser tells.
type objects = iter.Seq2[[]engine.Object, error]

// Browse lists databases, schemas, tables or columns: only what lies below the
// path, so that a broken object harms itself alone. Nothing of it scans data.
func (e *Engine) Browse(ctx context.Context, path []string) iter.Seq2[[]engine.Object, error] {
	if len(path) == 2 {
		return e.tables(ctx, path[0], path[1])
	}
	return engine.OnePart(func() ([]engine.Object, error) {
		switch len(path) {
		case 0:
			return e.databases(ctx)
		case 1:
			return e.schemas(ctx, path[0])
		case 3:
			return e.columns(ctx, path)
		}
		return nil, fault.Newf(fault.Usage, "Nothing lies below a column: %s", strings.Join(path, "."))
	})
}

// columnType adds length or precision to the types that have one.
func columnType(name, length, precision, scale string) string {
	lower := strings.ToLower(name)
	switch {
	case strings.Contains(lower, "("):
	case strings.HasPrefix(lower, "char"), strings.HasPrefix(lower, "varchar"), lower == "bpchar":
		if length != "" {
			return fmt.Sprintf("%s(%s)", lower, length)
		}
	case lower == "numeric", lower == "decimal":
		if precision != "" {
			return fmt.Sprintf("%s(%s,%s)", lower, precision, scale)
		}
	}
	return lower
}

// rows runs a small query of our own and returns the named columns as text, ""
// for NULL and for a column the server does not send; "*" is the first column.
func (e *Engine) rows(ctx context.Context, text string, names ...string) ([][]string, error) {
	var all [][]string
	for part, err := range e.rowParts(ctx, text, names...) {
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// rowParts is rows, each batch as it comes.
func (e *Engine) rowParts(ctx context.Context, text string, names ...string) iter.Seq2[[][]string, error] {
	return func(yield func([][]string, error) bool) {
		stream, err := e.Run(ctx, engine.Statement{Text: text})
		if err != nil {
			yield(nil, err)
			return
		}
		defer stream.Close()
		at := columnsAt(stream, names)
		for {
			batch, err := stream.Next(ctx)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			rows := make([][]string, batch.NumRows())
			for r := range rows {
				rows[r] = make([]string, len(names))
				for i, c := range at {
					if c >= 0 && !batch.Column(c).IsNull(r) {
						rows[r][i] = valueText(batch.Column(c), r)
					}
				}
			}
			batch.Release()
			if !yield(rows, nil) {
				return
			}
		}
	}
}

func columnsAt(stream result.Stream, names []string) []int {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = -1
		for c, f := range stream.Schema().Fields() {
			if name == "*" && c == 0 || strings.EqualFold(f.Name, name) {
				at[i] = c
			}
		}
	}
	return at
}

func valueText(a interface{ ValueStr(int) string }, row int) string {
	if s, ok := a.(*array.String); ok {
		return strings.Clone(s.Value(row))
	}
	return a.ValueStr(row)
}

// ident quotes a name.
func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
