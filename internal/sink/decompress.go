package sink

import (
	"io"
	"strings"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// widestWindow bounds what a zstd file may ask to be held while it is read.
const widestWindow = 128 << 20

// Decompress reads what Compress wrote: "gz", "zst", or "" for what is as it is.
// Close it; that does not close r.
func Decompress(how string, r io.Reader) (io.ReadCloser, error) {
	switch how {
	case "":
		return io.NopCloser(r), nil
	case "gz":
		z, err := kgzip.NewReader(r)
		if err != nil {
			return nil, fault.Wrap(err, fault.Usage, "The file is not compressed with gzip, as its name says")
		}
		return z, nil
	case "zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(widestWindow))
		if err != nil {
			return nil, fault.Wrap(err, fault.Usage, "The file is not compressed with zstd, as its name says")
		}
		return z.IOReadCloser(), nil
	}
	return nil, fault.Newf(fault.Usage, "There is no compression %q", how).WithRemedy("compressions: " + strings.Join(Compressions(), ", "))
}
