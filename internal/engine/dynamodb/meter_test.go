package dynamodb

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// pages of 100 units each are read at a rate: what was consumed never runs
// ahead of the time by more than one page and the second that may be saved.
func TestARateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(engine.Budget{UnitRate: 500}, false, 0)
		began := time.Now()
		spent := 0.0
		for range 50 {
			p, err := m.admit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond) // the call
			m.settle(p, []byte(`{"CapacityUnits":100}`), 400)
			spent += 100
			if most := 500*time.Since(began).Seconds() + 100 + 500; spent > most {
				t.Fatalf("%v units after %v", spent, time.Since(began))
			}
		}
		if took := time.Since(began); took < 9*time.Second || took > 12*time.Second {
			t.Errorf("5000 units at 500 a second took %v", took)
		}
	})
}

// A page that costs more than a second's worth is cut by the number of items.
func TestALowRateCutsPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(engine.Budget{UnitRate: 5}, false, eventualUnit/4)
		p, err := m.admit(t.Context())
		if err != nil || p.limit != 20 { // a quarter of a unit each
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestWaitingForTheRateEndsWithTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(engine.Budget{UnitRate: 1}, false, 0)
		p, _ := m.admit(t.Context())
		m.settle(p, []byte(`{"CapacityUnits":3600}`), 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.admit(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// The last units of a budget are reserved by a call under way: another waits for
// it and then takes what it left.
func TestABudgetIsSharedByCallsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(engine.Budget{CapacityUnits: 150}, false, eventualUnit)
		first, err := m.admit(t.Context())
		if err != nil || first.limit != 0 {
			t.Fatalf("%+v, %v", first, err)
		}
		second, err := m.admit(t.Context())
		if err != nil || second.limit != 18 { // nine tenths of the 21 units left
			t.Fatalf("%+v, %v", second, err)
		}
		got := make(chan error)
		go func() {
			_, err := m.admit(t.Context())
			got <- err
		}()
		synctest.Wait()
		m.settle(first, []byte(`{"CapacityUnits":60}`), 60)
		if err := <-got; err != nil {
			t.Error("the units that the first left were not given on:", err)
		}
		m.settle(second, []byte(`{"CapacityUnits":90}`), 90)
	})
}

func TestUnitsAreToldByIndex(t *testing.T) {
	m := newMeter(engine.Budget{}, false, 0)
	for range 2 {
		m.settle(permit{}, []byte(`[{"CapacityUnits":3,"Table":{"CapacityUnits":1},"GlobalSecondaryIndexes":{"by_status":{"CapacityUnits":2}}}]`), 1)
	}
	if m.byIndex() != "2 units in the table, 4 units in index by_status" || *m.total() != 6 {
		t.Errorf("%s, %v", m.byIndex(), *m.total())
	}
	m = newMeter(engine.Budget{CapacityUnits: 1}, false, 0)
	m.settle(permit{}, []byte(`{"CapacityUnits":1}`), 1)
	if _, err := m.admit(t.Context()); fault.CodeOf(err) != fault.Guarded {
		t.Error(err)
	}
}
