//go:build wasip1

package renderer

import (
	"encoding/json"
	"os"
	"path"
	"unsafe"

	"gantry.example/sdk/internal/abi"
)

// sourceRoot is where the host shows the source tree to plain file calls.
const sourceRoot = "/src"

// collector: an instance renders once and is gone, so that garbage costs nothing until memory is short.
// The host ends an instance at 256 MiB.
var collector = abi.Collector{Percent: -1, SoftMaxBytes: 160 << 20}

//go:wasmexport gantry:plugin/renderer@0.1.1#render
func render(tree, request uint32) unsafe.Pointer {
	told := ask(tree, request)
	facts := &handle{request: request, open: true}
	told.Facts, told.Outside = facts, facts
	var result *wireResult
	collector.Collecting(func() { result = lowerResult(plugin.Render(told)) })
	facts.open = false
	dropRequest(request)
	return abi.Return(result)
}

//go:wasmexport cabi_post_gantry:plugin/renderer@0.1.1#render
func freeRendering(unsafe.Pointer) {
	abi.Free()
}

// ask gets what most renders need, and gives the tree's handle back: a call must not keep it. The
// answers are lent memory, so it asks before the collector works.
func ask(tree, request uint32) *Request {
	told := &Request{
		Application: text(requestApplication, request),
		KubeVersion: text(requestKubeVersion, request),
		Parameters:  json.RawMessage(text(requestParameters, request)),
		Source:      os.DirFS(sourceRoot),
		Path:        path.Clean(text(treePath, tree)),
	}
	namespace := new(abi.Option[abi.Text])
	requestNamespace(request, unsafe.Pointer(namespace))
	told.Namespace = abi.LiftText(namespace.Value)
	abi.Lifted()
	dropTree(tree)
	return told
}

// handle asks the host in the middle of a render. After it, there is nobody to ask.
type handle struct {
	request uint32
	open    bool
}

func (h *handle) Revision() (revision string) {
	h.ask(func() { revision = text(requestRevision, h.request) })
	return revision
}

func (h *handle) APIVersions() (versions []string) {
	h.ask(func() {
		list := new(abi.List)
		requestAPIVersions(h.request, unsafe.Pointer(list))
		versions = abi.LiftTexts(*list)
	})
	return versions
}

func (h *handle) Download(url string) (content []byte, err error) {
	err = over(url)
	h.ask(func() {
		result := new(wireHanded)
		address, bytes := lend(url)
		requestDownload(h.request, address, bytes, unsafe.Pointer(result))
		if err = result.withheld(); err == nil {
			content = result.bytes()
		}
	})
	return content, err
}

func (h *handle) Chart(repository, name, version string) (files map[string][]byte, err error) {
	err = over(repository)
	h.ask(func() {
		result := new(wireHanded)
		repositoryAt, repositoryBytes := lend(repository)
		nameAt, nameBytes := lend(name)
		versionAt, versionBytes := lend(version)
		requestChart(h.request, repositoryAt, repositoryBytes, nameAt, nameBytes, versionAt, versionBytes, unsafe.Pointer(result))
		if err = result.withheld(); err == nil {
			files, err = allFiles(result.first, name)
			dropTree(result.first)
		}
	})
	return files, err
}

// allFiles reads a whole tree in one question.
func allFiles(tree uint32, name string) (map[string][]byte, error) {
	globs := []abi.Text{abi.LowerText("**")}
	result := new(wireFiles)
	treeReadMatching(tree, nil, 0, unsafe.Pointer(unsafe.SliceData(globs)), 1, unsafe.Pointer(result))
	if result.failed {
		return nil, Withheld{Reason: name + ": its files cannot be read all at once"}
	}
	return result.lift(), nil
}

func over(what string) error {
	return Withheld{Refused: true, Reason: what + ": the render is over"}
}

// lend is a text as an argument; the caller keeps it alive.
func lend(text string) (address unsafe.Pointer, bytes uint32) {
	return unsafe.Pointer(unsafe.StringData(text)), uint32(len(text))
}

func (h *handle) ask(question func()) {
	if !h.open {
		return
	}
	collector.Resting(question)
	abi.Lifted()
}

// text calls a getter of a string. The host writes into the heap, never into the stack: that may
// move when the host comes back for memory.
func text(get func(self uint32, result unsafe.Pointer), self uint32) string {
	result := new(abi.Text)
	get(self, unsafe.Pointer(result))
	return abi.LiftText(*result)
}
