// Package faults holds no code that ships: its tests run every verb of the
// program against every fault, for long, and as many accounts at once. See
// docs/faults.md; `make faults` and `make soak` run them whole.
package faults
