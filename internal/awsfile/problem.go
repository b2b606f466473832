package awsfile

import (
	"fmt"
	"slices"
)

// Problem is a defect of a file, or a passage that does not mean what its
// author most likely meant.
type Problem struct {
	Rule    string // the stable name of what is wrong, e.g. "duplicate-key"
	File    string
	Line    int    // 1-based; 0 when the whole file is meant
	Profile string // the profile it touches, "" when none
	Message string
	Fix     string
	// Fatal: the profile (or section) must not be used until it is mended. AWS
	// CLI v2 refuses the whole file for it.
	Fatal bool
}

// String returns "file:line: message".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// RefusesFile reports whether AWS CLI v2 refuses the whole file for it, so that
// it does not answer where Fairlead does.
func (p Problem) RefusesFile() bool {
	return p.Fatal || p.Rule == "byte-order-mark" || p.Rule == "bad-bytes"
}

// Problems returns everything that is wrong or doubtful in the two files, by
// file and line.
func (f *Files) Problems() []Problem {
	all := slices.Clone(f.problems)
	slices.SortStableFunc(all, func(a, b Problem) int {
		if a.File != b.File {
			if a.File == f.ConfigPath {
				return -1
			}
			return 1
		}
		return a.Line - b.Line
	})
	return all
}
