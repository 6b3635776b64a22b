package main

import (
	"context"
	"errors"
)

// instructionsMax is what one script may do for one object: some thousand times what the longest of
// Argo CD's does, and a twentieth of what the host grants a batch of objects.
const instructionsMax = 1_000_000

var errBudget = errors.New("the script does not end: it has run 1000000 instructions")

var spent = func() chan struct{} {
	closed := make(chan struct{})
	close(closed)
	return closed
}()

// budget ends a script by its instructions. The interpreter asks a context before each one whether it
// is done; a clock could not tell, since no timer fires while a guest is busy, and equal objects must
// be judged alike on slow machines.
type budget struct {
	context.Context
	left int
}

// Done is nil, which never fires, until the budget is spent.
func (b *budget) Done() <-chan struct{} {
	if b.left > 0 {
		b.left--
		return nil
	}
	return spent
}

func (b *budget) Err() error {
	if b.left > 0 {
		return nil
	}
	return errBudget
}
