package main

import (
	"fmt"
	"sort"
	"strings"

	"k8s.io/kube-openapi/pkg/validation/spec"
)

const kindExtension = "x-kubernetes-group-version-kind"

// kindLines has one sorted line a kind: "APIVERSION KIND SCOPE REFERENCE", scope n(amespaced), c(luster)
// or ? where no path of the API names the kind.
func kindLines(swagger *spec.Swagger, t *types) string {
	scopes := scopes(swagger)
	references := map[string]string{}
	for name, definition := range swagger.Definitions {
		list, _ := definition.Extensions[kindExtension].([]interface{})
		for _, entry := range list {
			reference := ""
			if offset, found := t.offsets[name]; found {
				reference = fmt.Sprintf("@%05x", offset)
			}
			references[typeMeta(entry)] = reference
		}
	}
	var lines []string
	for kind, scope := range scopes {
		lines = append(lines, kind+" "+scope+" "+references[kind]+"\n")
	}
	for kind, reference := range references {
		if _, found := scopes[kind]; !found && reference != "" {
			lines = append(lines, kind+" ? "+reference+"\n")
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}

// scopes follows findNamespaceability of kyaml's openapi package.
func scopes(swagger *spec.Swagger) map[string]string {
	// kyaml lists these beside its document, which is older than they are.
	found := map[string]string{
		"admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy":        "c",
		"admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding": "c",
	}
	for path, item := range swagger.Paths.Paths {
		if item.Get == nil || item.Get.Extensions[kindExtension] == nil {
			continue
		}
		kind := typeMeta(item.Get.Extensions[kindExtension])
		if strings.Contains(path, "namespaces/{namespace}") {
			found[kind] = "n"
		} else if found[kind] == "" {
			found[kind] = "c"
		}
	}
	return found
}

func typeMeta(entry interface{}) string {
	m := entry.(map[string]interface{})
	apiVersion := m["version"].(string)
	if group, _ := m["group"].(string); group != "" {
		apiVersion = group + "/" + apiVersion
	}
	return apiVersion + " " + m["kind"].(string)
}
