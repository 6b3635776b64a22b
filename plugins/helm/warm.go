package main

import (
	"encoding/json"
	"testing/fstest"

	"gantry.example/sdk/renderer"
)

// init renders a chart while the plugin is built: tables that are made when they are first used are then
// part of every instance from the beginning. Nothing of the chart stays.
func init() {
	files := fstest.MapFS{}
	for name, text := range warmChart {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	if _, err := render(&renderer.Request{
		Application: "warm",
		KubeVersion: "1.33.0",
		Parameters:  json.RawMessage(`{"values": "a: {b: [1, true]}", "parameters": [{"name": "c", "value": "d"}]}`),
		Source:      files,
		Path:        ".",
	}); err != nil {
		// It is a constant: the build must not go on without it.
		panic(err)
	}
}

// warmChart uses what most charts use.
var warmChart = map[string]string{
	"Chart.yaml":         "{apiVersion: v2, name: warm, version: 1.2.3, kubeVersion: '>=1.20.0-0'}",
	"values.yaml":        "x: {k: z}\nreplicas: 1\n",
	"values.schema.json": `{"type": "object", "properties": {"replicas": {"type": "integer"}}}`,
	"templates/_helpers.tpl": `{{- define "warm.labels" -}}
app: {{ .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}`,
	"templates/all.yaml": `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ printf "%s-warm" .Release.Name | lower | replace "+" "_" | quote }}
  labels: {{- include "warm.labels" . | nindent 4 }}
data:
  yaml: {{ toYaml .Values | quote }}
  json: {{ .Values | toJson | quote }}
  back: {{ fromYaml "a: 1.5" | toJson | quote }}
  text: {{ tpl "{{ .Values.x.k | upper }}" . | b64enc }}
  hash: {{ "a" | sha256sum }}
  version: {{ semverCompare ">=1.21-0" .Capabilities.KubeVersion.Version | quote }}
  match: {{ regexReplaceAll "[^a-z]+" "a b" "-" | quote }}
  merged: {{ merge (dict "a" 1) (dict "b" (list 1 2)) | keys | sortAlpha | join "," | quote }}
  api: {{ .Capabilities.APIVersions.Has "apps/v1" | ternary "y" "n" | quote }}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hook, annotations: {helm.sh/hook: "pre-install"}}
`,
}
