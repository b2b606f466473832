package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// hub tells every open page what changed. A page that reads slowly misses
// steps, never the last state: of one kind and id, only the newest is kept.
type hub struct {
	mu   sync.Mutex
	open map[*subscriber]struct{}
}

func newHub() *hub { return &hub{open: map[*subscriber]struct{}{}} }

// subscriber is one page's stream.
type subscriber struct {
	mu    sync.Mutex
	order []string          // keys, oldest first
	ready map[string][]byte // by key
	wake  chan struct{}
	hurry chan struct{} // somebody looks at the page and waits for this
}

// send tells all pages. kind is the event's type; id tells apart what must not
// replace one another.
func (h *hub) send(kind, id string, doc map[string]any) {
	doc["type"] = kind
	data, err := json.Marshal(doc)
	if err != nil {
		return // our own documents always can be written
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.open {
		s.put(kind+" "+id, data)
	}
}

func (s *subscriber) put(key string, data []byte) {
	s.mu.Lock()
	if _, waiting := s.ready[key]; !waiting {
		s.order = append(s.order, key)
	}
	s.ready[key] = data
	s.mu.Unlock()
	nudge(s.wake)
}

// offer puts what was so when the page subscribed, unless it has changed since:
// what was sent meanwhile is newer.
func (s *subscriber) offer(key string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, newer := s.ready[key]; !newer {
		s.order = append(s.order, key)
		s.ready[key] = data
	}
}

// nudge leaves a note in a channel that holds one.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// hurry lets what was sent go out at once, without waiting for more to send
// with it.
func (h *hub) hurry() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.open {
		nudge(s.hurry)
	}
}

func (s *subscriber) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([][]byte, len(s.order))
	for i, key := range s.order {
		all[i] = s.ready[key]
	}
	s.order = s.order[:0]
	clear(s.ready)
	return all
}

// subscribe opens a stream that begins with first.
func (h *hub) subscribe(first []byte) *subscriber {
	s := &subscriber{ready: map[string][]byte{}, wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
	s.offer("", first)
	h.mu.Lock()
	h.open[s] = struct{}{}
	h.mu.Unlock()
	return s
}

func (h *hub) leave(s *subscriber) {
	h.mu.Lock()
	delete(h.open, s)
	h.mu.Unlock()
}

const (
	// eventPause gathers what happens in quick succession into one write. What
	// comes after a quiet time goes out at once.
	eventPause = 60 * time.Millisecond
	// heartbeat keeps the stream alive and lets the page notice a dead process.
	heartbeat = 10 * time.Second
)

// getEvents streams events in the form of Server-Sent Events.
func (s *Server) getEvents(w http.ResponseWriter, r *http.Request) error {
	out := http.NewResponseController(w)
	hello, err := json.Marshal(map[string]any{"type": "hello", "boot": s.boot})
	if err != nil {
		return err
	}
	sub := s.events.subscribe(hello)
	defer s.events.leave(sub)
	w.Header().Set("Content-Type", "text/event-stream")
	for _, l := range s.person.logins.open() {
		data, err := json.Marshal(map[string]any{"type": "login", "login": l})
		if err != nil {
			return err
		}
		sub.offer("login "+l.ID, data)
	}
	for _, q := range s.person.openCodes() {
		data, err := json.Marshal(map[string]any{"type": "mfa", "question": q})
		if err != nil {
			return err
		}
		sub.offer("mfa "+q.ID, data)
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		for _, data := range sub.take() {
			if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
				return nil
			}
		}
		if err := out.Flush(); err != nil {
			return nil
		}
		written := time.Now()
		select {
		case <-r.Context().Done():
			return nil
		case <-s.ctx.Done():
			return nil
		case <-beat.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return nil
			}
		case <-sub.wake:
			wait := eventPause - time.Since(written)
			if wait <= 0 {
				continue
			}
			pause := time.NewTimer(wait)
			select {
			case <-pause.C:
			case <-sub.hurry:
				pause.Stop()
			case <-r.Context().Done():
				pause.Stop()
				return nil
			}
		}
	}
}
