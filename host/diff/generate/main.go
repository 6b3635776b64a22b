// Writes the table of the built-in kinds: their fields, how lists merge, and what the server fills in.
package main

import (
	"fmt"
	"log"
	"os"
	"reflect"
	"sort"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: generate CLIENT-GO-DIRECTORY OUTPUT-DIRECTORY")
	}
	lists, err := readLists(os.Args[1] + "/applyconfigurations/internal/internal.go")
	if err != nil {
		log.Fatal(err)
	}
	kinds := map[string]reflect.Type{}
	for gvk, typ := range scheme.Scheme.AllKnownTypes() {
		if isKind(gvk, typ) {
			kinds[strings.TrimPrefix(gvk.Group+"/"+gvk.Version, "/")+" "+gvk.Kind] = typ
		}
	}
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	sort.Strings(names)
	table := &table{types: map[string]reflect.Type{}}
	var text strings.Builder
	for _, name := range names {
		table.add(kinds[name])
		fmt.Fprintf(&text, "%s %s\n", name, typeName(kinds[name]))
	}
	write(os.Args[2]+"/kinds.txt", text.String())
	probe := newProbe()
	for _, name := range names {
		probe.kind(kinds[name])
	}
	write(os.Args[2]+"/types.txt", table.text(lists, probe.found))
}

func isKind(gvk schema.GroupVersionKind, typ reflect.Type) bool {
	if gvk.Version == "__internal" || typ.Kind() != reflect.Struct {
		return false
	}
	meta, ok := typ.FieldByName("ObjectMeta")
	return ok && meta.Type == reflect.TypeOf(metav1.ObjectMeta{})
}

func write(path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}
