package main

import (
	"fmt"
	"log"
	"sort"
	"strings"

	"k8s.io/kube-openapi/pkg/validation/spec"
)

// types are the definitions under which a list is merged, each on its own line of types.txt.
// A field refers to its type by the byte offset of that line, so that a reader needs no index.
type types struct {
	definitions spec.Definitions
	merges      map[string]bool
	offsets     map[string]int
	names       []string
}

const referenceWidth = len("@00000")

func newTypes(definitions spec.Definitions) *types {
	t := &types{definitions: definitions, merges: map[string]bool{}, offsets: map[string]int{}}
	for changed := true; changed; {
		changed = false
		for name, definition := range definitions {
			if !t.merges[name] && t.hasFields(definition) {
				t.merges[name], changed = true, true
			}
		}
	}
	for name := range t.merges {
		t.names = append(t.names, name)
	}
	sort.Strings(t.names)
	offset := 0
	for _, name := range t.names {
		t.offsets[name] = offset
		offset += len(t.line(name))
	}
	return t
}

func (t *types) hasFields(s spec.Schema) bool {
	for _, property := range s.Properties {
		if t.reference(property) != "" {
			return true
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil &&
		t.reference(*s.AdditionalProperties.Schema) != "" {
		log.Fatalf("a map's values are merged, which the table has no form for: %v", s)
	}
	return false
}

// reference is how a field's type is written: "@OFFSET" an object, "[+KEYS]" a list that is merged,
// "[-]" one that is not, with the type of the elements behind it; "" when nothing below is merged.
func (t *types) reference(s spec.Schema) string {
	if name := definitionName(s); name != "" {
		target := t.definitions[name]
		if definitionName(target) != "" || isArray(target) {
			return t.reference(target)
		}
		if !t.merges[name] {
			return ""
		}
		return fmt.Sprintf("@%05x", t.offsets[name])
	}
	if isArray(s) && s.Items != nil && s.Items.Schema != nil {
		elements := t.reference(*s.Items.Schema)
		if keys, merged := mergeKeys(s); merged {
			return "[+" + strings.Join(keys, ",") + "]" + elements
		}
		if elements != "" {
			return "[-]" + elements
		}
		return ""
	}
	if t.hasFields(s) {
		log.Fatalf("a field has an object written in place, which the table has no form for: %v", s)
	}
	return ""
}

func (t *types) line(name string) string {
	s := t.definitions[name]
	var fields []string
	for field, property := range s.Properties {
		if reference := t.reference(property); reference != "" {
			fields = append(fields, field+"="+reference)
		}
	}
	sort.Strings(fields)
	return strings.Join(fields, " ") + "\n"
}

func (t *types) text() string {
	var text strings.Builder
	for _, name := range t.names {
		text.WriteString(t.line(name))
	}
	if text.Len() >= 1<<(4*(referenceWidth-1)) {
		log.Fatal("the table outgrew its references")
	}
	return text.String()
}

// nameLines are the types' names and references, sorted: a document of the user may refer to them.
func (t *types) nameLines() string {
	var text strings.Builder
	for _, name := range t.names {
		if !strings.HasSuffix(name, "List") {
			fmt.Fprintf(&text, "%s @%05x\n", name, t.offsets[name])
		}
	}
	return text.String()
}

func definitionName(s spec.Schema) string {
	return strings.TrimPrefix(s.Ref.String(), "#/definitions/")
}

func isArray(s spec.Schema) bool {
	return len(s.Type) == 1 && s.Type[0] == "array"
}

// mergeKeys follows PatchStrategyAndKeyList of kyaml's openapi package.
func mergeKeys(s spec.Schema) ([]string, bool) {
	strategy, _ := s.Extensions["x-kubernetes-patch-strategy"].(string)
	merged := false
	for _, word := range strings.Split(strategy, ",") {
		merged = merged || word == "merge"
	}
	if list, found := s.Extensions["x-kubernetes-list-map-keys"].([]interface{}); found {
		var keys []string
		for _, key := range list {
			keys = append(keys, key.(string))
		}
		return keys, merged
	}
	if key, found := s.Extensions["x-kubernetes-patch-merge-key"].(string); found {
		return []string{key}, merged
	}
	return nil, merged
}
