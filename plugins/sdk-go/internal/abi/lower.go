// Package abi speaks the canonical ABI of WebAssembly components: how the strings, lists and
// records of wit/plugin.wit lie in memory. Go's pointers have 64 bits there and the ABI's 32, so the
// types here hold addresses, and keep alive by hand what the garbage collector cannot see.
package abi

import (
	"strings"
	"structs"
	"unsafe"
)

// Text is a string as it crosses.
type Text struct {
	_       structs.HostLayout
	address uint32
	bytes   uint32
}

// List is a list as it crosses.
type List struct {
	_       structs.HostLayout
	address uint32
	items   uint32
}

// Option is a value that may be absent.
type Option[T any] struct {
	_       structs.HostLayout
	Present bool
	Value   T
}

// kept is what a result points to, until the host has read it. One result is on its way at a time:
// the host reads each before it calls again.
var kept []unsafe.Pointer

// LowerText makes a string readable for the host. The host takes UTF-8 only, and ends a guest that
// hands over anything else: foreign bytes become U+FFFD.
func LowerText(text string) Text {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return Text{address: keep(unsafe.Pointer(unsafe.StringData(text))), bytes: uint32(len(text))}
}

// LowerOptional makes a string readable for the host; an empty one is none.
func LowerOptional(text string) Option[Text] {
	if text == "" {
		return Option[Text]{}
	}
	return Option[Text]{Present: true, Value: LowerText(text)}
}

// LowerList makes lowered items readable for the host.
func LowerList[T any](items []T) List {
	return List{address: keep(unsafe.Pointer(unsafe.SliceData(items))), items: uint32(len(items))}
}

// Return is what an exported function gives back for a result that does not fit a register.
func Return[T any](result *T) unsafe.Pointer {
	keep(unsafe.Pointer(result))
	return unsafe.Pointer(result)
}

// Free forgets the last result. The host calls it when it has read it.
func Free() {
	clear(kept)
	kept = kept[:0]
}

func keep(pointer unsafe.Pointer) uint32 {
	kept = append(kept, pointer)
	return uint32(uintptr(pointer))
}
