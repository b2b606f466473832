package app

import (
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
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
	return "select * from " + strings.Join(quoted, ".") + " limit 100", sampleRows, nil
}
