package athena

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// writeFormat is the file format of CTAS and UNLOAD, as far as the engine can
// write it.
func writeFormat(st *trino.Statement) (string, error) {
	switch st.Format {
	case "", "PARQUET":
		return "PARQUET", nil
	case "JSON", "TEXTFILE":
		return st.Format, nil
	case "ORC", "AVRO":
		return "", trino.Fail("NOT_SUPPORTED", "the sandbox writes PARQUET, JSON and TEXTFILE, not %s", st.Format)
	}
	return "", trino.Fail("INVALID_TABLE_PROPERTY", "line 1:1: Unable to set catalog table property 'format' to [%s]", st.Format)
}

// writeCodec is how CTAS and UNLOAD compress: as their properties ask, else by
// GZIP. The engine has no Snappy for text.
// https://docs.aws.amazon.com/athena/latest/ug/unload.html
func writeCodec(st *trino.Statement, format string) (string, error) {
	asked := ""
	for _, key := range []string{"compression", "write_compression", "parquet_compression"} {
		asked = cmp.Or(asked, strings.ToUpper(st.Props[key]))
	}
	codec := cmp.Or(asked, "GZIP")
	switch {
	case codec == "GZIP", codec == "ZSTD", codec == "NONE":
		return codec, nil
	case format == "PARQUET" && (codec == "SNAPPY" || codec == "LZ4"):
		return codec, nil
	case codec == "SNAPPY", codec == "LZ4", codec == "BZIP2", codec == "DEFLATE", codec == "ZLIB", codec == "LZO":
		return "", trino.Fail("NOT_SUPPORTED", "the sandbox writes %s with GZIP, ZSTD or NONE, not %s", format, codec)
	}
	return "", trino.Fail("INVALID_TABLE_PROPERTY", "line 1:1: Unable to set catalog table property 'compression' to [%s]", asked)
}

func (j *job) emptyLocation(location string) error {
	bucket, key, err := splitLocation(folder(location))
	if err != nil {
		return trino.Fail("INVALID_TABLE_PROPERTY", "%s", err)
	}
	found, err := j.o.Store.List(bucket, key)
	if err != nil {
		return trino.Fail("HIVE_PATH_ALREADY_EXISTS", "Unable to verify/create location %s: %s", location, err)
	}
	if len(found) > 0 {
		return trino.Fail("HIVE_PATH_ALREADY_EXISTS", "Target directory for table '%s' already exists: %s. You may need to manually clean the data at location '%s' before retrying. Athena will not delete data in your account.", j.x.id, location, location)
	}
	return nil
}

// writeFiles runs the query into new files of the table and writes the
// manifest that names them. A wide integer of the engine becomes a bigint.
func (j *job) writeFiles(ctx context.Context, conn sqlConn, p *plan, t *table) (int64, []string, error) {
	if err := checkHive(p.columns); err != nil {
		return 0, nil, err
	}
	if err := j.limitScan(ctx, conn, p); err != nil {
		return 0, nil, err
	}
	bucket, prefix, err := splitLocation(t.location)
	if err != nil {
		return 0, nil, err
	}
	temp, err := j.o.Store.Temp(j.x.id)
	if err != nil {
		return 0, nil, err
	}
	names, values := make([]string, len(p.columns)), make([]string, len(p.columns))
	for i, c := range p.columns {
		names[i] = fmt.Sprintf("c%d", i)
		values[i] = "CAST(" + names[i] + " AS " + c.Type.Duck() + ") AS " + trino.QuoteName(strings.ToLower(c.Name))
	}
	options := copyOptions(t)
	if len(t.partitions) == 0 {
		options += ", PER_THREAD_OUTPUT true"
	} else {
		parts := make([]string, len(t.partitions))
		for i, c := range t.partitions {
			parts[i] = trino.QuoteName(c.Name)
		}
		options += ", PARTITION_BY (" + strings.Join(parts, ", ") + ")"
	}
	head := "COPY (SELECT " + strings.Join(values, ", ") + " FROM ("
	tail := ") AS q(" + strings.Join(names, ", ") + ")) TO " + trino.QuoteText(temp) + " (" + options + ")"
	result, err := conn.ExecContext(ctx, head+p.query.SQL+tail)
	if err != nil {
		err = p.query.Explain(err, len(head))
		var refused *trino.Error
		if errors.As(err, &refused) {
			err = trino.Fail(refused.Name, "%s. You may need to manually clean the data at location '%s' before retrying. Athena will not delete data in your account.", strings.TrimSuffix(refused.Message, "."), t.location)
		}
		return 0, nil, errors.Join(err, os.RemoveAll(temp))
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return 0, nil, err
	}
	if rows == 0 { // no rows, no files
		return 0, nil, errors.Join(os.RemoveAll(temp), j.writeManifest(nil))
	}
	files, err := j.moveIn(temp, bucket, prefix, extension(t))
	if err != nil {
		return 0, nil, err
	}
	return rows, files, j.writeManifest(files)
}

// checkHive refuses the columns that Hive's formats have no type for.
func checkHive(columns []resultColumn) error {
	for _, c := range columns {
		switch c.Type.Kind {
		case trino.TimestampTZ, trino.Time, trino.TimeTZ, trino.IntervalDS, trino.IntervalYM, trino.JSON, trino.UUID:
			return trino.Fail("NOT_SUPPORTED", "Unsupported Hive type: %s", c.Type)
		}
	}
	return nil
}

// copyOptions are the engine's words for the format, which also go for files
// that INSERT adds.
func copyOptions(t *table) string {
	codec := cmp.Or(t.codec, "GZIP")
	text := ", COMPRESSION " + strings.ToLower(codec)
	switch t.format {
	case "JSON":
		return "FORMAT json" + text
	case "TEXTFILE":
		delimiter := cmp.Or(t.delimiter, "\x01")
		return "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', NULLSTR '\\N', DELIMITER " + trino.QuoteText(delimiter) + text
	}
	if codec == "NONE" {
		codec = "uncompressed"
	}
	if codec == "LZ4" {
		codec = "lz4_raw"
	}
	return "FORMAT parquet, COMPRESSION " + strings.ToLower(codec)
}

// extension of the files written: Parquet compresses inside.
func extension(t *table) string {
	if t.format == "PARQUET" {
		return ""
	}
	return map[string]string{"GZIP": ".gz", "ZSTD": ".zst"}[cmp.Or(t.codec, "GZIP")]
}

// moveIn takes the written files into the store, under names such as the
// service gives, and returns their locations.
func (j *job) moveIn(temp, bucket, prefix, extension string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(temp, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(temp, path)
		if err != nil {
			return err
		}
		base := fmt.Sprintf("%s_%05d_%s%s", j.o.Now().UTC().Format("20060102_150405"), len(files), newID(), extension)
		key := prefix + filepath.ToSlash(filepath.Join(filepath.Dir(name), base))
		target, err := j.o.Store.Create(bucket, key)
		if err != nil {
			return err
		}
		files = append(files, "s3://"+bucket+"/"+key)
		return os.Rename(path, target)
	})
	return files, errors.Join(err, os.RemoveAll(temp))
}

// writeManifest stores the list of files that a statement wrote.
func (j *job) writeManifest(files []string) error {
	bucket, prefix, err := splitLocation(j.x.location)
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, file := range files {
		lines.WriteString(file + "\n")
	}
	key := prefix + j.x.id + "-manifest.csv"
	if _, err := j.x.store.Put(bucket, key, strings.NewReader(lines.String())); err != nil {
		return err
	}
	j.out.manifest, j.out.manifestKey = "s3://"+bucket+"/"+key, key
	return nil
}
