package main

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/fstest"

	"gantry.example/sdk/renderer"
)

func request(parameters string, files map[string]string) *renderer.Request {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return &renderer.Request{Source: tree, Path: "deploy", Parameters: json.RawMessage(parameters)}
}

func TestEachFileBecomesAConfigMap(t *testing.T) {
	rendering, err := render(request(`{"prefix": "shop-", "labels": {"team": "a"}}`, map[string]string{
		"deploy/web.env":        "# the web\nPORT = 8080\n\nURL=http://a/?b=c\n",
		"deploy/db.properties":  "user=shop",
		"deploy/deployment.yml": "kind: Deployment",
		"other/not.env":         "A=1",
	}))
	if err != nil {
		t.Fatal(err)
	}
	wants := []string{
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"shop-db","labels":{"team":"a"}},"data":{"user":"shop"}}`,
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"shop-web","labels":{"team":"a"}},"data":{"PORT":"8080","URL":"http://a/?b=c"}}`,
	}
	if len(rendering.Documents) != len(wants) {
		t.Fatalf("%d documents", len(rendering.Documents))
	}
	for index, document := range rendering.Documents {
		if document.JSON != wants[index] {
			t.Error(document.JSON)
		}
	}
}

func TestBadLinesAreTold(t *testing.T) {
	for text, wants := range map[string]renderer.Problem{
		"A=1\nB":      {Code: "no-key", Line: 2},
		"=1":          {Code: "no-key", Line: 1},
		"A=1\n#\nA=2": {Code: "double-key", Line: 3},
	} {
		_, err := render(request("", map[string]string{"deploy/web.env": text}))
		var problem *renderer.Problem
		if !errors.As(err, &problem) {
			t.Errorf("%q: %v", text, err)
		} else if problem.Code != wants.Code || problem.Line != wants.Line || problem.Path != "deploy/web.env" {
			t.Errorf("%q: %+v", text, problem)
		}
	}
}

func TestADirectoryWithoutFilesIsAWarning(t *testing.T) {
	rendering, err := render(request("", map[string]string{"deploy/a.yaml": ""}))
	if err != nil || len(rendering.Documents) != 0 || len(rendering.Warnings) != 1 {
		t.Errorf("%+v, %v", rendering, err)
	}
}
