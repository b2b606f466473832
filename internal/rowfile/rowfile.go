// Package rowfile opens a file of rows to be read: unpacked, and a Parquet file as
// lines of JSON, so that who reads rows needs to know text alone.
//
// It knows files and formats, and not what the rows are for.
//
//	f, err := rowfile.Open("orders.parquet", os.Stdin, rowfile.Parquet, "")
//	if err != nil { return err }
//	defer f.Close()
package rowfile

import (
	"io"
	"os"
	"slices"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sink"
)

// File is an open file of rows.
type File struct {
	io.Reader
	Format string // of what is read: the file's own, or jsonl for Parquet
	// Types are DynamoDB's names for the types of columns that the format read
	// does not tell, and the file does.
	Types map[string]string
	// NullAbsent reports that null only fills a column of which a row has nothing.
	NullAbsent bool
	closers    []io.Closer
}

// Open opens a file, "-" for standard input. compressed is "gz", "zst" or "". A
// file that cannot be read is a fault with code usage.
func Open(name string, stdin io.Reader, format, compressed string) (*File, error) {
	f := &File{Reader: stdin, Format: format}
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fault.Wrapf(err, fault.Usage, "Cannot read %s", name)
		}
		f.Reader, f.closers = file, append(f.closers, file)
		if info, err := file.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, fault.Newf(fault.Usage, "%s is a folder", name).WithRemedy("name one file")
		}
	}
	plain, err := sink.Decompress(compressed, f.Reader)
	if err != nil {
		f.Close()
		return nil, err
	}
	if compressed != "" {
		f.Reader, f.closers = plain, append(f.closers, plain)
	}
	if format == Parquet {
		if err := f.parquet(); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// Close closes what was opened.
func (f *File) Close() {
	for _, c := range slices.Backward(f.closers) {
		_ = c.Close()
	}
}
