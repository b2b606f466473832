package term

import (
	"bytes"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// screen is a writer that may be read while a status line is drawn.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *screen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.buf.String()
	s.buf.Reset()
	return text
}

func TestStatusDrawsAfterItsDelayAndWipesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &screen{}
		s := &Streams{Err: out, errTTY: true, env: func(string) string { return "" }}
		st := s.Status(time.Second, func(d time.Duration) string { return "waited " + d.String() })
		time.Sleep(900 * time.Millisecond)
		if got := out.take(); got != "" {
			t.Errorf("drawn before its delay: %q", got)
		}
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := out.take(); got != "\r\x1b[Kwaited 1s" {
			t.Errorf("drawn %q", got)
		}
		st.Stop()
		if got := out.take(); got != "\r\x1b[K" {
			t.Errorf("Stop wrote %q, want the line wiped", got)
		}
	})
}

// A question stands on the line while the status has nothing to say.
func TestStatusLeavesTheLineToAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &screen{}
		s := &Streams{Err: out, errTTY: true, env: func(string) string { return "" }}
		st := s.Status(0, func(time.Duration) string { return "" })
		defer st.Stop()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := out.take(); got != "" {
			t.Errorf("the line was touched: %q", got)
		}
	})
}
