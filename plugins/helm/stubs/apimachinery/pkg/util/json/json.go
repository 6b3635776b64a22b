// Package json is the original.
package json

import original "gantry.example/apimachinery/pkg/util/json"

// ConvertInterfaceNumbers is the original's.
func ConvertInterfaceNumbers(v *any, depth int) error {
	return original.ConvertInterfaceNumbers(v, depth)
}

// ConvertMapNumbers is the original's.
func ConvertMapNumbers(m map[string]any, depth int) error {
	return original.ConvertMapNumbers(m, depth)
}

// ConvertSliceNumbers is the original's.
func ConvertSliceNumbers(s []any, depth int) error {
	return original.ConvertSliceNumbers(s, depth)
}
