// Package discovery finds nothing, because there is no API server.
package discovery

import (
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// DiscoveryClient would ask an API server for its kinds.
type DiscoveryClient struct{}

// NewDiscoveryClientForConfig refuses.
func NewDiscoveryClientForConfig(*rest.Config) (*DiscoveryClient, error) {
	return nil, errors.ErrUnsupported
}

// ServerResourcesForGroupVersion refuses.
func (*DiscoveryClient) ServerResourcesForGroupVersion(string) (*metav1.APIResourceList, error) {
	return nil, errors.ErrUnsupported
}
