package abi

import "unsafe"

// lent is what the host has allocated here and no Go value points to yet.
var lent []unsafe.Pointer

// Lend gives the host memory to put a value into. It is the value's from the moment it is lifted.
func Lend(size uint32) unsafe.Pointer {
	// By eight bytes: no value of the ABI wants a stricter alignment.
	block := unsafe.Pointer(unsafe.SliceData(make([]uint64, (uint64(size)+7)/8)))
	lent = append(lent, block)
	return block
}

// Lifted says that every value the host has handed over is a Go value now.
func Lifted() {
	clear(lent)
	lent = lent[:0]
}

// LiftText takes over a string that the host has put here, without a copy.
func LiftText(text Text) string {
	if text.bytes == 0 {
		return ""
	}
	return unsafe.String((*byte)(at(text.address)), text.bytes)
}

// LiftBytes takes over bytes that the host has put here, without a copy.
func LiftBytes(list List) []byte {
	if list.items == 0 {
		return []byte{}
	}
	return unsafe.Slice((*byte)(at(list.address)), list.items)
}

// LiftTexts takes over a list of strings, without copying the strings.
func LiftTexts(list List) []string {
	if list.items == 0 {
		return nil
	}
	texts := make([]string, list.items)
	for index, text := range unsafe.Slice((*Text)(at(list.address)), list.items) {
		texts[index] = LiftText(text)
	}
	return texts
}

// LiftList takes over a list of records, which stay as they crossed.
func LiftList[T any](list List) []T {
	if list.items == 0 {
		return nil
	}
	return unsafe.Slice((*T)(at(list.address)), list.items)
}

// ListAt is a list that arrives as two numbers.
func ListAt(address, items uint32) List {
	return List{address: address, items: items}
}

// TextAt is a text that arrives as two numbers.
func TextAt(address, bytes uint32) Text {
	return Text{address: address, bytes: bytes}
}

func at(address uint32) unsafe.Pointer {
	return unsafe.Add(nil, address)
}
