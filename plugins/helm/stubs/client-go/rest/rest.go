// Package rest has the one name that Helm's engine mentions: it is given no connection.
package rest

// Config would say how to reach an API server.
type Config struct{}
