package redshift

import "time"

// SetPatience says how long a port has to answer.
func SetPatience(e any, d time.Duration) { e.(*Engine).patience = d }
