//go:build race

package athena

const raceEnabled = true
