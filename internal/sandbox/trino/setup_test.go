//go:build cgo

package trino

import (
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
)

func TestSetupIsAcceptedByTheEngine(t *testing.T) {
	db, err := duck.Open(t.Context(), duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	begin := time.Now()
	for _, statement := range Setup() {
		if _, err := db.Exec(statement); err != nil {
			if _, locked := duck.AsError(err); locked && statement[:3] == "SET" {
				continue // the configuration is locked by now
			}
			t.Errorf("%s\n\t%v", statement, err)
		}
	}
	t.Logf("%d statements in %v", len(Setup()), time.Since(begin))
}
