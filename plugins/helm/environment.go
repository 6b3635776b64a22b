package main

import (
	"fmt"
	"os"
	"slices"

	"gantry.example/sdk/renderer"
)

// environment is Argo CD's build environment: what $NAME stands for in parameters and paths.
type environment struct {
	request *renderer.Request
	journal *journal
}

// lookup is the value of a variable, if there is one of that name.
func (e *environment) lookup(name string) (value string, known bool) {
	switch name {
	case "ARGOCD_APP_NAME":
		return e.request.Application, true
	case "ARGOCD_APP_NAMESPACE":
		return e.request.Namespace, true
	case "ARGOCD_APP_SOURCE_PATH":
		return e.request.Path, true
	case "ARGOCD_APP_REVISION":
		return e.request.Revision(), true
	case "ARGOCD_APP_REVISION_SHORT":
		return first(e.request.Revision(), 7), true
	case "ARGOCD_APP_REVISION_SHORT_8":
		return first(e.request.Revision(), 8), true
	}
	return "", false
}

func first(revision string, length int) string {
	return revision[:min(len(revision), length)]
}

// untold are variables of Argo CD that the host does not tell a renderer.
var untold = []string{
	"ARGOCD_APP_PROJECT_NAME", "ARGOCD_APP_SOURCE_REPO_URL", "ARGOCD_APP_SOURCE_TARGET_REVISION",
}

// expand puts the values of variables in. $$ is a dollar sign. A variable that there is not is empty, as
// in Argo CD.
func (e *environment) expand(text, field string) (string, error) {
	var refused error
	expanded := os.Expand(text, func(name string) string {
		if name == "$" {
			return "$"
		}
		value, known := e.lookup(name)
		switch {
		case slices.Contains(untold, name):
			refused = &renderer.Problem{
				Code:    "unknown-variable",
				Message: fmt.Sprintf("%q: a renderer is not told %s", text, name),
				Field:   field,
				Help:    "write its value; ARGOCD_APP_NAME, _NAMESPACE, _SOURCE_PATH and _REVISION are known",
			}
		case !known:
			message := fmt.Sprintf("%q: there is no variable %s, it becomes empty: write $$ for a dollar sign", text, name)
			e.journal.warn("unknown-variable", field, message)
		}
		return value
	})
	return expanded, refused
}
