package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// field is one JSON field of a struct, those of embedded structs included.
type field struct {
	name      string
	omitEmpty bool
	pointer   bool
	strategy  string
	mergeKey  string
	typ       reflect.Type
	index     []int
}

func fields(typ reflect.Type) []field {
	var all []field
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag, ok := f.Tag.Lookup("json")
		if !ok && !f.Anonymous || tag == "-" || !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			for _, below := range fields(f.Type) {
				below.index = append([]int{i}, below.index...)
				all = append(all, below)
			}
			continue
		}
		fieldType := f.Type
		pointer := fieldType.Kind() == reflect.Pointer
		if pointer {
			fieldType = fieldType.Elem()
		}
		all = append(all, field{
			name: name, omitEmpty: strings.Contains(options, "omit"), pointer: pointer,
			strategy: f.Tag.Get("patchStrategy"), mergeKey: f.Tag.Get("patchMergeKey"),
			typ: fieldType, index: []int{i},
		})
	}
	return all
}

// leaves are structs that have their own way to be JSON.
var leaves = map[string]string{
	"k8s.io/apimachinery/pkg/api/resource.Quantity":   "q",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":       "t",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":  "t",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":   "d",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":   "j",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":    "j",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString": "x",
}

func fullName(typ reflect.Type) string { return typ.PkgPath() + "." + typ.Name() }

// typeName is the name by which the OpenAPI document of Kubernetes knows a type.
func typeName(typ reflect.Type) string {
	path := strings.Replace(typ.PkgPath(), "k8s.io/", "io.k8s.", 1)
	return strings.ReplaceAll(path, "/", ".") + "." + typ.Name()
}

func reference(typ reflect.Type) string {
	if leaf, ok := leaves[fullName(typ)]; ok {
		return leaf
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return reference(typ.Elem())
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "i"
	case reflect.Float32, reflect.Float64:
		return "f"
	case reflect.Slice:
		if typ.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		return "[" + reference(typ.Elem())
	case reflect.Map:
		return "{" + reference(typ.Elem())
	case reflect.Struct:
		return "@" + typeName(typ)
	default:
		return "j"
	}
}

type table struct{ types map[string]reflect.Type }

func (t *table) add(typ reflect.Type) {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		t.add(typ.Elem())
	case reflect.Struct:
		if _, known := t.types[typeName(typ)]; known || leaves[fullName(typ)] != "" {
			return
		}
		t.types[typeName(typ)] = typ
		for _, f := range fields(typ) {
			t.add(f.typ)
		}
	}
}

func (t *table) text(lists map[string]string, defaults map[string]any) string {
	names := make([]string, 0, len(t.types))
	for name := range t.types {
		names = append(names, name)
	}
	sort.Strings(names)
	var text strings.Builder
	for _, name := range names {
		text.WriteString(name)
		for _, f := range fields(t.types[name]) {
			flags := ""
			if f.omitEmpty {
				flags += "?"
			}
			if f.pointer {
				flags += "*"
			}
			fmt.Fprintf(&text, " %s:%s%s", f.name, reference(f.typ), flags)
			if f.strategy != "" {
				fmt.Fprintf(&text, "~%s/%s", f.strategy, f.mergeKey)
			}
			list := lists[name+" "+f.name]
			if list == "" && f.typ.Kind() == reflect.Struct {
				list = lists[typeName(f.typ)]
			}
			if list != "" {
				text.WriteString("^" + list)
			}
			if value, ok := defaults[name+" "+f.name]; ok {
				data, err := json.Marshal(value)
				if err == nil && !strings.Contains(string(data), " ") {
					text.WriteString("=" + string(data))
				}
			}
		}
		text.WriteString("\n")
	}
	return text.String()
}
