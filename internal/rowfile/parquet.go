package rowfile

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/engine/parquetfile"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sink"
)

// Parquet is the format that becomes another.
const Parquet = "parquet"

// jsonLines is the format it becomes.
const jsonLines = "jsonl"

// parquetBatch is how many rows of a Parquet file are turned into lines at once.
const parquetBatch = 512

// parquet makes lines of JSON of the Parquet file that rows are read from: what
// the file says of types goes into types. Its footer comes last, so a pipe is
// put into a file first.
func (f *File) parquet() error {
	file, ok := f.Reader.(*os.File)
	size := int64(0)
	if ok {
		info, err := file.Stat()
		if ok = err == nil && info.Mode().IsRegular(); ok {
			size = info.Size()
		}
	}
	if !ok {
		var err error
		if file, err = os.CreateTemp("", "fairlead-*.parquet"); err != nil {
			return fault.Wrap(err, fault.Output, "Cannot make a file to put the rows into")
		}
		f.closers = append(f.closers, file, removal(file.Name()))
		if size, err = io.Copy(file, f.Reader); err != nil {
			return fault.Wrap(err, fault.Usage, "Cannot read the file")
		}
	}
	rows, err := parquetfile.Open(file, size)
	if err != nil {
		return fault.Wrap(err, fault.Usage, "The file is no Parquet file that can be read")
	}
	l := &parquetLines{file: rows}
	if l.w, err = sink.New(jsonLines, &l.buf, rows.Schema(), sink.Options{}); err != nil {
		return err
	}
	f.Types = map[string]string{}
	for _, column := range rows.Schema().Fields() {
		if id := column.Type.ID(); id == arrow.BINARY || id == arrow.FIXED_SIZE_BINARY {
			f.Types[column.Name] = "B"
		}
	}
	f.Reader, f.Format, f.NullAbsent = l, jsonLines, true
	return nil
}

// removal removes a file when it is closed.
type removal string

func (r removal) Close() error { return os.Remove(string(r)) }

// parquetLines is a Parquet file as lines of JSON.
type parquetLines struct {
	file *parquetfile.File
	w    sink.Writer
	buf  bytes.Buffer
}

func (p *parquetLines) Read(b []byte) (int, error) {
	for p.buf.Len() == 0 {
		batch, err := p.file.Next(parquetBatch)
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, fault.Wrap(err, fault.Usage, "The Parquet file cannot be read any further")
		}
		err = p.w.Write(batch)
		batch.Release()
		if flusher, ok := p.w.(sink.Flusher); ok && err == nil {
			err = flusher.Flush()
		}
		if err != nil {
			return 0, err
		}
	}
	return p.buf.Read(b)
}
