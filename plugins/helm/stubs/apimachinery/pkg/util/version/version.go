// Package version is the original.
package version

import original "gantry.example/apimachinery/pkg/util/version"

// Version is the original's.
type Version = original.Version

// ParseGeneric is the original's.
func ParseGeneric(text string) (*Version, error) {
	return original.ParseGeneric(text)
}
