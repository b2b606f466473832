package redshift

import (
	"context"
	"fmt"
	"io"
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

// Browse lists databases, schemas, tables or columns by Redshift's SHOW
// commands, which also reach other databases and external schemas and cost no
// scan.
func (e *Engine) Browse(ctx context.Context, path []string) ([]engine.Object, error) {
	switch len(path) {
	case 0:
		return e.list(ctx, "show databases", "database", "database_name", "", "")
	case 1:
		return e.list(ctx, "show schemas from database "+ident(path[0]), "schema", "schema_name", "", "")
	case 2:
		return e.tables(ctx, path[0], path[1])
	case 3:
		return e.columns(ctx, path)
	}
	return nil, fault.Newf(fault.Usage, "Nothing lies below a column: %s", strings.Join(path, "/"))
}

// list runs a SHOW command whose rows are one object each.
func (e *Engine) list(ctx context.Context, show, kind, name, typ, comment string) ([]engine.Object, error) {
	rows, err := e.rows(ctx, show, name, typ, comment)
	if err != nil {
		return nil, err
	}
	list := make([]engine.Object, len(rows))
	for i, r := range rows {
		list[i] = engine.Object{Name: r[0], Kind: kind, Type: r[1], Comment: r[2]}
	}
	return list, nil
}

func (e *Engine) tables(ctx context.Context, database, schema string) ([]engine.Object, error) {
	list, err := e.list(ctx, "show tables from schema "+ident(database)+"."+ident(schema), "table", "table_name", "table_type", "remarks")
	for i, t := range list {
		if strings.Contains(strings.ToUpper(t.Type), "VIEW") {
			list[i].Kind = "view"
		}
		list[i].Type = strings.ToLower(t.Type)
	}
	return list, err
}

func (e *Engine) columns(ctx context.Context, path []string) ([]engine.Object, error) {
	table := ident(path[0]) + "." + ident(path[1]) + "." + ident(path[2])
	rows, err := e.rows(ctx, "show columns from table "+table,
		"column_name", "data_type", "remarks", "character_maximum_length", "numeric_precision", "numeric_scale")
	if err != nil {
		return nil, err
	}
	list := make([]engine.Object, len(rows))
	for i, r := range rows {
		list[i] = engine.Object{
			Name: r[0], Kind: "column", Type: columnType(r[1], r[3], r[4], r[5]), Comment: r[2], Leaf: true,
		}
	}
	return list, nil
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
// for NULL and for a column the server does not send.
func (e *Engine) rows(ctx context.Context, text string, names ...string) ([][]string, error) {
	stream, err := e.Run(ctx, engine.Statement{Text: text})
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	at := columnsAt(stream, names)
	var rows [][]string
	for {
		batch, err := stream.Next(ctx)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		for r := range int(batch.NumRows()) {
			row := make([]string, len(names))
			for i, c := range at {
				if c >= 0 && !batch.Column(c).IsNull(r) {
					row[i] = valueText(batch.Column(c), r)
				}
			}
			rows = append(rows, row)
		}
		batch.Release()
	}
}

func columnsAt(stream result.Stream, names []string) []int {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = -1
		for c, f := range stream.Schema().Fields() {
			if name != "" && strings.EqualFold(f.Name, name) {
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
