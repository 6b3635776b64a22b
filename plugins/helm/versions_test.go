package main

import (
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
)

// TestKnownVersions: the stub of client-go knows the API versions that client-go does.
func TestKnownVersions(t *testing.T) {
	known := slices.Sorted(slices.Values(common.DefaultVersionSet))
	compare(t, "stubs/client-go/kubernetes/scheme/versions.txt", strings.Join(known, "\n")+"\n")
}
