package athena

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// Files of the user's own folder are tables of database "files": a file each,
// or a subfolder with all files of one format below it. The folder is looked
// at for every statement, so a new file is there at once; its columns are
// inferred when it is first asked for, and again when it has changed.

// fileFormat tells the format of a data file by its name.
func fileFormat(name string) string {
	name = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), ".gz"), ".zst")
	switch filepath.Ext(name) {
	case ".csv", ".tsv", ".txt":
		return "CSV"
	case ".json", ".jsonl", ".ndjson":
		return "JSON"
	case ".parquet":
		return "PARQUET"
	}
	return ""
}

// tableName makes an identifier of a file or folder name.
func tableName(name string) string {
	for ext := filepath.Ext(name); ext != "" && (fileFormat(name) != ""); ext = filepath.Ext(name) {
		name = strings.TrimSuffix(name, ext)
	}
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' {
			b.WriteRune(c)
		} else {
			b.WriteByte('_')
		}
	}
	if b.Len() == 0 {
		return "unnamed"
	}
	return b.String()
}

// refreshFiles brings the list of tables up to date. The catalogue is held.
func (s *Service) refreshFiles(ctx context.Context) error {
	if s.o.DataDir == "" {
		return nil
	}
	entries, err := os.ReadDir(s.o.DataDir)
	if err != nil {
		return trino.Fail("HIVE_METASTORE_ERROR", "Cannot list the data folder: %s", err)
	}
	db := s.catalog.databases[filesSchema]
	found := map[string]*table{}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if strings.HasPrefix(entry.Name(), ".") || strings.HasPrefix(entry.Name(), "_") {
			continue
		}
		format, parts, err := dataParts(filepath.Join(s.o.DataDir, entry.Name()))
		if err != nil {
			return trino.Fail("HIVE_METASTORE_ERROR", "Cannot list the data folder: %s", err)
		}
		if len(parts) == 0 {
			continue
		}
		name := tableName(entry.Name())
		if found[name] != nil { // orders.csv beside orders.parquet
			name += "_" + strings.ToLower(format)
		}
		if found[name] != nil {
			continue
		}
		t := db.tables[name]
		if t == nil || t.format != format {
			t = &table{database: filesSchema, name: name, format: format, created: s.o.Now(), params: map[string]string{"classification": strings.ToLower(format)}}
		}
		t.parts = parts
		found[name] = t
	}
	db.tables = found
	return nil
}

// dataParts lists the files of one entry of the data folder: itself, or those
// of the first known format below a folder.
func dataParts(path string) (format string, parts []part, err error) {
	err = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		kind := fileFormat(entry.Name())
		if entry.IsDir() || kind == "" || strings.HasPrefix(entry.Name(), ".") || format != "" && kind != format {
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || info.IsDir() {
			return nil
		}
		format = kind
		parts = append(parts, part{path, info.Size(), info.ModTime()})
		return nil
	})
	return format, parts, err
}

// prepareData infers the columns of a table of the data folder and makes the
// engine's view. What is wrong with a file is said only to who reads it.
func (s *Service) prepareData(ctx context.Context, t *table) error {
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
	t.made, t.columns = print, nil
	t.broken = "Cannot read " + t.parts[0].path + ": " + strings.SplitN(e.Message, "\n", 2)[0]
	return trino.Fail("HIVE_BAD_DATA", "%s", t.broken)
}

func (s *Service) inferData(ctx context.Context, t *table) error {
	paths := make([]string, len(t.parts))
	for i, p := range t.parts {
		if strings.ContainsAny(p.path, "*?[") {
			return trino.Fail("HIVE_BAD_DATA", "the name of %s holds a wildcard (* ? [); rename it to query it", p.path)
		}
		paths[i] = trino.QuoteText(p.path)
	}
	list := "[" + strings.Join(paths, ", ") + "]"
	source := map[string]string{
		"CSV":     "read_csv(" + list + ", union_by_name = true, allow_quoted_nulls = false)",
		"JSON":    "read_json(" + list + ", union_by_name = true)",
		"PARQUET": "read_parquet(" + list + ", union_by_name = true)",
	}[t.format]
	db, err := s.engine()
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+source+")")
	if err != nil {
		return err
	}
	defer rows.Close()
	var columns []trino.Column
	var casts []string
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return err
		}
		c := trino.Column{Name: strings.ToLower(name), Type: trino.DuckType(typ)}
		columns = append(columns, c)
		casts = append(casts, "CAST("+trino.QuoteName(name)+" AS "+c.Type.Duck()+") AS "+trino.QuoteName(c.Name))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	t.columns = columns
	return s.makeView(ctx, t, "SELECT "+strings.Join(casts, ", ")+" FROM "+source)
}
