// The plugin helm renders charts with Helm's own engine, as `helm template` does. Its parameters are
// Argo CD's spec.source.helm.

// Without this, math/rand cannot be started from a number.
//
//go:debug randseednop=0
package main

import (
	_ "embed"

	"gantry.example/sdk/renderer"
)

//go:embed parameters.schema.json
var schema string

func init() {
	renderer.Register(renderer.Plugin{
		Summary: "Helm charts, as helm template renders them",
		Schema:  schema,
		Render:  render,
	})
}

// main is never called: gantry calls Render.
func main() {}
