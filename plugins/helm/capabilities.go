package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"

	"gantry.example/sdk/renderer"
)

// capabilities are what templates see of the cluster: Helm's defaults, and over them what the
// application or the cluster says.
func capabilities(request *renderer.Request, parameters *parameters, loaded *chart.Chart, values *mergedValues) (*common.Capabilities, error) {
	told := common.DefaultCapabilities.Copy()
	if version := or(parameters.KubeVersion, request.KubeVersion); version != "" {
		parsed, err := common.ParseKubeVersion(version)
		if err != nil {
			return nil, &renderer.Problem{
				Code:    "kube-version",
				Message: fmt.Sprintf("invalid kube version %q: %s", version, err),
				Field:   "kubeVersion",
				Help:    "write it as 1.35.4",
			}
		}
		// As Argo CD hands it over: without what a vendor adds, such as -gke.1245000.
		if parsed, err = common.ParseKubeVersion(parsed.String()); err != nil {
			return nil, err
		}
		told.KubeVersion = *parsed
	}
	versions := parameters.APIVersions
	if len(versions) == 0 && (values.mentionCapabilities || asksForVersions(loaded)) {
		versions = request.APIVersions()
	}
	told.APIVersions = withVersions(told.APIVersions, versions)
	return told, nil
}

// withVersions adds kinds as group/version/kind, and with each its group/version.
func withVersions(known common.VersionSet, kinds []string) common.VersionSet {
	all := make(common.VersionSet, 0, len(known)+2*len(kinds))
	seen := make(map[string]bool, cap(all))
	add := func(version string) {
		if !seen[version] {
			seen[version] = true
			all = append(all, version)
		}
	}
	for _, version := range known {
		add(version)
	}
	for _, kind := range kinds {
		if end := strings.LastIndexByte(kind, '/'); isKind(kind[end+1:]) && end > 0 {
			add(kind[:end])
		}
		add(kind)
	}
	return all
}

// isKind tells a kind from a version: only kinds start with a capital letter.
func isKind(name string) bool {
	return name != "" && name[0] >= 'A' && name[0] <= 'Z'
}

// mentionsCapabilities tells whether a text could ask what the cluster serves. A chart of which no text
// can needs no new render when a kind is added to the cluster.
func mentionsCapabilities(text []byte) bool {
	return bytes.Contains(text, []byte("Capabilities"))
}

func asksForVersions(loaded *chart.Chart) bool {
	for _, file := range loaded.Raw {
		if mentionsCapabilities(file.Data) {
			return true
		}
	}
	return slices.ContainsFunc(loaded.Dependencies(), asksForVersions)
}
