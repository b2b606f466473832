package athena

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/parquetfile"
	"github.com/fairleadhq/fairlead/internal/engine/s3object"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

const (
	// unloadFolder lies below the workgroup's result location; each statement
	// has a folder of its own there, since UNLOAD wants it empty.
	unloadFolder = "fairlead-unload/"

	// unloadBatch is how many rows of a Parquet file make a batch.
	unloadBatch = 2048

	cleanGrace   = 20 * time.Second // for removing the files
	mostManifest = 16 << 20
)

// asUnload turns a query into an UNLOAD of it; why says what bars that.
func (e *Engine) asUnload(ctx context.Context, s engine.Statement) (text, why string) {
	pieces := sqltext.Split(sqltext.Trino, s.Text)
	if len(pieces) != 1 {
		return "", "UNLOAD takes one query"
	}
	list := tokens(pieces[0].Text)
	first := 0
	for first < len(list) && list[first].kind == '(' {
		first++
	}
	if first == len(list) || !list[first].is("select") && !list[first].is("with") && !list[first].is("values") && !list[first].is("table") {
		return "", "UNLOAD takes queries alone"
	}
	place := e.output
	w, err := e.readWorkgroup(ctx)
	switch {
	case err == nil && w.managed:
		return "", "Athena manages this workgroup's results itself"
	case err == nil && (place == "" || w.enforced):
		place = w.output
	}
	if place == "" {
		return "", "neither the connection nor the workgroup tells a result location; set output_location"
	}
	place = strings.TrimSuffix(place, "/") + "/" + unloadFolder + requestToken() + "/"
	// A line of its own, so that a comment at the query's end does not swallow it.
	return "UNLOAD (" + pieces[0].Text + "\n) TO " + quoted(place) + " WITH (format = 'PARQUET', compression = 'SNAPPY')", ""
}

// ownUnload reports whether the query is an UNLOAD of ours, this one's or an
// earlier program's.
func ownUnload(x *types.QueryExecution) bool {
	text := aws.ToString(x.Query)
	return firstWord(text) == "UNLOAD" && strings.Contains(text, "/"+unloadFolder)
}

// unloadFault adds to the end of an UNLOAD what the person did not write.
func unloadFault(err error) error {
	f := fault.As(err)
	if f.Code != fault.Statement && f.Code != fault.Denied {
		return err
	}
	hint := "the query ran as UNLOAD, which wants a name of its own for every column, no type that Parquet lacks, and leave to write to S3; --fetch s3 does not"
	f.Remedy = strings.TrimPrefix(f.Remedy+"\n"+hint, "\n")
	return f
}

// unloadSource reads the files that an UNLOAD wrote, one after the other, and
// removes them at the end.
type unloadSource struct {
	engine  *Engine
	ctx     context.Context // ends at close
	cancel  context.CancelFunc
	files   []s3object.Place
	at      int // the next file
	file    *parquetfile.File
	schema  *arrow.Schema
	remarks *[]string
}

// readUnload opens the result of an UNLOAD of ours.
func (e *Engine) readUnload(ctx context.Context, id string, x *types.QueryExecution, s engine.Statement, began time.Time, notes ...string) (result.Stream, error) {
	st := newStats(e, id, x, s.Progress, began)
	st.stats.RowsAffected = nil
	for _, note := range notes {
		st.note(note)
	}
	u := &unloadSource{engine: e, remarks: &st.stats.Notes}
	u.ctx, u.cancel = context.WithCancel(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, u.cancel)
	defer release()
	st.source = u
	st.progress(engine.Progress{State: "fetching", RemoteID: id, BytesScanned: aws.ToInt64(st.stats.BytesScanned)})
	if err := u.open(x); err != nil {
		st.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, e.resultFault(u.understand(err), id)
	}
	st.schema = u.schema
	switch {
	case len(u.files) == 0:
		st.note("UNLOAD wrote no file, since there are no rows; what columns they would have is not known")
	case len(u.files) > 1:
		st.note("The rows come from several files of UNLOAD and so in no order, whatever ORDER BY says")
	}
	return st, nil
}

func (u *unloadSource) path() string {
	if len(u.files) == 1 {
		return "unload (1 file)"
	}
	return fmt.Sprintf("unload (%d files)", len(u.files))
}

