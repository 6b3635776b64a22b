package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gantry.example/sdk/renderer"
)

// tree has a chart whose one template shows its values as JSON.
func tree(files map[string]string) fstest.MapFS {
	all := fstest.MapFS{
		"app/Chart.yaml":            {Data: []byte("{apiVersion: v2, name: app, version: 0.1.0}")},
		"app/values.yaml":           {Data: []byte("{a: chart, b: chart, c: chart, d: chart, e: chart, f: chart}")},
		"app/templates/values.yaml": {Data: []byte("{{ .Values | toJson }}")},
	}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

func renderValues(t *testing.T, files map[string]string, parameters string) (map[string]any, *renderer.Rendering, error) {
	t.Helper()
	rendering, err := render(&renderer.Request{
		Application: "shop",
		Namespace:   "ns",
		KubeVersion: "1.33.0",
		Parameters:  json.RawMessage(parameters),
		Source:      tree(files),
		Path:        "app",
		Outside:     outside{},
	})
	if err != nil {
		return nil, nil, err
	}
	var values map[string]any
	if err := json.Unmarshal([]byte(rendering.Documents[0].YAML), &values); err != nil {
		t.Fatal(err)
	}
	return values, rendering, nil
}

func TestWhatWins(t *testing.T) {
	files := map[string]string{
		"app/one.yaml": "{b: one, c: one, d: one, e: one, f: one}",
		"app/two.yaml": "{c: two, d: two, e: two, f: two}",
		"text":         "file\n",
	}
	values, _, err := renderValues(t, files, `{
		"valueFiles": ["one.yaml", "two.yaml"],
		"values": "{d: values}", "valuesObject": {"e": "object", "f": "object"},
		"parameters": [{"name": "f", "value": "set"}], "fileParameters": [{"name": "g", "path": "/text"}]
	}`)
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]any{"a": "chart", "b": "one", "c": "two", "d": "two", "e": "object", "f": "set", "g": "file\n"}
	for name, value := range expected {
		if values[name] != value {
			t.Errorf("%s: %v, expected %v", name, values[name], value)
		}
	}
}

