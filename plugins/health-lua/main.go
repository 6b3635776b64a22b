// The plugin health-lua runs Argo CD's health.lua files unchanged, in the Lua that Argo CD runs them
// in. They lie in the plugin's data folder as in Argo CD's resource_customizations:
// <group>/<Kind>/health.lua, where _ stands for any characters.
package main

import (
	"fmt"
	"os"

	"gantry.example/sdk/health"
)

// dataRoot is where the host shows the plugin's data folder.
const dataRoot = "/data"

func init() {
	scripts := newScripts(os.DirFS(dataRoot))
	health.Register(health.Plugin{
		Summary: "Argo CD's health.lua files, from its data folder",
		Claims: func() []health.GroupKind {
			claims, err := scripts.claims()
			if err != nil {
				// The host keeps what a plugin writes for whoever looks into its log.
				fmt.Fprintln(os.Stderr, "no scripts:", err)
			}
			return claims
		},
		Assess: func(object []byte) *health.Assessment {
			return assess(scripts, object)
		},
	})
}

// main is never called: gantry calls Claims and Assess.
func main() {}
