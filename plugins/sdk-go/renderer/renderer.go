// Package renderer is what a renderer plugin is written with: a source tree in, Kubernetes objects
// out.
//
//	func init() {
//		renderer.Register(renderer.Plugin{Summary: "Renders widgets", Render: render})
//	}
//
//	func main() {}
//
// The program is built as a library, whose main is never called, and made a component:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o widgets.core.wasm .
//	gantry plugin componentize widgets.core.wasm -o widgets.wasm
package renderer

import (
	"encoding/json"
	"fmt"

	"gantry.example/sdk/internal/about"
)

// Plugin is a renderer.
type Plugin struct {
	// Summary is one line for lists of plugins.
	Summary string
	// Schema is the JSON Schema (2020-12) of the parameters. Empty: the plugin takes none.
	Schema string
	// Render turns the application's directory into objects, or says why it cannot: with a
	// [Problem], several of them joined by [errors.Join], or any other error. It must be a function
	// of the request and the tree alone.
	Render func(*Request) (*Rendering, error)
}

// Rendering is what a renderer made of a tree.
type Rendering struct {
	Documents []Document
	// Warnings tell what the user should know though all went well.
	Warnings []Problem
}

// Document is the text of Kubernetes objects, as JSON or as YAML.
type Document struct {
	JSON string
	YAML string
	// Path is the file in the source tree that the text was taken from, relative to its root, and
	// Line, counted from 1, where the text starts in it: errors in the text can then name the line.
	// Empty for a text that is no part of one file.
	Path string
	Line uint32
}

// Add appends one object: anything that encodes to it as JSON.
func (r *Rendering) Add(object any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("an object cannot be encoded: %w", err)
	}
	r.Documents = append(r.Documents, Document{JSON: string(text)})
	return nil
}

var plugin Plugin

// Register says which plugin this program is. Call it from an init function.
func Register(p Plugin) {
	plugin = p
	about.Summary = p.Summary
	about.Schema = p.Schema
}
