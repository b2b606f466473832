package web

import (
	"context"
	"reflect"
	"time"
)

// Two seconds is how soon what another program did must show.
const lookAround = 2 * time.Second

// watch tells the pages when the files were changed by another program, and
// when an SSO session changed its state.
func (s *Server) watch(ctx context.Context) {
	stamp := s.app.FilesStamp()
	var known []sessionDoc
	tick := time.NewTicker(lookAround)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := s.app.FilesStamp(); now != stamp {
			s.refresh()
			stamp = s.app.FilesStamp()
		}
		docs, err := s.sessionDocs(ctx)
		if err == nil && !sameStates(known, docs) {
			known = docs
			s.events.send("sessions", "", map[string]any{"sessions": docs})
		}
	}
}

// refresh reads the files anew and tells the pages.
func (s *Server) refresh() {
	s.app.Refresh()
	s.events.send("connections", "", map[string]any{})
	s.tellSessions()
}

// sameStates compares all but the time left, which each page counts itself.
func sameStates(a, b []sessionDoc) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		one, two := a[i], b[i]
		one.Left, two.Left, one.Expires, two.Expires = 0, 0, nil, nil
		sameEnd := a[i].Expires == nil && b[i].Expires == nil || a[i].Expires != nil && b[i].Expires != nil && a[i].Expires.Equal(*b[i].Expires)
		if !sameEnd || !reflect.DeepEqual(one, two) {
			return false
		}
	}
	return true
}
