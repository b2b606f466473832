package app

import (
	"context"
	"sync"

	"github.com/fairleadhq/fairlead/internal/sso"
)

// checksAtOnce bounds how many sessions are asked about at the same time.
const checksAtOnce = 8

// CheckSSO is SSOStates with the portal's word on each session that claims to
// work. A session that could not be asked keeps its state, and Detail says why.
func (a *App) CheckSSO(ctx context.Context) ([]sso.State, error) {
	states, err := a.SSOStates(ctx)
	if err != nil {
		return nil, err
	}
	next := make(chan int, len(states))
	for i := range states {
		if s := states[i]; !s.Status.NeedsLogin() && s.Status != sso.Misconfigured {
			next <- i
		}
	}
	close(next)
	var workers sync.WaitGroup
	for range checksAtOnce {
		workers.Go(func() {
			for i := range next {
				states[i] = a.checked(ctx, states[i])
			}
		})
	}
	workers.Wait()
	return states, ctx.Err()
}

func (a *App) checked(ctx context.Context, s sso.State) sso.State {
	name := s.Session.Name
	if name == "" && len(s.Profiles) > 0 {
		name = s.Profiles[0]
	}
	probed, err := a.sso().Probe(ctx, name)
	if err != nil {
		s.Detail = err.Error()
		return s
	}
	probed.Profiles = s.Profiles
	return probed
}

// CheckSSOOf is SSOState with the portal's word.
func (a *App) CheckSSOOf(ctx context.Context, name string) (sso.State, error) {
	state, err := a.SSOState(ctx, name)
	if err != nil || state.Status.NeedsLogin() || state.Status == sso.Misconfigured {
		return state, err
	}
	probed, err := a.sso().Probe(ctx, a.profileOf(name))
	probed.Profiles = state.Profiles
	return probed, err
}
