package leader

import (
	"context"
	"errors"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
)

var errTimeout = errors.New("statement timeout")

// running is a statement under the session's statement_timeout.
type running struct {
	session *Session
	ctx     context.Context
	timer   *time.Timer
	release context.CancelFunc
}

// limit makes a context that ends when the statement_timeout has passed. It
// has to live as long as the rows; done stops the clock before that, since the
// engine has the whole result when it gives the first row.
func (s *Session) limit(parent context.Context) (context.Context, running) {
	ctx, cancel := context.WithCancelCause(parent)
	r := running{session: s, ctx: ctx, release: func() { cancel(nil) }}
	if d := s.timeout(); d > 0 {
		r.timer = time.AfterFunc(d, func() { cancel(errTimeout) })
	}
	return ctx, r
}

// done stops the clock. An error that came of it is worded as the service does.
func (r running) done(err error) error {
	if r.timer != nil {
		r.timer.Stop()
	}
	if err == nil {
		return nil
	}
	timedOut := errors.Is(context.Cause(r.ctx), errTimeout)
	r.release()
	if timedOut {
		return pgwire.Errorf("57014", "Query (%d) cancelled on user's request", r.session.opts.PID)
	}
	return err
}
