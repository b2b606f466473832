package signin

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// SetAutoApprove approves every authorization from now on without a person.
// Those already waiting stay undecided.
func (s *Service) SetAutoApprove(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.autoApprove = on
}

// SetRefreshRule sets what a refresh does to the refresh token.
func (s *Service) SetRefreshRule(rule RefreshRule) error {
	switch rule {
	case RefreshKeep, RefreshRotate, RefreshOmit:
	default:
		return fmt.Errorf("refresh rule %q is not one of keep, rotate, omit", rule)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refreshRule = rule
	return nil
}

// SetPending makes the next n polls of device codes answer authorization_pending.
func (s *Service) SetPending(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = n
}

// SetSlowDown makes the next n polls of device codes answer slow_down.
func (s *Service) SetSlowDown(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slowDown = n
}

// Decide approves or denies the device authorization with that user code.
func (s *Service) Decide(userCode string, approve bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.deviceByUserCode(userCode)
	if d == nil {
		return fmt.Errorf("no log in waits under the code %q", userCode)
	}
	if d.decision != undecided {
		return fmt.Errorf("the code %q was already decided", userCode)
	}
	d.decision = denied
	if approve {
		d.decision = approved
	}
	return nil
}

// deviceByUserCode finds a code as people type it: any case, with or without the dash.
func (s *Service) deviceByUserCode(userCode string) *device {
	bare := bareCode(userCode)
	for _, d := range s.devices {
		if bareCode(d.userCode) == bare && s.now().Before(d.expires) {
			return d
		}
	}
	return nil
}

func bareCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(code))
}

// Waiting lists the user codes that await a decision.
func (s *Service) Waiting() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	codes := []string{}
	for _, d := range s.devices {
		if d.decision == undecided && s.now().Before(d.expires) {
			codes = append(codes, d.userCode)
		}
	}
	slices.Sort(codes)
	return codes
}

// ExpireTokens ends every access token now. Refresh tokens stay good.
func (s *Service) ExpireTokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, n := s.now(), 0
	for _, t := range s.tokens {
		if t.expires.After(now) {
			// A second earlier, so that the very same instant counts as past.
			t.expires = now.Add(-time.Second)
			n++
		}
	}
	return n
}

// Revoke ends every session: its access tokens and its refresh tokens.
func (s *Service) Revoke() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended := map[*session]bool{}
	for _, t := range s.tokens {
		ended[t.session] = ended[t.session] || !t.session.revoked
		t.session.revoked = true
	}
	for _, open := range s.refreshes {
		ended[open] = ended[open] || !open.revoked
		open.revoked = true
	}
	n := 0
	for _, was := range ended {
		if was {
			n++
		}
	}
	return n
}

// ForgetClients drops every client registration, as if all had expired.
func (s *Service) ForgetClients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.clients)
	clear(s.clients)
	return n
}
