// Package errors answers for a client that never asks an API server.
package errors

// IsNotFound tells whether an API server said so: none is ever asked.
func IsNotFound(error) bool {
	return false
}
