package redshift

import "sync"

// others are the sessions that no wire carries, by process id.
type others struct {
	mu   sync.Mutex
	next uint32
	open map[uint32]func()
}

func newOthers() *others { return &others{next: firstDataPID, open: map[uint32]func(){}} }

func (o *others) enter(cancel func()) (pid uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	pid = o.next
	o.next++
	o.open[pid] = cancel
	return pid
}

func (o *others) leave(pid uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, pid)
}

// cancel stops what session pid runs, and tells whether there is one.
func (o *others) cancel(pid uint32) bool {
	o.mu.Lock()
	stop, ok := o.open[pid]
	o.mu.Unlock()
	if ok {
		stop()
	}
	return ok
}
