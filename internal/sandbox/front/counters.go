package front

import (
	"sync"
)

// Count is how often an operation was called and what came of it.
type Count struct {
	Calls  int            `json:"calls"`
	Errors map[string]int `json:"errors,omitempty"` // by error code
}

// Counters count calls by "service.Operation", for example
// "athena.StartQueryExecution". CreateToken is counted once more under its
// grant: "sso-oidc.CreateToken/refresh_token". The zero value counts from
// nothing. Safe for concurrent use.
type Counters struct {
	mu     sync.Mutex
	counts map[string]*Count
}

// call counts a call; fail counts the error it was answered with. Both happen
// before the caller can see the answer, so that who has the answer can trust
// the counts.
func (c *Counters) call(rt route) { c.each(rt, func(n *Count) { n.Calls++ }) }

func (c *Counters) fail(rt route, code string) {
	c.each(rt, func(n *Count) {
		if n.Errors == nil {
			n.Errors = map[string]int{}
		}
		n.Errors[code]++
	})
}

func (c *Counters) each(rt route, do func(*Count)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]*Count{}
	}
	name := rt.service + "." + rt.operation
	names := []string{name}
	if rt.variant != "" {
		names = append(names, name+"/"+rt.variant)
	}
	for _, name := range names {
		n := c.counts[name]
		if n == nil {
			n = &Count{}
			c.counts[name] = n
		}
		do(n)
	}
}

// Snapshot is a copy of all counts.
func (c *Counters) Snapshot() map[string]Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	copied := make(map[string]Count, len(c.counts))
	for name, n := range c.counts {
		errs := make(map[string]int, len(n.Errors))
		for code, k := range n.Errors {
			errs[code] = k
		}
		copied[name] = Count{Calls: n.Calls, Errors: errs}
	}
	return copied
}

// Calls is how often the named operation was called.
func (c *Counters) Calls(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.counts[name]; n != nil {
		return n.Calls
	}
	return 0
}

// Reset starts counting anew.
func (c *Counters) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts = nil
}
