// Package tools names the program of this module, so that go.mod keeps what it needs.
//go:build tools

package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
