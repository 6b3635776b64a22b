//go:build wasip1

package health

import (
	"unsafe"

	"gantry.example/sdk/internal/abi"
)

// memorySoftMaxBytes is where the collector works harder: the host ends an instance at 64 MiB.
const memorySoftMaxBytes = 48 << 20

//go:wasmexport gantry:plugin/health@0.1.1#claims
func claims() unsafe.Pointer {
	var claims *abi.List
	abi.Collecting(memorySoftMaxBytes, func() { claims = lowerClaims(plugin.Claims()) })
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
	abi.Collecting(memorySoftMaxBytes, func() { verdicts = assessAll(objects) })
	return abi.Return(verdicts)
}

//go:wasmexport cabi_post_gantry:plugin/health@0.1.1#assess
func freeVerdicts(unsafe.Pointer) {
	abi.Free()
}
