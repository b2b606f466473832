package app

import (
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

// sampleRows is how much of a table a sample shows.
const sampleRows = 100

// SampleStatement makes the statement that shows some rows of the table at a
// path of the catalog, and how many rows to take of it.
func SampleStatement(t Target, path []string) (text string, limit int64, err error) {
	if len(path) == 0 {
		return "", 0, fault.New(fault.Usage, "There is no table to sample")
	}
	quoted := make([]string, len(path))
	for i, name := range path {
		quoted[i] = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	text = "select * from " + strings.Join(quoted, ".")
	if t.Spec.Dialect != sqltext.PartiQL { // which has no LIMIT; the stream ends at its own
		text += " limit 100"
	}
	return text, sampleRows, nil
}
