package athena

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// Plan says what a statement is likely to read, as far as that can be told
// without a billed statement.
func (e *Engine) Plan(ctx context.Context, s engine.Statement) (engine.Plan, error) {
	return engine.Plan{Basis: "no free estimate"}, nil
}
