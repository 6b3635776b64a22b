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

// Collector is how hard the garbage collector works while a plugin's own code runs.
type Collector struct {
	// Percent is Go's GOGC; negative: only the limit counts.
	Percent int
	// SoftMaxBytes makes it work harder before the host ends the instance.
	SoftMaxBytes int64
}

// Collecting runs a plugin's own code, with the garbage collector at work.
func (c Collector) Collecting(run func()) {
	c.work()
	run()
	rest()
}

// Resting asks the host something in the middle of a plugin's own code.
func (c Collector) Resting(ask func()) {
	rest()
	ask()
	c.work()
}

func (c Collector) work() {
	debug.SetMemoryLimit(c.SoftMaxBytes)
	debug.SetGCPercent(c.Percent)
}

// rest returns when the collector has ended what it was at.
func rest() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(math.MaxInt64)
}
