// Package v1 is the API of custom resource definitions.
package v1

import "k8s.io/client-go/kubernetes/scheme"

// AddToScheme adds nothing: the table of known versions has this one.
func AddToScheme(*scheme.Known) error {
	return nil
}