// open reads the manifest and the first file's columns.
func (u *unloadSource) open(x *types.QueryExecution) error {
	u.schema = arrow.NewSchema(nil, nil)
	where := ""
	if x.Statistics != nil {
		where = aws.ToString(x.Statistics.DataManifestLocation)
	}
	if where == "" {
		//lint:ignore ST1005 Athena is a name
		return &unreadable{errors.New("Athena does not tell which files UNLOAD wrote")}
	}
	bucket, key, ok := s3object.Split(where)
	if !ok {
		return &unreadable{fmt.Errorf("%q is no manifest", where)}
	}
	r, err := u.engine.objects.Open(u.ctx, bucket, key, s3object.Options{})
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(r, mostManifest))
	r.Close()
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		line = strings.Trim(strings.TrimSpace(line), `"`)
		if line == "" {
			continue
		}
		bucket, key, ok := s3object.Split(line)
		if !ok || !strings.Contains(key, unloadFolder) { // whatever is listed is removed later
			return &unreadable{fmt.Errorf("the manifest lists %q", line)}
		}
		u.files = append(u.files, s3object.Place{Bucket: bucket, Key: key})
	}
	if len(u.files) == 0 {
		return nil
	}
	if err := u.turn(); err != nil {
		return err
	}
	u.schema = named(u.file.Schema())
	return nil
}

// turn opens the next file.
func (u *unloadSource) turn() error {
	where := u.files[u.at]
	u.at++
	o, err := u.engine.objects.Object(u.ctx, where.Bucket, where.Key)
	if err != nil {
		return err
	}
	f, err := parquetfile.Open(o, o.Size())
	if err != nil {
		return u.unless(err, where)
	}
	if u.file != nil && !named(f.Schema()).Equal(u.schema) {
		return &unreadable{fmt.Errorf("s3://%s/%s has other columns than the files before it", where.Bucket, where.Key)}
	}
	u.file = f
	return nil
}

func (u *unloadSource) next(ctx context.Context) (arrow.RecordBatch, error) {
	if u.file == nil {
		return nil, io.EOF
	}
	release := context.AfterFunc(ctx, u.cancel)
	defer release()
	for {
		b, err := u.file.Next(unloadBatch)
		switch {
		case err == nil:
			defer b.Release()
			return array.NewRecordBatch(u.schema, b.Columns(), b.NumRows()), nil // of the same columns
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.Is(err, io.EOF):
			return nil, u.understand(u.unless(err, u.files[u.at-1]))
		case u.at == len(u.files):
			return nil, io.EOF
		}
		if err := u.turn(); err != nil {
			return nil, u.understand(err)
		}
	}
}

// unless marks what is wrong with the file itself, and leaves what S3 says.
func (u *unloadSource) unless(err error, where s3object.Place) error {
	var refused *s3object.Error
	if errors.As(err, &refused) || errors.Is(err, s3object.ErrChanged) || isCancel(err) || s3object.OnWire(err) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return &unreadable{fmt.Errorf("s3://%s/%s: %w", where.Bucket, where.Key, err)}
}

func (u *unloadSource) understand(err error) error {
	var odd *unreadable
	if errors.As(err, &odd) || isCancel(err) {
		return err
	}
	return u.engine.objectFault(err)
}

// close removes the files; what stays is told.
func (u *unloadSource) close() {
	u.cancel()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), cleanGrace)
	defer cancel()
	kept := 0
	var last error
	for _, f := range u.files {
		if err := u.engine.objects.Delete(ctx, f.Bucket, f.Key); err != nil {
			kept, last = kept+1, err
		}
	}
	if kept > 0 {
		*u.remarks = append(*u.remarks, fmt.Sprintf("%d of the files UNLOAD wrote could not be removed below s3://%s/%s: %s",
			kept, u.files[0].Bucket, u.files[0].Key[:strings.LastIndexByte(u.files[0].Key, '/')+1], u.engine.objectFault(last).Message))
	}
}

// named gives a file's columns Athena's type names.
func named(s *arrow.Schema) *arrow.Schema {
	fields := make([]arrow.Field, s.NumFields())
	for i, f := range s.Fields() {
		fields[i] = result.Field(f.Name, f.Type, typeName(f.Type))
	}
	return arrow.NewSchema(fields, nil)
}

// typeName is Athena's name of an Arrow type.
func typeName(t arrow.DataType) string {
	switch t := t.(type) {
	case *arrow.Decimal128Type:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case *arrow.MapType: // before the list, which it is made of
		return "map(" + typeName(t.KeyType()) + ", " + typeName(t.ItemType()) + ")"
	case *arrow.ListType:
		return "array(" + typeName(t.Elem()) + ")"
	case *arrow.StructType:
		var parts []string
		for _, f := range t.Fields() {
			parts = append(parts, f.Name+" "+typeName(f.Type))
		}
		return "row(" + strings.Join(parts, ", ") + ")"
	}
	switch t.ID() {
	case arrow.BOOL:
		return "boolean"
	case arrow.INT8:
		return "tinyint"
	case arrow.INT16:
		return "smallint"
	case arrow.INT32:
		return "integer"
	case arrow.INT64:
		return "bigint"
	case arrow.FLOAT32:
		return "float"
	case arrow.FLOAT64:
		return "double"
	case arrow.DATE32:
		return "date"
	case arrow.TIMESTAMP:
		return "timestamp"
	case arrow.BINARY:
		return "varbinary"
	}
	return "varchar"
}
