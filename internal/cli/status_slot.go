package cli

import (
	"sync"

	"github.com/fairleadhq/fairlead/internal/term"
)

// statusSlot holds the status line that is on the terminal now, so that
// whatever else is printed can wipe it first, and so that a log in can speak
// on it while the query behind it waits.
type statusSlot struct {
	mu      sync.Mutex
	current *term.Status
	text    string // what the line shows instead of its own text; "" for its own
	held    int    // how many questions are open; nothing is drawn meanwhile
}

// set makes st the current line. Nil for none.
func (s *statusSlot) set(st *term.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = st
}

// clear wipes the current line.
func (s *statusSlot) clear() {
	s.mu.Lock()
	st := s.current
	s.mu.Unlock()
	if st != nil {
		st.Clear()
	}
}

// hold keeps the line empty until the returned func is called, while a
// question is open.
func (s *statusSlot) hold() (release func()) {
	s.mu.Lock()
	s.held++
	s.mu.Unlock()
	s.clear()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held--
	}
}

// note makes the line show text instead of its own; "" ends that.
func (s *statusSlot) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = text
}

// pick returns what the line should show: nothing while a question is open, a
// note when there is one, else its own text.
func (s *statusSlot) pick(own func() string) string {
	s.mu.Lock()
	text, held := s.text, s.held > 0
	s.mu.Unlock()
	switch {
	case held:
		return ""
	case text != "":
		return text
	}
	return own()
}
