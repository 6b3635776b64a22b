package health

import (
	"testing"
	"unsafe"

	"gantry.example/sdk/internal/abi"
)

// The figures are those of the canonical ABI for the records of wit/plugin.wit.
func TestRecordsLieWhereTheHostReadsThem(t *testing.T) {
	for _, record := range []struct {
		name        string
		size, wants uintptr
	}{
		{"group-kind", unsafe.Sizeof(wireGroupKind{}), 16},
		{"assessment", unsafe.Sizeof(wireAssessment{}), 12},
		{"assessment.message", unsafe.Offsetof(wireAssessment{}.message), 4},
		{"option<assessment>", unsafe.Sizeof(abi.Option[wireAssessment]{}), 16},
	} {
		if record.size != record.wants {
			t.Errorf("%s: %d, the interface has %d", record.name, record.size, record.wants)
		}
	}
}
