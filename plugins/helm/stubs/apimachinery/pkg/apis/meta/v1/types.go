// Package v1 has the names that Helm's lookup function mentions. Nothing is ever looked up.
package v1

// GetOptions would be sent with a request.
type GetOptions struct{}

// ListOptions would be sent with a request.
type ListOptions struct{}

// APIResource would be what an API server tells of a kind.
type APIResource struct {
	Name       string
	Namespaced bool
	Group      string
	Version    string
	Kind       string
}

// APIResourceList would be what an API server tells of a group.
type APIResourceList struct {
	APIResources []APIResource
}
