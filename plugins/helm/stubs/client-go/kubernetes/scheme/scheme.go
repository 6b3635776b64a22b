// Package scheme tells the API versions that client-go knows without linking its types.
package scheme

import (
	_ "embed"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// table has one version a line, as an object's apiVersion. A test of the plugin writes it.
//
//go:embed versions.txt
var table string

// Known are groups with their versions.
type Known struct {
	versions []schema.GroupVersion
}

// Scheme is what the clients of this version know.
var Scheme = read(table)

func read(table string) *Known {
	known := &Known{}
	for line := range strings.Lines(table) {
		group, version, grouped := strings.Cut(strings.TrimSpace(line), "/")
		if !grouped {
			group, version = "", group
		}
		known.versions = append(known.versions, schema.GroupVersion{Group: group, Version: version})
	}
	return known
}

// PrioritizedVersionsAllGroups are all of them.
func (k *Known) PrioritizedVersionsAllGroups() []schema.GroupVersion {
	return k.versions
}
