// Package tls takes the place of crypto/tls in the component, which has no network.
package tls

// Config would say how to secure a connection.
type Config struct{}
