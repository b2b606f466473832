package redshift

import "time"

// Dial opens a socket.
type Dial = dialFunc

// SetDial says how a port is reached and how long it has to answer.
func SetDial(e any, patience time.Duration, dial Dial) {
	e.(*Engine).patience, e.(*Engine).dialer = patience, dial
}

// SetGrace says how long a cancelled statement has to end.
func SetGrace(e any, d time.Duration) { e.(*Engine).grace = d }
