// The plugin hello-go-health: the health of external-secrets' ExternalSecrets.
package main

import (
	"encoding/json"

	"gantry.example/sdk/health"
)

func init() {
	health.Register(health.Plugin{
		Summary: "external-secrets' ExternalSecrets",
		Claims: func() []health.GroupKind {
			return []health.GroupKind{{Group: "external-secrets.io", Kind: "ExternalSecret"}}
		},
		Assess: assess,
	})
}

// main is never called: gantry calls Claims and Assess.
func main() {}

// externalSecret has the fields that matter here.
type externalSecret struct {
	Status struct {
		Conditions []condition `json:"conditions"`
	} `json:"status"`
}

type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func assess(object []byte) *health.Assessment {
	var secret externalSecret
	if err := json.Unmarshal(object, &secret); err != nil {
		return &health.Assessment{Status: health.Unknown, Message: err.Error()}
	}
	for _, condition := range secret.Status.Conditions {
		if condition.Type == "Ready" {
			return judge(condition)
		}
	}
	return &health.Assessment{Status: health.Progressing, Message: "waiting for the first sync"}
}

func judge(ready condition) *health.Assessment {
	status := health.Progressing
	switch {
	case ready.Status == "True":
		status = health.Healthy
	case ready.Status == "False" && ready.Reason == "SecretSyncedError":
		status = health.Degraded
	}
	return &health.Assessment{Status: status, Message: ready.Message}
}
