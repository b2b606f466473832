package sink

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// arrowWriter writes Arrow's own file format (also called Feather, version 2):
// each batch as it came, with the engine's type names in the fields' metadata.
type arrowWriter struct{ *ipc.FileWriter }

func newArrow(w io.Writer, schema *arrow.Schema) (Writer, error) {
	f, err := ipc.NewFileWriter(w, ipc.WithSchema(schema), ipc.WithZstd())
	if err != nil {
		return nil, written(err)
	}
	return arrowWriter{f}, nil
}

// Write skips batches without rows, which need no place in the file.
func (a arrowWriter) Write(batch arrow.RecordBatch) error {
	if batch.NumRows() == 0 {
		return nil
	}
	return a.FileWriter.Write(batch)
}
