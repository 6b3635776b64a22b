package renderer

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestErrorsBecomeProblems(t *testing.T) {
	missing := &Problem{Code: "missing", Message: "there is no key", Path: "a.env", Line: 3}
	double := &Problem{Code: "double", Message: "two of them"}
	wrapped := *missing
	wrapped.Message = "reading it: there is no key"
	for _, c := range []struct {
		err   error
		wants []Problem
	}{
		{missing, []Problem{*missing}},
		{errors.Join(missing, double), []Problem{*missing, *double}},
		{fmt.Errorf("reading it: %w", missing), []Problem{wrapped}},
		{errors.New("disk full"), []Problem{{Code: failed, Message: "disk full"}}},
		{fmt.Errorf("write: %w", errors.New("full")), []Problem{{Code: failed, Message: "write: full"}}},
	} {
		if found := problems(c.err); !slices.Equal(found, c.wants) {
			t.Errorf("%v: %+v, not %+v", c.err, found, c.wants)
		}
	}
}
