package leader

import (
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// transfer are the options of UNLOAD and COPY. Those that say how to sign in to
// S3 are read and not used: the store is this sandbox's own.
// https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
// https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
type transfer struct {
	format      string // "text", "csv", "json", "parquet"
	delimiter   string
	null        *string
	compression string // "", "gzip", "zstd"
	header      bool
	ignore      int // header lines to pass over
	quotes      bool
	escape      bool
	manifest    bool
	overwrite   bool
	clean       bool
	serial      bool // PARALLEL OFF
	extension   string
	partitions  []string
	include     bool // partition columns stay in the files
	emptyNull   bool
	truncate    bool
}

// transferParser is a cursor over the options.
type transferParser struct {
	tokens []rsql.Token
	i      int
}

func (p *transferParser) is(word string) bool {
	return p.i < len(p.tokens) && p.tokens[p.i].Is(word)
}

func (p *transferParser) eat(word string) bool {
	if !p.is(word) {
		return false
	}
	p.i++
	return true
}

// text takes a string literal, behind AS if it likes.
func (p *transferParser) text() (string, error) {
	p.eat("as")
	if p.i >= len(p.tokens) || p.tokens[p.i].Kind != rsql.String {
		return "", p.trouble()
	}
	p.i++
	return stringOf(p.tokens[p.i-1]), nil
}

// stringOf is the value of a string literal.
func stringOf(t rsql.Token) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(t.Text, "'"), "'"), "''", "'")
}

func (p *transferParser) trouble() error {
	if p.i >= len(p.tokens) {
		return pgwire.Errorf("42601", "syntax error at end of input")
	}
	return pgwire.Errorf("42601", "syntax error at or near \"%s\"", p.tokens[p.i].Text)
}

// options reads the rest of the statement.
func (p *transferParser) options() (transfer, error) {
	o := transfer{format: "text", delimiter: "|"}
	for p.i < len(p.tokens) {
		if err := p.option(&o); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (p *transferParser) option(o *transfer) (err error) {
	word := p.tokens[p.i].Text
	p.i++
	switch word {
	case "format":
		p.eat("as")
	case "csv", "json", "parquet", "avro", "orc", "fixedwidth", "shapefile":
		return p.formatOption(o, word)
	case "delimiter":
		o.delimiter, err = p.text()
		if o.delimiter == `\t` {
			o.delimiter = "\t"
		}
	case "null":
		var text string
		text, err = p.text()
		o.null = &text
	case "gzip", "zstd":
		o.compression = word
	case "bzip2", "lzop", "encrypted":
		return pgwire.Errorf("0A000", "%s is not offered by the sandbox's warehouse", strings.ToUpper(word))
	case "header":
		o.header = true
	case "ignoreheader":
		p.eat("as")
		o.ignore, err = p.number()
	case "addquotes", "removequotes":
		o.quotes = true
	case "escape":
		o.escape = true
	case "manifest":
		o.manifest = true
		p.eat("verbose")
	case "allowoverwrite":
		o.overwrite = true
	case "cleanpath":
		o.clean = true
	case "emptyasnull":
		o.emptyNull = true
	case "truncatecolumns":
		o.truncate = true
	case "parallel":
		o.serial = p.is("off") || p.is("false")
		p.i++
	case "extension":
		o.extension, err = p.text()
	case "partition":
		if !p.eat("by") {
			return p.trouble()
		}
		o.partitions, err = p.names()
		o.include = p.eat("include")
	default:
		return p.ignored(word)
	}
	return err
}

func (p *transferParser) formatOption(o *transfer, word string) error {
	if word == "avro" || word == "orc" || word == "fixedwidth" || word == "shapefile" {
		return pgwire.Errorf("0A000", "FORMAT %s is not offered by the sandbox's warehouse", strings.ToUpper(word))
	}
	o.format = word
	if word == "csv" {
		o.delimiter = ","
		if p.eat("quote") {
			_, err := p.text()
			return err
		}
	}
	if word == "json" && p.i < len(p.tokens) && (p.is("as") || p.tokens[p.i].Kind == rsql.String) { // 'auto'
		how, err := p.text()
		if err == nil && !strings.HasPrefix(how, "auto") {
			err = pgwire.Errorf("0A000", "JSON '%s' is not offered by the sandbox's warehouse: only 'auto'", how)
		}
		return err
	}
	return nil
}

// ignored passes over the options that mean nothing here.
func (p *transferParser) ignored(word string) error {
	switch word {
	case "iam_role", "credentials", "access_key_id", "secret_access_key", "session_token", "kms_key_id", "master_symmetric_key", "region", "dateformat", "timeformat", "acceptinvchars", "encoding":
		p.eat("as")
		if p.i < len(p.tokens) && (p.tokens[p.i].Kind == rsql.String || p.is("default")) {
			p.i++
		}
	case "with", "as", "acceptanydate", "blanksasnull", "explicit_ids", "fillrecord", "ignoreblanklines", "roundec", "trimblanks", "noload", "authorization":
	case "maxfilesize", "rowgroupsize", "maxerror", "comprows":
		p.eat("as")
		if _, err := p.number(); err != nil {
			return err
		}
		_ = p.eat("mb") || p.eat("gb")
	case "compupdate", "statupdate":
		_ = p.eat("on") || p.eat("off") || p.eat("preset") || p.eat("true") || p.eat("false")
	default:
		p.i--
		return p.trouble()
	}
	return nil
}

func (p *transferParser) number() (int, error) {
	if p.i >= len(p.tokens) || p.tokens[p.i].Kind != rsql.Number {
		return 0, p.trouble()
	}
	n, err := strconv.Atoi(strings.SplitN(p.tokens[p.i].Text, ".", 2)[0])
	p.i++
	return n, err
}

// names reads (a, b).
func (p *transferParser) names() ([]string, error) {
	if !p.eat("(") {
		return nil, p.trouble()
	}
	var out []string
	for {
		name, took := qualified(p.tokens[p.i:])
		if took != 1 {
			return nil, p.trouble()
		}
		out = append(out, name[0])
		p.i++
		if p.eat(")") {
			return out, nil
		}
		if !p.eat(",") {
			return nil, p.trouble()
		}
	}
}

// place reads s3://bucket/key.
func (s *Session) place(location string) (bucket, key string, err error) {
	rest, found := strings.CutPrefix(location, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	switch {
	case s.opts.Store == nil:
		return "", "", pgwire.Errorf("0A000", "this warehouse has no object store")
	case !found || bucket == "":
		return "", "", pgwire.Errorf("42601", "invalid S3 location \"%s\": it begins with s3://bucket/", location)
	case !s.opts.Store.HasBucket(bucket):
		return "", "", pgwire.Errorf("XX000", "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket")
	}
	return bucket, key, nil
}
