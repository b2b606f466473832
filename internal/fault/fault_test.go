package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
)

// TestEveryCodeHasAnExitStatus reads the statuses that the design promises.
func TestEveryCodeHasAnExitStatus(t *testing.T) {
	for code, want := range map[Code]int{
		SSOExpired: 3, SSORevoked: 3, LoginTimeout: 3, CredsFailed: 3, CredsRejected: 3, MFANeeded: 3,
		NoProfiles: 2, ProfileMissing: 2, Usage: 2, Config: 2, ConnectionMissing: 2,
		Statement: 1, Denied: 1, NotFound: 1, Output: 1, Internal: 1,
		Unavailable: 4, Throttled: 4, Timeout: 4, Guarded: 5, Interrupted: 130,
		Code("never-heard-of"): 1,
	} {
		if got := code.Exit(); got != want {
			t.Errorf("%s exits with %d, want %d", code, got, want)
		}
	}
}

func TestAsFindsTheOutermostFault(t *testing.T) {
	inner := New(CredsFailed, "inner")
	outer := Wrapf(fmt.Errorf("on the way: %w", inner), Statement, "outer %d", 1)
	if f := As(fmt.Errorf("more: %w", outer)); f != outer {
		t.Errorf("got %v, want the outer fault", f)
	}
	if got := outer.Error(); got != "outer 1: on the way: inner" {
		t.Errorf("Error() = %q", got)
	}
	if !errors.Is(Wrap(io.ErrUnexpectedEOF, Unavailable, "x"), io.ErrUnexpectedEOF) {
		t.Error("the cause is not reachable")
	}
}

func TestAsGivesEveryErrorACode(t *testing.T) {
	if As(nil) != nil || CodeOf(nil) != "" {
		t.Error("nil is no fault")
	}
	if got := CodeOf(fmt.Errorf("x: %w", context.Canceled)); got != Interrupted {
		t.Errorf("a cancelled context has code %s", got)
	}
	if got := CodeOf(fmt.Errorf("x: %w", context.DeadlineExceeded)); got != Timeout {
		t.Errorf("a context past its deadline has code %s", got)
	}
	if f := As(io.EOF); f.Code != Internal || f.Message != "EOF" {
		t.Errorf("a plain error became %+v", f)
	}
}
