package main

import "encoding/json"

// parameters are Argo CD's spec.source.helm, and skipHooks, which it does not have.
type parameters struct {
	ValueFiles              []string        `json:"valueFiles"`
	IgnoreMissingValueFiles bool            `json:"ignoreMissingValueFiles"`
	Values                  string          `json:"values"`
	ValuesObject            json.RawMessage `json:"valuesObject"`
	Parameters              []setParameter  `json:"parameters"`
	FileParameters          []fileParameter `json:"fileParameters"`
	ReleaseName             string          `json:"releaseName"`
	Namespace               string          `json:"namespace"`
	KubeVersion             string          `json:"kubeVersion"`
	APIVersions             []string        `json:"apiVersions"`
	Version                 string          `json:"version"`
	SkipCRDs                bool            `json:"skipCrds"`
	SkipHooks               bool            `json:"skipHooks"`
	SkipTests               bool            `json:"skipTests"`
	SkipSchemaValidation    bool            `json:"skipSchemaValidation"`
}

// setParameter is one --set, or --set-string.
type setParameter struct {
	Name        string `json:"name"`
	Value       string `json:"value"`
	ForceString bool   `json:"forceString"`
}

// fileParameter is one --set-file.
type fileParameter struct {
	Name string `json:"name"`
	Path string `json:"path"`
}
