package main

import (
	"encoding/json"
	"slices"
	"strings"

	"gantry.example/sdk/health"
)

// hookFinalizer is on hooks that Argo CD deletes itself: for those, deletion is no news.
const hookFinalizer = "argocd.argoproj.io/hook-finalizer"

var statuses = map[string]health.Status{
	"Healthy":     health.Healthy,
	"Progressing": health.Progressing,
	"Degraded":    health.Degraded,
	"Suspended":   health.Suspended,
	"Unknown":     health.Unknown,
	// The interface leaves "missing" to the host, which knows. What a controller calls missing is
	// waited for, like what is missing from a cluster.
	"Missing": health.Progressing,
}

// assess judges one object, given as JSON. Whatever goes wrong is the verdict on this object alone.
func assess(scripts *scripts, text []byte) *health.Assessment {
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		return unknown(err.Error())
	}
	if isGoing(object) {
		return &health.Assessment{Status: health.Progressing, Message: "Pending deletion"}
	}
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	group, _, grouped := strings.Cut(apiVersion, "/")
	if !grouped {
		group = ""
	}
	script := scripts.find(group, kind)
	if script == nil {
		return nil
	}
	told, err := script.run(object)
	if err != nil {
		return unknown(err.Error())
	}
	if told == nil {
		return nil
	}
	verdict, valid := statuses[told.Status]
	if !valid {
		return unknown("Lua returned an invalid health status")
	}
	return &health.Assessment{Status: verdict, Message: told.Message}
}

// isGoing tells whether an object is being deleted, which counts before any script does.
func isGoing(object map[string]any) bool {
	metadata, _ := object["metadata"].(map[string]any)
	finalizers, _ := metadata["finalizers"].([]any)
	return metadata["deletionTimestamp"] != nil && !slices.Contains(finalizers, any(hookFinalizer))
}

func unknown(message string) *health.Assessment {
	return &health.Assessment{Status: health.Unknown, Message: message}
}
