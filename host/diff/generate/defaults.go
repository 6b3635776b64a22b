package main

import (
	"encoding/json"
	"log"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/extensions/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

// probe finds what the server fills in: objects that have every struct and no value are given to the
// server's own functions, then each struct is left out in turn.
type probe struct {
	// found has the value by "TYPE FIELD".
	found map[string]any
	tried map[string]bool
	// without is the field that is left out.
	without string
}

func newProbe() *probe { return &probe{found: map[string]any{}, tried: map[string]bool{}} }

const depthMax = 12

func (p *probe) fill(value reflect.Value, depth int) {
	typ := value.Type()
	if depth > depthMax || leaves[fullName(typ)] != "" {
		return
	}
	switch typ.Kind() {
	case reflect.Pointer:
		if elem := typ.Elem(); elem.Kind() == reflect.Struct && leaves[fullName(elem)] == "" {
			value.Set(reflect.New(elem))
			p.fill(value.Elem(), depth+1)
		}
	case reflect.Slice:
		elem := typ.Elem()
		if elem.Kind() == reflect.Struct || elem.Kind() == reflect.Pointer {
			value.Set(reflect.MakeSlice(typ, 1, 1))
			p.fill(value.Index(0), depth+1)
		}
	case reflect.Struct:
		for _, f := range fields(typ) {
			if typeName(typ)+" "+f.name != p.without {
				p.fill(value.FieldByIndex(f.index), depth+1)
			}
		}
	}
}

func (p *probe) run(typ reflect.Type) (reflect.Value, bool) {
	object := reflect.New(typ)
	p.fill(object.Elem(), 0)
	err := func() (err any) {
		defer func() { err = recover() }()
		legacyscheme.Scheme.Default(object.Interface().(runtime.Object))
		return nil
	}()
	return object.Elem(), err == nil
}

func (p *probe) kind(typ reflect.Type) {
	p.without = ""
	object, ok := p.run(typ)
	if !ok {
		log.Printf("%s cannot be defaulted", typeName(typ))
		return
	}
	structs := map[string]bool{}
	p.collect(object, structs, 0)
	for name := range structs {
		if p.tried[name] {
			continue
		}
		p.tried[name] = true
		p.without = name
		if object, ok := p.run(typ); ok {
			p.created(object, 0)
		}
	}
}

// collect notes values of an object that had none, and the structs that may be left out.
func (p *probe) collect(value reflect.Value, structs map[string]bool, depth int) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			p.collect(value.Elem(), structs, depth+1)
		}
	case reflect.Slice:
		for i := range value.Len() {
			p.collect(value.Index(i), structs, depth+1)
		}
	case reflect.Struct:
		if depth > depthMax || leaves[fullName(value.Type())] != "" {
			return
		}
		for _, f := range fields(value.Type()) {
			below, name := value.FieldByIndex(f.index), typeName(value.Type())+" "+f.name
			isStruct := f.typ.Kind() == reflect.Struct && leaves[fullName(f.typ)] == ""
			switch {
			case isStruct && f.pointer:
				structs[name] = true
				p.collect(below, structs, depth+1)
			case isStruct || f.typ.Kind() == reflect.Slice:
				p.collect(below, structs, depth+1)
			case !below.IsZero():
				p.note(name, below.Interface())
			}
		}
	}
}

// created looks for the field that was left out.
func (p *probe) created(value reflect.Value, depth int) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			p.created(value.Elem(), depth+1)
		}
	case reflect.Slice:
		for i := range value.Len() {
			p.created(value.Index(i), depth+1)
		}
	case reflect.Struct:
		if depth > depthMax || leaves[fullName(value.Type())] != "" {
			return
		}
		for _, f := range fields(value.Type()) {
			below := value.FieldByIndex(f.index)
			if typeName(value.Type())+" "+f.name == p.without {
				if !below.IsZero() {
					p.note(p.without, below.Interface())
				}
				continue
			}
			p.created(below, depth+1)
		}
	}
}

func (p *probe) note(name string, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		log.Printf("%s: %v", name, err)
		return
	}
	if known, ok := p.found[name]; ok {
		other, _ := json.Marshal(known)
		if string(other) != string(data) {
			log.Printf("%s: %s, elsewhere %s", name, data, other)
		}
		return
	}
	p.found[name] = value
}
