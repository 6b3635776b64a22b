//go:build wasip1

package abi

import "unsafe"

// arena is what the adapter for WASI keeps its state in. It asks for it before Go's runtime has a
// heap, and it must not grow the memory itself: the runtime takes whatever follows for its own.
var arena [512 << 10]byte

var arenaUsed uintptr

// reallocAdapter runs on a runtime that is not ready: no allocation, no stack to grow.
//
//go:wasmexport cabi_realloc_adapter
//go:nosplit
func reallocAdapter(_ unsafe.Pointer, _, align, size uint32) unsafe.Pointer {
	base := uintptr(unsafe.Pointer(&arena))
	mask := uintptr(align) - 1
	start := (base+arenaUsed+mask)&^mask - base
	if start+uintptr(size) > uintptr(len(arena)) {
		return nil
	}
	arenaUsed = start + uintptr(size)
	return unsafe.Add(unsafe.Pointer(&arena), start)
}

// realloc is where the host puts arguments and results. It never resizes: strings arrive as UTF-8,
// whose length it knows beforehand.
//
//go:wasmexport cabi_realloc
func realloc(_ unsafe.Pointer, _, _, size uint32) unsafe.Pointer {
	return Lend(size)
}
