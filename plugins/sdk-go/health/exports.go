//go:build wasip1

package health

import (
	"unsafe"

	"gantry.example/sdk/internal/abi"
)

// collector works as Go's own does, since an instance judges many objects. The host ends one at 64 MiB.
var collector = abi.Collector{Percent: 100, SoftMaxBytes: 48 << 20}

//go:wasmexport gantry:plugin/health@0.1.1#claims
func claims() unsafe.Pointer {
	var claims *abi.List
	collector.Collecting(func() { claims = lowerClaims(plugin.Claims()) })
	return abi.Return(claims)
}

//go:wasmexport cabi_post_gantry:plugin/health@0.1.1#claims
func freeClaims(unsafe.Pointer) {
	abi.Free()
}

//go:wasmexport gantry:plugin/health@0.1.1#assess
func assess(address, items uint32) unsafe.Pointer {
	objects := abi.LiftTexts(abi.ListAt(address, items))
	abi.Lifted()
	var verdicts *abi.List
	collector.Collecting(func() { verdicts = assessAll(objects) })
	return abi.Return(verdicts)
}

//go:wasmexport cabi_post_gantry:plugin/health@0.1.1#assess
func freeVerdicts(unsafe.Pointer) {
	abi.Free()
}