func TestSet(t *testing.T) {
	cases := []struct {
		parameters string
		expected   any
	}{
		{`[{"name": "x", "value": "1"}]`, 1.0},
		{`[{"name": "x", "value": "1", "forceString": true}]`, "1"},
		{`[{"name": "x", "value": "true"}]`, true},
		{`[{"name": "x", "value": "null", "forceString": true}]`, "null"},
		{`[{"name": "x", "value": "a,b"}]`, "a,b"},
		{`[{"name": "x", "value": "a\\,b"}]`, "a,b"},
		{`[{"name": "x", "value": ",a"}]`, ",a"},
		{`[{"name": "x", "value": "first"}, {"name": "x", "value": "last"}]`, "last"},
		{`[{"name": "x", "value": "text", "forceString": true}, {"name": "x", "value": "plain"}]`, "text"},
		// The host has put the build environment in: what is left is meant.
		{`[{"name": "x", "value": "$ARGOCD_APP_NAME/$$HOME $(POD_IP) 5$"}]`, "$ARGOCD_APP_NAME/$$HOME $(POD_IP) 5$"},
	}
	for _, test := range cases {
		values, _, err := renderValues(t, nil, `{"parameters": `+test.parameters+`}`)
		if err != nil || values["x"] != test.expected {
			t.Errorf("%s: %v, %v, expected %v", test.parameters, values["x"], err, test.expected)
		}
	}
	values, _, err := renderValues(t, nil, `{"parameters": [{"name": "x[1].y\\.z", "value": "{a,b}"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	found, _ := json.Marshal(values["x"])
	if string(found) != `[null,{"y.z":["a","b"]}]` {
		t.Errorf("%s", found)
	}
}

func TestValueFiles(t *testing.T) {
	files := map[string]string{
		"app/envs/a.yaml":      "last: a",
		"app/envs/b.yaml":      "last: b",
		"app/envs/deep/c.yaml": "last: c",
		"common/all.yaml":      "last: common",
		"$values/x/shop.yaml":  "last: ref",
		"app/two.yaml":         "{last: one}\n---\n{last: two}\n",
	}
	cases := []struct{ valueFiles, last string }{
		{`["envs/a.yaml", "envs/b.yaml"]`, "b"},
		{`["envs/b.yaml", "./envs/../envs/a.yaml"]`, "a"},
		{`["/common/all.yaml"]`, "common"},
		{`["../common/all.yaml"]`, "common"},
		{`["$values/x/shop.yaml"]`, "ref"},
		{`["envs/a.yaml", "https://files.example.com/values.yaml?raw=1"]`, "remote"},
		{`["$values/x/*.yaml"]`, "ref"},
		{`["envs/*.yaml"]`, "b"},
		{`["envs/**/*.yaml"]`, "c"},
		{`["envs/*.yaml", "envs/a.yaml"]`, "a"},
		{`["envs/[ab].yaml", "/common/*.yaml"]`, "common"},
		{`["envs/a.yaml", "envs/b.yaml", "envs/a.yaml"]`, "b"},
		{`["two.yaml"]`, "two"},
	}
	for _, test := range cases {
		values, _, err := renderValues(t, files, `{"valueFiles": `+test.valueFiles+`}`)
		if err != nil || values["last"] != test.last {
			t.Errorf("%s: %v, %v, expected %s", test.valueFiles, values["last"], err, test.last)
		}
	}
	if _, _, err := renderValues(t, files, `{"ignoreMissingValueFiles": true, "valueFiles": ["no.yaml", "no/*.yaml"]}`); err != nil {
		t.Error(err)
	}
}

func TestBadParametersAreRefused(t *testing.T) {
	files := map[string]string{"app/list.yaml": "[1]", "app/broken.yaml": "a: b\nc: d: e\n"}
	cases := []struct{ parameters, code, place string }{
		{`{"valueFiles": ["no.yaml"]}`, "values-file-missing", "app/no.yaml:0 valueFiles[0]"},
		{`{"valueFiles": ["list.yaml", "no/*.yaml"]}`, "values-file-missing", "app/no/*.yaml:0 valueFiles[1]"},
		{`{"valueFiles": ["list.yaml"]}`, "values-file", "app/list.yaml:0 "},
		{`{"valueFiles": ["broken.yaml"]}`, "values-file", "app/broken.yaml:2 "},
		{`{"valueFiles": ["templates"]}`, "unreadable", "app/templates:0 valueFiles[0]"},
		{`{"valueFiles": ["../../etc/passwd"]}`, "outside", ":0 valueFiles[0]"},
		{`{"valueFiles": ["/../etc/passwd"]}`, "outside", ":0 valueFiles[0]"},
		{`{"valueFiles": ["https://nowhere.example.com/values.yaml"]}`, "remote-file", ":0 valueFiles[0]"},
		{`{"valueFiles": ["$values/a.yaml"]}`, "unknown-ref", ":0 valueFiles[0]"},
		{`{"values": "[1]"}`, "values", ":0 values"},
		{`{"parameters": [{"name": "a[-1]", "value": "1"}]}`, "set", ":0 parameters[0]"},
		{`{"fileParameters": [{"name": "a", "path": "no.txt"}]}`, "values-file-missing", "app/no.txt:0 fileParameters[0].path"},
		{`{"kubeVersion": "new"}`, "kube-version", ":0 kubeVersion"},
	}
	for _, test := range cases {
		_, _, err := renderValues(t, files, test.parameters)
		problem, ok := asProblem(err)
		if !ok {
			t.Errorf("%s: %v", test.parameters, err)
			continue
		}
		place := problem.Path + ":" + json.Number(uintText(problem.Line)).String() + " " + problem.Field
		if problem.Code != test.code || place != test.place || problem.Help == "" && test.code != "unreadable" {
			t.Errorf("%s: %s at %q: %+v", test.parameters, problem.Code, place, problem)
		}
	}
}

func uintText(number uint32) string {
	text, _ := json.Marshal(number)
	return string(text)
}

func TestWarnings(t *testing.T) {
	cases := []struct{ parameters, code, words string }{
		{`{"version": "v2"}`, "helm-version", "v2"},
		{`{"values": "{a: {b: 1}}"}`, "helm", "app.a"},
	}
	for _, test := range cases {
		_, rendering, err := renderValues(t, nil, test.parameters)
		if err != nil {
			t.Error(err)
			continue
		}
		told := slices.ContainsFunc(rendering.Warnings, func(warning renderer.Problem) bool {
			return warning.Code == test.code && strings.Contains(warning.Message, test.words)
		})
		if !told {
			t.Errorf("%s: %+v", test.parameters, rendering.Warnings)
		}
	}
	if _, rendering, _ := renderValues(t, nil, `{"version": "v3"}`); len(rendering.Warnings) != 0 {
		t.Errorf("%+v", rendering.Warnings)
	}
}

// facts count how often they are asked.
type facts struct{ versions int }

func (*facts) Revision() string { return "0123456789" }

func (f *facts) APIVersions() []string {
	f.versions++
	return []string{"example.com/v1/Widget"}
}

func TestVersionsAreAskedForOnlyWhereTheyCanMatter(t *testing.T) {
	has := `{"has": {{ .Capabilities.APIVersions.Has "example.com/v1" }}}`
	cases := []struct {
		files      map[string]string
		parameters string
		asked      int
	}{
		{nil, `{}`, 0},
		{map[string]string{"app/templates/values.yaml": has}, `{}`, 1},
		{map[string]string{"app/templates/values.yaml": has}, `{"apiVersions": ["v1/Pod"]}`, 0},
		{map[string]string{"app/x.yaml": "a: '{{ .Capabilities }}'"}, `{"valueFiles": ["x.yaml"]}`, 1},
		{nil, `{"values": "a: '{{ .Capabilities }}'"}`, 1},
	}
	for _, test := range cases {
		asked := &facts{}
		_, err := render(&renderer.Request{
			Application: "shop", Parameters: json.RawMessage(test.parameters), Facts: asked,
			Source: tree(test.files), Path: "app", KubeVersion: "1.33.0",
		})
		if err != nil || asked.versions != test.asked {
			t.Errorf("%v %s: asked %d times, %v", test.files, test.parameters, asked.versions, err)
		}
	}
}
