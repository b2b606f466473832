package athena

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// Files of the user's own folder are tables of database "files": a file each,
// or a subfolder with all files of one format below it. The folder is looked
// at for every statement, so a new file is there at once; its columns are
// inferred when it is first asked for, and again when it has changed.

// fileFormat tells the format of a data file by its name, "" when it is none
// that the engine reads. Parquet compresses inside, so its names end plainly.
func fileFormat(name string) string {
	name = strings.ToLower(name)
	plain := strings.TrimSuffix(name, ".gz")
	if plain == name {
		plain = strings.TrimSuffix(name, ".zst")
	}
	switch filepath.Ext(plain) {
	case ".csv", ".tsv":
		return "CSV"
	case ".json", ".jsonl", ".ndjson":
		return "JSON"
	case ".parquet":
		if plain == name {
			return "PARQUET"
		}
	}
	return ""
}

// tableName makes an identifier of a file or folder name. exact tells that it
// is spelled as the name is.
func tableName(name string) (table string, exact bool) {
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
		return "unnamed", false
	}
	return b.String(), b.String() == name
}

// dataEntry is a file or a folder of the data folder that becomes a table.
type dataEntry struct {
	name   string // of the file or folder
	format string
	broken string // why it cannot be read, known before any file is opened
	parts  []part
}

// tableNames gives each entry a name of its own. Of entries that would share
// one, such as upper.csv and UPPER.csv, it belongs to the one that is spelled
// so, and then to the first; the others have their format and a number behind.
func tableNames(entries []dataEntry) map[string]dataEntry {
	out := map[string]dataEntry{}
	var late, rest []dataEntry
	for _, e := range entries {
		name, exact := tableName(e.name)
		if _, taken := out[name]; !exact || taken {
			late = append(late, e)
			continue
		}
		out[name] = e
	}
	for _, e := range late {
		name, _ := tableName(e.name)
		if _, taken := out[name]; taken {
			rest = append(rest, e)
			continue
		}
		out[name] = e
	}
	for _, e := range rest {
		name, _ := tableName(e.name)
		name += "_" + strings.ToLower(e.format)
		free := name
		for n := 2; out[free].parts != nil; n++ {
			free = fmt.Sprintf("%s_%d", name, n)
		}
		out[free] = e
	}
	return out
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
	var data []dataEntry
	for _, entry := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if strings.HasPrefix(entry.Name(), ".") || strings.HasPrefix(entry.Name(), "_") {
			continue
		}
		e, err := readEntry(s.o.DataDir, entry.Name())
		if err != nil {
			return trino.Fail("HIVE_METASTORE_ERROR", "Cannot list the data folder: %s", err)
		}
		if len(e.parts) > 0 {
			data = append(data, e)
		}
	}
	db := s.catalog.databases[filesSchema]
	found := map[string]*table{}
	for name, e := range tableNames(data) {
		t := db.tables[name]
		if t == nil || t.format != e.format {
			t = &table{database: filesSchema, name: name, format: e.format, created: s.o.Now(), params: map[string]string{"classification": strings.ToLower(e.format)}}
		}
		t.parts, t.mixed = e.parts, e.broken
		found[name] = t
	}
	db.tables = found
	return nil
}

// readEntry looks at one entry of the data folder: a file, or a folder with
// files of one format below it.
func readEntry(dir, name string) (dataEntry, error) {
	e := dataEntry{name: name}
	err := filepath.WalkDir(filepath.Join(dir, name), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		kind := fileFormat(entry.Name())
		if entry.IsDir() || kind == "" || strings.HasPrefix(entry.Name(), ".") {
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || info.IsDir() {
			return nil
		}
		if e.format == "" {
			e.format = kind
		}
		if kind != e.format && e.broken == "" {
			e.broken = fmt.Sprintf("Folder %s holds files of two formats, %s (%s) and %s (%s), and a table has one: give each format a folder of its own",
				filepath.Join(dir, name), e.parts[0].path, e.format, path, kind)
		}
		e.parts = append(e.parts, part{path: path, size: info.Size(), changed: info.ModTime()})
		return nil
	})
	return e, err
}
