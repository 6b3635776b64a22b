// The plugin hello-go: one ConfigMap for each *.env and *.properties file of the application's
// directory.
package main

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"gantry.example/sdk/renderer"
)

// schema is what gantry checks the parameters against before it calls the plugin.
const schema = `{
	"type": "object",
	"properties": {
		"prefix": {"type": "string", "description": "Put before the names of the ConfigMaps"},
		"labels": {
			"type": "object",
			"description": "Labels of every ConfigMap",
			"additionalProperties": {"type": "string"}
		}
	},
	"additionalProperties": false
}`

type parameters struct {
	Prefix string            `json:"prefix"`
	Labels map[string]string `json:"labels"`
}

func init() {
	renderer.Register(renderer.Plugin{
		Summary: "ConfigMaps from *.env and *.properties files",
		Schema:  schema,
		Render:  render,
	})
}

// main is never called: gantry calls Render.
func main() {}

type configMap struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metadata          `json:"metadata"`
	Data       map[string]string `json:"data"`
}

type metadata struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
}

func render(request *renderer.Request) (*renderer.Rendering, error) {
	var parameters parameters
	if err := request.Decode(&parameters); err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(request.Source, request.Path)
	if err != nil {
		return nil, err
	}
	rendering := &renderer.Rendering{}
	var problems []error
	for _, entry := range entries {
		extension := path.Ext(entry.Name())
		if !slices.Contains([]string{".env", ".properties"}, extension) {
			continue
		}
		file := path.Join(request.Path, entry.Name())
		text, err := fs.ReadFile(request.Source, file)
		if err != nil {
			return nil, err
		}
		data, err := parse(file, string(text))
		problems = append(problems, err)
		name := parameters.Prefix + strings.TrimSuffix(entry.Name(), extension)
		if err := rendering.Add(configMap{
			APIVersion: "v1",
			Kind:       "ConfigMap",
			Metadata:   metadata{Name: name, Labels: parameters.Labels},
			Data:       data,
		}); err != nil {
			return nil, err
		}
	}
	if len(rendering.Documents) == 0 {
		rendering.Warnings = append(rendering.Warnings, renderer.Problem{
			Code:    "no-files",
			Message: "no *.env and no *.properties file: nothing is rendered",
			Path:    request.Path,
		})
	}
	return rendering, errors.Join(problems...)
}
