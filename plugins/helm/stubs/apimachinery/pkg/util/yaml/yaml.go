// Package yaml is the original: documents are split as Helm splits them.
package yaml

import (
	"bufio"

	original "gantry.example/apimachinery/pkg/util/yaml"
)

// YAMLReader is the original's.
type YAMLReader = original.YAMLReader

// NewYAMLReader is the original's.
func NewYAMLReader(reader *bufio.Reader) *YAMLReader {
	return original.NewYAMLReader(reader)
}
