package athena

import (
	"slices"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// defaultReuse is the age of a result that may be reused when the call does not
// say.
const defaultReuse = 60 * time.Minute

// reuse answers an execution from an earlier one, when that is asked for and
// allowed: the same query in the same place of the same workgroup, not too
// long ago, its result still there, and the query one that gives the same rows
// each time. https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html
func (s *Service) reuse(x *execution) bool {
	if x.reuseAge == nil || x.group.managed || !x.statement.Repeatable() {
		return false
	}
	known := s.earlier(x)
	if known == nil {
		return false
	}
	known.mu.Lock()
	outcome := known.outcome
	outcome.made = known.resultTime()
	known.mu.Unlock()
	bucket, _, err := splitLocation(x.location)
	if err != nil {
		return false
	}
	if _, err := s.o.Store.Head(bucket, outcome.key); err != nil {
		return false // deleted or moved
	}
	outcome.scanned, outcome.rowsIn, outcome.reused = 0, 0, true
	x.mu.Lock()
	x.outcome, x.planned = outcome, s.o.Now()
	x.mu.Unlock()
	return true
}

// earlier is the latest execution whose result x may have.
func (s *Service) earlier(x *execution) *execution {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range slices.Backward(s.order) {
		if known == x || known.group.name != x.group.name || known.location != x.location || known.database != x.database ||
			known.catalog != x.catalog || !slices.Equal(known.params, x.params) || known.statement.Verb != x.statement.Verb || !trino.SameText(known.statement, x.statement) {
			continue
		}
		known.mu.Lock()
		fits := known.state == succeeded && !known.outcome.federated && known.outcome.key != "" && s.o.Now().Sub(known.resultTime()) <= *x.reuseAge
		known.mu.Unlock()
		if fits {
			return known
		}
	}
	return nil
}

// resultTime is when the rows were made: a reused result is as old as the one
// it came from.
func (x *execution) resultTime() time.Time {
	if !x.outcome.made.IsZero() {
		return x.outcome.made
	}
	return x.completed
}
