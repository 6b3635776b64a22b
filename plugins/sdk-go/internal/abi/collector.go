//go:build wasip1

package abi

import (
	"math"
	"runtime/debug"
)

// The collector rests unless a plugin's own code runs. While the host puts values into the guest's
// memory, which it asks [Lend] for, the guest must not call out: the collector would, to read the
// clock, and the host would end the guest.
func init() {
	rest()
}

// collectPercent is Go's default for GOGC.
const collectPercent = 100

// Collecting runs a plugin's own code, with the garbage collector at work. The soft limit makes it
// work harder before the host ends the instance.
func Collecting(softMaxBytes int64, run func()) {
	work(softMaxBytes)
	run()
	rest()
}

// Resting asks the host something in the middle of a plugin's own code.
func Resting(softMaxBytes int64, ask func()) {
	rest()
	ask()
	work(softMaxBytes)
}

func work(softMaxBytes int64) {
	debug.SetMemoryLimit(softMaxBytes)
	debug.SetGCPercent(collectPercent)
}

// rest returns when the collector has ended what it was at.
func rest() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(math.MaxInt64)
}
