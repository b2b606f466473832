package dynamodb

import "time"

// lateChange is a change that a global index shows only later: such indexes are
// "eventually consistent" (Amazon DynamoDB Developer Guide, global secondary
// indexes). Here they lag only when a switch says so.
type lateChange struct {
	due   time.Time
	apply func()
}

// lag is what hands changes of global indexes over to be made later, nil when
// they are made at once. Behind one that waits all wait. The lock is held.
func (st *store) lag() func(func()) {
	lag := st.switches.indexLag()
	if lag <= 0 && len(st.late) == 0 {
		return nil
	}
	due := st.clock().Add(lag)
	return func(change func()) { st.late = append(st.late, lateChange{due, change}) }
}

// settle makes the late changes that are due.
func (st *store) settle() {
	now := st.clock()
	st.mu.RLock()
	due := len(st.late) > 0 && !st.late[0].due.After(now)
	st.mu.RUnlock()
	if !due {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for len(st.late) > 0 && !st.late[0].due.After(now) {
		st.late[0].apply()
		st.late = st.late[1:]
	}
}
