// Package health is what a health plugin is written with: live objects in, verdicts out.
//
//	func init() {
//		health.Register(health.Plugin{Summary: "Judges widgets", Claims: claims, Assess: assess})
//	}
//
//	func main() {}
//
// The program is built as a library, whose main is never called, and made a component:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o widgets.core.wasm .
//	gantry plugin componentize widgets.core.wasm -o widgets.wasm
package health

import "gantry.example/sdk/internal/about"

// Status is a verdict in one word.
type Status uint8

// The verdicts, as the interface numbers them.
const (
	Healthy Status = iota
	Progressing
	Degraded
	Suspended
	Unknown
)

// Assessment is the verdict on one object.
type Assessment struct {
	Status  Status
	Message string
}

// GroupKind names a kind; "*" as group or kind matches all of them.
type GroupKind struct {
	Group string
	Kind  string
}

// Plugin is a health plugin.
type Plugin struct {
	// Summary is one line for lists of plugins.
	Summary string
	// Claims tells the kinds that the plugin judges. It is asked once, when the plugin is loaded.
	Claims func() []GroupKind
	// Assess judges one object, given as JSON: unmarshal it into a struct of the fields that
	// matter. Nil: the object has no health. It must be a function of the object alone; one
	// instance judges many, so what it keeps must not grow.
	Assess func(object []byte) *Assessment
}

var plugin Plugin

// Register says which plugin this program is. Call it from an init function.
func Register(p Plugin) {
	plugin = p
	about.Summary = p.Summary
}
