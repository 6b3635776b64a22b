// Command generate writes what strategic merge must know of the built-in kinds, types.txt, kinds.txt and
// definitions.txt in ../src/schema, from the OpenAPI document that kustomize carries.
//
// Run it here with `go run .` after the version of kyaml in go.mod changes.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	"google.golang.org/protobuf/proto"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi/kubernetesapi"
)

func main() {
	swagger, err := builtin()
	if err != nil {
		log.Fatal(err)
	}
	types := newTypes(swagger.Definitions)
	kinds := kindLines(swagger, types)
	texts := map[string]string{"types.txt": types.text(), "kinds.txt": kinds, "definitions.txt": types.nameLines()}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join("..", "src", "schema", name), []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// builtin reads the document as kyaml's openapi package does.
func builtin() (*spec.Swagger, error) {
	version := kubernetesapi.DefaultOpenAPI
	asset := filepath.Join("kubernetesapi", strings.ReplaceAll(version, ".", "_"), "swagger.pb")
	document := &openapi_v2.Document{}
	if err := proto.Unmarshal(kubernetesapi.OpenAPIMustAsset[version](asset), document); err != nil {
		return nil, fmt.Errorf("%s: %w", asset, err)
	}
	swagger := &spec.Swagger{}
	if _, err := swagger.FromGnostic(document); err != nil {
		return nil, fmt.Errorf("%s: %w", asset, err)
	}
	return swagger, nil
}
