package leader

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// unloading is one UNLOAD on its way.
type unloading struct {
	session     *Session
	query       *query
	bucket, key string
	transfer
}

// unload plans UNLOAD ('query') TO 's3://bucket/prefix' ...
func (s *Session) unload(ctx context.Context, text string, tokens []rsql.Token) (pgwire.Statement, error) {
	p := &transferParser{tokens: tokens, i: 1}
	if !p.eat("(") {
		return nil, p.trouble()
	}
	inner, err := p.text()
	if err != nil {
		return nil, err
	}
	if !p.eat(")") || !p.eat("to") {
		return nil, p.trouble()
	}
	location, err := p.text()
	if err != nil {
		return nil, err
	}
	u := &unloading{session: s}
	if u.transfer, err = p.options(); err != nil {
		return nil, err
	}
	if u.bucket, u.key, err = s.place(location); err != nil {
		return nil, err
	}
	body, err := rsql.Lex(inner)
	if err != nil {
		return nil, s.syntax(inner, err)
	}
	if len(body) == 0 || !givesRows(body) {
		return nil, pgwire.Errorf("42601", "UNLOAD needs a query")
	}
	u.query = &query{session: s, text: inner, tokens: body}
	if err := u.query.describe(ctx); err != nil {
		return nil, err
	}
	return action{"UNLOAD", u.run}, nil
}

func (u *unloading) run(ctx context.Context) (string, error) {
	s := u.session
	if err := u.emptyTarget(); err != nil {
		return "", err
	}
	out, err := u.query.reword(ctx, func(int) string { return "NULL" })
	if err != nil {
		return "", err
	}
	temp, err := s.opts.Store.Temp(fmt.Sprintf("unload-%d-%d", s.opts.PID, s.opts.Now().UnixNano()))
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	names, values := make([]string, len(u.query.cols)), make([]string, len(u.query.cols))
	for i, c := range u.query.cols {
		names[i] = columnName(i)
		values[i] = u.value(names[i], c) + " AS " + quoteName(c.Name)
	}
	head := "COPY (SELECT " + list(values) + " FROM ("
	rows, err := s.exec(ctx, head+out.SQL+") AS q("+list(names)+")) TO "+quoteText(temp)+" ("+u.copyOptions()+")")
	if err != nil {
		return "", s.translate(err, shifted(out, len(head)), u.query.text)
	}
	if err := u.moveIn(temp); err != nil {
		return "", err
	}
	s.notice("INFO", "00000", "UNLOAD completed, %d record(s) unloaded successfully.", rows)
	return "UNLOAD", nil
}

// emptyTarget refuses a prefix with objects, or removes them.
func (u *unloading) emptyTarget() error {
	found, err := u.session.opts.Store.List(u.bucket, u.key)
	if err != nil || len(found) == 0 || u.overwrite {
		return err
	}
	if !u.clean {
		return pgwire.Errorf("XX000", "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE option.")
	}
	for _, o := range found {
		if err := u.session.opts.Store.Delete(u.bucket, o.Key); err != nil {
			return err
		}
	}
	return nil
}

// value is a column as the files hold it: text as Redshift writes it, except in
// Parquet, where a SUPER value is text too.
func (u *unloading) value(name string, c pgwire.Column) string {
	if u.format == "parquet" {
		if c.OID == superOID {
			return "CAST(" + name + " AS VARCHAR)"
		}
		return name
	}
	if u.format == "json" {
		return name
	}
	switch c.OID {
	case boolOID:
		return "CASE WHEN " + name + " THEN 't' WHEN NOT " + name + " THEN 'f' END"
	case varbyteOID:
		return "lower(hex(" + name + "))"
	}
	return "CAST(" + name + " AS VARCHAR)"
}

// Types whose text is not the engine's.
const (
	boolOID    = 16
	superOID   = 4000
	varbyteOID = 6551
)

func (u *unloading) copyOptions() string {
	var options []string
	switch u.format {
	case "parquet":
		options = append(options, "FORMAT parquet, COMPRESSION snappy")
	case "json":
		options = append(options, "FORMAT json")
	default:
		null := ""
		if u.null != nil {
			null = *u.null
		}
		options = append(options, "FORMAT csv", fmt.Sprintf("HEADER %t", u.header), "DELIMITER "+quoteText(u.delimiter), "NULLSTR "+quoteText(null))
		if u.quotes && u.format == "text" {
			options = append(options, "FORCE_QUOTE *")
		}
		if u.format == "text" && !u.quotes {
			options = append(options, "QUOTE ''", "ESCAPE ''")
		}
	}
	if u.compression != "" && u.format != "parquet" {
		options = append(options, "COMPRESSION "+u.compression)
	}
	if len(u.partitions) > 0 {
		quoted := make([]string, len(u.partitions))
		for i, p := range u.partitions {
			quoted[i] = quoteName(p)
		}
		options = append(options, "PARTITION_BY ("+list(quoted)+")", fmt.Sprintf("WRITE_PARTITION_COLUMNS %t", u.include))
	} else {
		options = append(options, fmt.Sprintf("PER_THREAD_OUTPUT %t", !u.serial))
	}
	return strings.Join(options, ", ")
}

// suffix of the files.
func (u *unloading) suffix() string {
	switch {
	case u.extension != "":
		return "." + strings.TrimPrefix(u.extension, ".")
	case u.format == "parquet":
		return ".parquet"
	case u.compression == "gzip":
		return ".gz"
	case u.compression == "zstd":
		return ".zst"
	case u.format == "json":
		return ".json"
	case u.format == "csv":
		return ".csv"
	}
	return ""
}

// manifestEntry is one file in a manifest.
type manifestEntry struct {
	URL  string `json:"url"`
	Meta struct {
		Length int64 `json:"content_length"`
	} `json:"meta"`
}

// moveIn puts the files under the prefix: NNNN_part_00, a slice each, or 000
// when they were written one after the other.
func (u *unloading) moveIn(temp string) error {
	var entries []manifestEntry
	info, err := os.Stat(temp)
	if err != nil {
		return err
	}
	err = filepath.WalkDir(temp, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		folder := ""
		if info.IsDir() {
			relative, err := filepath.Rel(temp, filepath.Dir(path))
			if err != nil {
				return err
			}
			if relative != "." {
				folder = filepath.ToSlash(relative) + "/"
			}
		}
		name := fmt.Sprintf("%04d_part_00", len(entries))
		if u.serial {
			name = fmt.Sprintf("%03d", len(entries))
		}
		key := u.key + folder + name + u.suffix()
		target, err := u.session.opts.Store.Create(u.bucket, key)
		if err != nil {
			return err
		}
		size, err := entry.Info()
		if err != nil {
			return err
		}
		e := manifestEntry{URL: "s3://" + u.bucket + "/" + key}
		e.Meta.Length = size.Size()
		entries = append(entries, e)
		return os.Rename(path, target)
	})
	if err != nil || !u.manifest {
		return err
	}
	text, err := json.Marshal(map[string]any{"entries": entries})
	if err != nil {
		return err
	}
	_, err = u.session.opts.Store.Put(u.bucket, u.key+"manifest", strings.NewReader(string(text)+"\n"))
	return err
}
