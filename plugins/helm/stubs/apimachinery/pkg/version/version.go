// Package version is the original.
package version

import original "gantry.example/apimachinery/pkg/version"

// Info is the original's.
type Info = original.Info
