package main

import (
	"path"
	"slices"
	"strings"

	chart "helm.sh/helm/v4/pkg/chart/v2"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"

	"gantry.example/sdk/renderer"
)

// notesSuffix is on files that are for people.
const notesSuffix = "NOTES.txt"

// documents are what `helm template` prints, in its order: CRDs, objects in the order of an
// installation, hooks.
func documents(directory string, parameters *parameters, loaded *chart.Chart, files map[string]string) ([]renderer.Document, error) {
	for name := range files {
		if strings.HasSuffix(name, notesSuffix) {
			delete(files, name)
		}
	}
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, manifestProblem(directory, loaded, err)
	}
	var told []renderer.Document
	if !parameters.SkipCRDs {
		for _, crd := range loaded.CRDObjects() {
			place := inTree(directory, crd.Filename)
			told = append(told, renderer.Document{YAML: string(crd.File.Data) + "\n", Path: place, Line: 1})
		}
	}
	for _, manifest := range manifests {
		told = append(told, document(directory, manifest.Name, manifest.Content, files))
	}
	for _, hook := range hooks {
		if parameters.SkipHooks || (parameters.SkipTests && slices.Contains(hook.Events, release.HookTest)) {
			continue
		}
		told = append(told, document(directory, hook.Path, hook.Manifest, files))
	}
	return told, nil
}

// document is one of those that a template renders to. Its line is that of the rendered text, and as in
// what Helm prints its last line has an end.
func document(directory, template, text string, files map[string]string) renderer.Document {
	rendered := files[template]
	line := 1
	if start := strings.Index(rendered, text); start > 0 {
		line += strings.Count(rendered[:start], "\n")
	}
	return renderer.Document{YAML: text + "\n", Path: inTree(directory, template), Line: uint32(line)}
}

// inTree is where in the tree a file of a chart lies, which Helm names by the chart's name.
func inTree(directory, file string) string {
	_, inChart, found := strings.Cut(file, "/")
	if !found {
		return path.Join(directory, file)
	}
	return path.Join(directory, inChart)
}

// chartFile is the chart's own description.
func chartFile(directory string) string {
	return path.Join(directory, "Chart.yaml")
}
