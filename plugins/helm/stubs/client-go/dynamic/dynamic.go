// Package dynamic has the names that Helm's lookup function mentions. Nothing is ever looked up.
package dynamic

import (
	"context"
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

// Answer would be what an API server sends.
type Answer interface {
	UnstructuredContent() map[string]any
}

// ResourceInterface would read objects of one kind.
type ResourceInterface interface {
	Get(ctx context.Context, name string, options metav1.GetOptions, subresources ...string) (Answer, error)
	List(ctx context.Context, options metav1.ListOptions) (Answer, error)
}

// NamespaceableResourceInterface would read them in one namespace.
type NamespaceableResourceInterface interface {
	ResourceInterface
	Namespace(namespace string) ResourceInterface
}

// Interface would read objects of any kind.
type Interface interface {
	Resource(resource schema.GroupVersionResource) NamespaceableResourceInterface
}

// NewForConfig refuses.
func NewForConfig(*rest.Config) (Interface, error) {
	return nil, errors.ErrUnsupported
}
