package sink

import (
	"compress/gzip"
	"io"
	"strings"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// Compressions lists the ways to compress a file, which are also its endings
// without the dot.
func Compressions() []string { return []string{"gz", "zst"} }

// Compressed parts a file's name from the ending that says how it is
// compressed: report.csv.gz is report.csv and "gz". how is "" for none.
func Compressed(name string) (inner, how string) {
	lower := strings.ToLower(name)
	for _, c := range Compressions() {
		if strings.HasSuffix(lower, "."+c) {
			return name[:len(name)-len(c)-1], c
		}
	}
	return name, ""
}

// Compress returns a writer that compresses into w: "gz", "zst", or "" to write
// as it is. Close it before w; it does not close w.
func Compress(how string, w io.Writer) (io.WriteCloser, error) {
	switch how {
	case "":
		return uncompressed{w}, nil
	case "gz":
		return kgzip.NewWriterLevel(w, gzip.DefaultCompression)
	case "zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	}
	return nil, fault.Newf(fault.Usage, "There is no compression %q", how).WithRemedy("compressions: " + strings.Join(Compressions(), ", "))
}

type uncompressed struct{ io.Writer }

func (uncompressed) Close() error { return nil }
