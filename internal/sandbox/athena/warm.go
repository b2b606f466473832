package athena

import (
	"github.com/fairleadhq/fairlead/internal/sandbox/salesdata"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
)

// Warm starts to make the data set in the background, for whoever will ask for
// it soon. Statements that come meanwhile wait for what they read, as always.
// What fails is told by the statement that needs it.
func (s *Service) Warm() {
	s.runs.Add(1)
	go func() {
		defer s.runs.Done()
		for _, t := range salesdata.Tables() {
			release, err := s.catalog.hold(s.ctx)
			if err != nil {
				return
			}
			_, err = s.ready(s.ctx, trino.Name{Parts: []string{t.Name}}, "", salesSchema)
			release()
			if err != nil {
				return
			}
		}
	}()
}
