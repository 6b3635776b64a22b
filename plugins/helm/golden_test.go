package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantry.example/sdk/renderer"
)

// update writes what is expected. It is meant for the build without stubs: testdata/update.
var update = flag.Bool("update", false, "write what is expected")

// golden are charts of testdata with parameters; the text expected of each is in testdata/golden.
var golden = []struct{ name, chart, parameters string }{
	{"defaults", "shop", `{}`},
	{"parameters", "shop", `{
		"releaseName": "other", "namespace": "far", "kubeVersion": "1.34.1-gke.1245000", "skipCrds": true, "skipTests": true,
		"apiVersions": ["gateway.networking.k8s.io/v1/HTTPRoute"],
		"valuesObject": {"tags": {"more": true}, "labels": {"team": "a"}, "large": 9007199254740993},
		"parameters": [{"name": "replicas", "value": "3"}, {"name": "image.tag", "value": "1,5", "forceString": true}]
	}`},
	{"no-hooks", "shop", `{"skipHooks": true, "parameters": [{"name": "cache.enabled", "value": "false"}, {"name": "imported.answer", "value": "1"}]}`},
	{"schema", "shop", `{"parameters": [{"name": "replicas", "value": "many"}]}`},
	{"schema-maximum", "shop", `{"parameters": [{"name": "replicas", "value": "70001"}]}`},
	{"schema-skipped", "shop", `{"skipSchemaValidation": true, "parameters": [{"name": "replicas", "value": "many"}]}`},
	{"too-old", "shop", `{"kubeVersion": "1.29.0"}`},
	{"old", "old", `{}`},
	{"exec", "broken", `{"values": "break: exec"}`},
	{"fail", "broken", `{"values": "break: fail"}`},
	{"required", "broken", `{"values": "break: required"}`},
	{"yaml", "broken", `{"values": "break: yaml"}`},
	{"include", "broken", `{"values": "{break: include, colour: a}"}`},
	{"circle", "broken", `{"values": "break: circle"}`},
	{"library", "library", `{}`},
	{"needy", "needy", `{}`},
	{"release-name", "broken", `{"releaseName": "Not_A_Name"}`},
}

func TestGolden(t *testing.T) {
	for _, test := range golden {
		t.Run(test.name, func(t *testing.T) {
			rendering, err := render(&renderer.Request{
				Application: "rel",
				Namespace:   "ns",
				KubeVersion: "1.33.0",
				Parameters:  json.RawMessage(test.parameters),
				Source:      os.DirFS("testdata/charts"),
				Path:        test.chart,
			})
			compare(t, filepath.Join("testdata/golden", test.name+".txt"), text(rendering, err))
		})
	}
}

func compare(t *testing.T, file, found string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(found), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	expected, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(expected) != found {
		t.Errorf("expected:\n%s\nfound:\n%s", expected, found)
	}
}

// text is all that came of a render.
func text(rendering *renderer.Rendering, err error) string {
	var told strings.Builder
	if problem, ok := asProblem(err); ok {
		tell(&told, "error", *problem)
		return told.String()
	}
	if err != nil {
		return err.Error()
	}
	for _, warning := range rendering.Warnings {
		tell(&told, "warning", warning)
	}
	for _, document := range rendering.Documents {
		fmt.Fprintf(&told, "---\n# %s:%d\n%s", document.Path, document.Line, document.YAML)
	}
	return told.String()
}

func tell(told *strings.Builder, severity string, problem renderer.Problem) {
	fmt.Fprintf(told, "%s[%s] %s:%d:%d (%s)\n%s\nhelp: %s\n", severity, problem.Code, problem.Path, problem.Line, problem.Column, problem.Field, problem.Message, problem.Help)
}
