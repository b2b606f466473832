package web

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// pick returns the batch with the named columns only, in their order; all when
// none is named. The caller releases it.
func pick(batch arrow.RecordBatch, columns []int) (arrow.RecordBatch, error) {
	if len(columns) == 0 {
		batch.Retain()
		return batch, nil
	}
	fields := make([]arrow.Field, len(columns))
	arrays := make([]arrow.Array, len(columns))
	for i, c := range columns {
		if c < 0 || c >= int(batch.NumCols()) {
			return nil, fault.Newf(fault.Usage, "There is no column %d", c)
		}
		fields[i], arrays[i] = batch.Schema().Field(c), batch.Column(c)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, batch.NumRows()), nil
}
