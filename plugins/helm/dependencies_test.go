package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gantry.example/sdk/renderer"
)

// outside has one file and one repository, whose charts are told the version they are asked for.
type outside struct{}

func (outside) Download(url string) ([]byte, error) {
	if url != "https://files.example.com/values.yaml?raw=1" {
		return nil, renderer.Withheld{Reason: url + ": 404 Not Found"}
	}
	return []byte("last: remote"), nil
}

func (outside) Chart(repository, name, version string) (map[string][]byte, error) {
	if repository != "https://charts.example.com" {
		return nil, renderer.Withheld{Refused: true, Reason: repository + " is not permitted in project default"}
	}
	return map[string][]byte{
		"Chart.yaml":        fmt.Appendf(nil, "{apiVersion: v2, name: %s, version: 1.2.3}", name),
		"values.yaml":       []byte("size: 1"),
		"templates/it.yaml": fmt.Appendf(nil, "{asked: %q, size: {{ .Values.size }}, as: {{ .Chart.Name }}}", version),
	}, nil
}

func TestMissingDependenciesAreFetched(t *testing.T) {
	chart := func(dependency string) string {
		return "{apiVersion: v2, name: app, version: 1.0.0, dependencies: [" + dependency + "]}"
	}
	lock := "{dependencies: [{name: cache, repository: 'https://charts.example.com', version: 1.7.0}]}"
	cases := []struct {
		files    map[string]string
		expected string
	}{
		{map[string]string{"app/Chart.yaml": chart("{name: cache, version: ^1.0.0, repository: 'https://charts.example.com'}")},
			`{asked: "^1.0.0", size: 5, as: cache}`},
		{map[string]string{"app/Chart.yaml": chart("{name: cache, version: ^1.0.0, repository: 'https://charts.example.com'}"), "app/Chart.lock": lock},
			`{asked: "1.7.0", size: 5, as: cache}`},
		{map[string]string{"app/Chart.yaml": chart("{name: cache, version: 1.x, repository: 'https://charts.example.com', condition: off}")},
			""},
		{map[string]string{
			"app/Chart.yaml":           chart("{name: cache, version: '*', repository: 'file://../cache'}"),
			"cache/Chart.yaml":         "{apiVersion: v2, name: cache, version: 0.1.0}",
			"cache/templates/it.yaml":  "{near: {{ .Values.size }}}",
			"cache/templates/NOTES.md": "",
		}, `{near: 5}`},
		{map[string]string{"app/Chart.yaml": chart("{name: cache, version: '1', repository: 'https://other.example.com'}")},
			"dependency cache: https://other.example.com is not permitted in project default"},
		{map[string]string{"app/Chart.yaml": chart("{name: cache, version: '1', repository: '@mine'}")},
			`its repository "@mine" is a name that helm keeps on one machine`},
		{map[string]string{"app/Chart.yaml": chart("{name: cache, version: '1', repository: 'file://../../cache'}")},
			"file:// is relative to the chart"},
	}
	for _, test := range cases {
		rendering, err := render(&renderer.Request{
			Application: "shop", KubeVersion: "1.33.0", Path: "app", Source: tree(test.files), Outside: outside{},
			Parameters: json.RawMessage(`{"values": "{cache: {size: 5}, off: false}"}`),
		})
		found := text(rendering, err)
		if !strings.Contains(found, test.expected) || (test.expected == "" && strings.Contains(found, "asked")) {
			t.Errorf("%v: expected %s, found:\n%s", test.files, test.expected, found)
		}
	}
}
