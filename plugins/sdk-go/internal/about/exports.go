//go:build wasip1

package about

import (
	"unsafe"

	"gantry.example/sdk/internal/abi"
)

//go:wasmexport gantry:plugin/about@0.1.1#about
func about() unsafe.Pointer {
	return abi.Return(lower())
}

//go:wasmexport cabi_post_gantry:plugin/about@0.1.1#about
func free(unsafe.Pointer) {
	abi.Free()
}
