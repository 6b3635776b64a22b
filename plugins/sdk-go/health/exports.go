//go:build wasip1

package health

import (
	"unsafe"

	"gantry.example/sdk/internal/abi"
)

//go:wasmexport gantry:plugin/health@0.1.0#claims
func claims() unsafe.Pointer {
	return abi.Return(lowerClaims(plugin.Claims()))
}

//go:wasmexport cabi_post_gantry:plugin/health@0.1.0#claims
func freeClaims(unsafe.Pointer) {
	abi.Free()
}

//go:wasmexport gantry:plugin/health@0.1.0#assess
func assess(address, items uint32) unsafe.Pointer {
	objects := abi.LiftTexts(abi.ListAt(address, items))
	abi.Lifted()
	return abi.Return(assessAll(objects))
}

//go:wasmexport cabi_post_gantry:plugin/health@0.1.0#assess
func freeVerdicts(unsafe.Pointer) {
	abi.Free()
}
