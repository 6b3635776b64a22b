// Package language has the one language that messages are written in.
package language

// Tag names a language.
type Tag struct{}

// English is the language.
var English Tag
