// Package tools names the programs of this module, so that go.mod keeps what they need.
//go:build tools

package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
