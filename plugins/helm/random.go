package main

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"math/rand"
)

// seedRandom starts math/rand, which templates use for randInt and shuffle, from the host's numbers. Its
// own start may lie in a snapshot of this program, the same for every application.
func seedRandom() {
	var seed [8]byte
	// It never fails: the host's numbers do not run out.
	_, _ = cryptorand.Read(seed[:])
	//lint:ignore SA1019 sprig uses the global source, and only this call sets it.
	rand.Seed(int64(binary.LittleEndian.Uint64(seed[:])))
}
