package term

import (
	"io"
	"sync"
	"time"
)

// Status is one line on a terminal that is redrawn in place. Without a
// terminal it draws nothing. The zero value draws nothing.
type Status struct {
	mu   sync.Mutex
	w    io.Writer
	text func(elapsed time.Duration) string
	from time.Time
	stop chan struct{}
	done chan struct{}
	on   bool // something is on the line
}

// Status starts a status line on Err that redraws text(elapsed) ten times a
// second, at first after delay, so that what is quick draws nothing. text is
// called from another goroutine. End it with Stop.
func (s *Streams) Status(delay time.Duration, text func(elapsed time.Duration) string) *Status {
	if !s.ErrTTY() {
		return &Status{}
	}
	st := &Status{w: s.Err, text: text, from: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	go st.run(delay)
	return st
}

func (st *Status) run(delay time.Duration) {
	defer close(st.done)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	for {
		select {
		case <-st.stop:
			return
		case <-timer.C:
			st.draw()
			timer.Reset(100 * time.Millisecond)
		}
	}
}

func (st *Status) draw() {
	st.mu.Lock()
	defer st.mu.Unlock()
	text := st.text(time.Since(st.from))
	if text == "" && !st.on {
		// The line is somebody else's now: a question that waits for its answer.
		return
	}
	// \r and "erase to end of line" keep the line where it is.
	if _, err := io.WriteString(st.w, "\r\x1b[K"+text); err == nil {
		st.on = text != ""
	}
}

// Clear wipes the line, so that something else can be printed. The next
// redraw brings it back.
func (st *Status) Clear() {
	if st.w == nil {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.on {
		_, _ = io.WriteString(st.w, "\r\x1b[K")
		st.on = false
	}
}

// Stop ends the redrawing, wipes the line and waits until that has happened.
// Safe to call twice.
func (st *Status) Stop() {
	if st.w == nil {
		return
	}
	st.mu.Lock()
	select {
	case <-st.stop:
	default:
		close(st.stop)
	}
	st.mu.Unlock()
	<-st.done
	st.Clear()
}
