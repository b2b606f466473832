// Package all lists the engines, one line each. It knows nothing else of them.
package all

import (
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/athena"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb"
	"github.com/fairleadhq/fairlead/internal/engine/redshift"
)

// Specs returns the spec of every engine, in the order they are shown.
func Specs() []engine.Spec {
	return []engine.Spec{
		athena.Spec(),
		redshift.Spec(),
		dynamodb.Spec(),
	}
}

// Find returns the spec of kind, or a fault that names the nearest kinds.
func Find(kind string) (engine.Spec, error) { return engine.Find(Specs(), kind) }
