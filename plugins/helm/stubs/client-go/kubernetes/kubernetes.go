// Package kubernetes is empty. Helm imports it so that the version of client-go is part of the build,
// which tells Helm the default of its Kubernetes version.
package kubernetes
