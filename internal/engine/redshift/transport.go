package redshift

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// The values of transport.
const (
	transportAuto = "auto"
	overWire      = "wire"
	overData      = "data-api"
)

// portLimit is how long the port has to answer before the Data API is taken.
const portLimit = 3 * time.Second

// Run sends the statement and returns once its rows are described, or at its
// end when it has none.
func (e *Engine) Run(ctx context.Context, s engine.Statement) (result.Stream, error) {
	if err := checkArgs(s.Args); err != nil {
		return nil, err
	}
	if e.usesData() {
		return e.runData(ctx, s)
	}
	st, err := e.runWire(ctx, s)
	var silent *silentPort
	if !errors.As(err, &silent) {
		return st, err
	}
	e.fallBack(silent)
	if s.Progress != nil {
		s.Progress(engine.Progress{State: "port silent, using the Data API"})
	}
	over, second := e.runData(ctx, s)
	if second == nil {
		return over, nil
	}
	if f := fault.As(second); ctx.Err() != nil || f.Code == fault.Statement || f.Code == fault.NotFound {
		return nil, second // it was reached, and it said so
	}
	// Both ways are closed; the port is the one that was meant.
	f := fault.As(silent.err)
	f.Cause = errors.Join(f.Cause, second)
	return nil, f
}

// usesData reports whether statements go through the Data API.
func (e *Engine) usesData() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.set.transport == overData || e.fellBack
}

// mayFallBack reports whether the Data API may take the wire's place: it knows
// no passwords of the database's own, and it needs to be told whom to ask.
func (e *Engine) mayFallBack(t target) bool {
	return e.set.transport == transportAuto && e.set.user == "" && t.kind != direct && t.kind != custom
}

// silentPort is a port that did not answer while another way is open.
type silentPort struct {
	err     error // the fault to tell when that way is closed too
	address string
	why     string // "did not answer within 3s"
}

func (s *silentPort) Error() string { return s.err.Error() }
func (s *silentPort) Unwrap() error { return s.err }

// fallBack sends this and all later statements through the Data API.
func (e *Engine) fallBack(s *silentPort) {
	e.mu.Lock()
	e.fellBack = true
	e.mu.Unlock()
	e.note(s.address + " " + s.why + ": the statement went through the Redshift Data API (transport wire or data-api settles it)")
}

// note keeps a sentence for the next statement's notes.
func (e *Engine) note(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notes = append(e.notes, text)
}

func (e *Engine) takeNotes() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	notes := e.notes
	e.notes = nil
	return notes
}

// silence says in words that nobody answers at the port, "" when somebody does,
// if only to refuse. A refused connection counts where the address is AWS's
// own, and not where it was given: a tunnel that is closed shall be opened.
func (e *Engine) silence(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &op) && op.Op != "dial" {
		return ""
	}
	switch {
	case errors.Is(err, errPortLimit):
		return "did not answer within " + portLimit.String()
	case errors.As(err, &dns):
		if !e.set.tunnelled() {
			return "has no address here"
		}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ETIMEDOUT):
		return "cannot be reached"
	case errors.Is(err, syscall.ECONNREFUSED) && !e.set.tunnelled():
		return "refuses connections"
	}
	return ""
}

// tunnelled reports whether the host was given and is not AWS's own.
func (s settings) tunnelled() bool {
	kind, _ := endpointName(s.host)
	return s.host != "" && kind == direct
}

var errPortLimit = errors.New("no answer within " + portLimit.String())

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialPort is how a connection's socket is opened. Where the Data API could
// take over, the port has patience's time to answer.
func (e *Engine) dialPort(patience time.Duration) dialFunc {
	dial := e.dialer
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: time.Minute}).DialContext
	}
	if patience == 0 {
		return dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		short, cancel := context.WithTimeoutCause(ctx, patience, errPortLimit)
		defer cancel()
		c, err := dial(short, network, address)
		if err != nil && ctx.Err() == nil && short.Err() != nil {
			return nil, errPortLimit
		}
		return c, err
	}
}

// describeTarget names the warehouse in words, as far as it is known.
func (e *Engine) describeTarget() string {
	if t, known := e.set.named(); known && !isARN(t.name) {
		return t.describe()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range []*target{e.target, e.whom} {
		if t != nil {
			return t.describe()
		}
	}
	return "workgroup or cluster " + strings.TrimSpace(e.set.name)
}

// who finds the kind and name of the warehouse, for the Data API: where it
// listens does not matter.
func (e *Engine) who(ctx context.Context) (target, error) {
	t, known := e.set.named()
	switch {
	case !known || isARN(t.name):
	case t.kind == custom:
		return target{}, fault.New(fault.Config, "The Data API needs the name of the workgroup or cluster behind "+t.name).
			WithRemedy(engine.Setting(e.session.Name, "workgroup", "NAME") + "\nor set cluster")
	case t.kind != direct:
		return t, nil
	}
	if e.set.user != "" {
		return target{}, fault.New(fault.Config, "The Data API takes no user and password of the database's own").
			WithRemedy("leave transport at wire, or connect by workgroup or cluster: " + engine.Change(e.session.Name))
	}
	e.mu.Lock()
	asked := e.whom
	if asked == nil {
		asked = e.target
	}
	e.mu.Unlock()
	if asked != nil {
		return *asked, nil
	}
	find := e.findEither
	if isARN(t.name) {
		find = e.findARN
	}
	if err := find(ctx, &t); err != nil {
		return target{}, err
	}
	e.mu.Lock()
	e.whom = &t
	e.mu.Unlock()
	return t, nil
}
