package main

import (
	"testing"

	"gantry.example/sdk/health"
)

func TestANewSecretIsOnItsWay(t *testing.T) {
	for object, want := range map[string]health.Status{
		`{}`: health.Progressing,
		`{"status": {"conditions": [{"type": "Other", "status": "True"}]}}`: health.Progressing,
		`{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}`: health.Healthy,
		`{"status": []}`: health.Unknown,
	} {
		if got := assess([]byte(object)); got.Status != want {
			t.Errorf("%s: %v", object, got.Status)
		}
	}
}
