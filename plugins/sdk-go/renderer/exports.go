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

// memorySoftMaxBytes is where the collector works harder: the host ends an instance at 256 MiB.
const memorySoftMaxBytes = 192 << 20

//go:wasmexport gantry:plugin/renderer@0.1.0#render
func render(tree, request uint32) unsafe.Pointer {
	told := ask(tree, request)
	var result *wireResult
	abi.Collecting(memorySoftMaxBytes, func() { result = lowerResult(plugin.Render(told)) })
	return abi.Return(result)
}

//go:wasmexport cabi_post_gantry:plugin/renderer@0.1.0#render
func freeRendering(unsafe.Pointer) {
	abi.Free()
}

// ask gets all that the host tells, and gives both handles back: a call must not keep them. The answers
// are lent memory, so it asks before the collector works.
func ask(tree, request uint32) *Request {
	told := &Request{
		Application: text(requestApplication, request),
		Revision:    text(requestRevision, request),
		KubeVersion: text(requestKubeVersion, request),
		Parameters:  json.RawMessage(text(requestParameters, request)),
		Source:      os.DirFS(sourceRoot),
		Path:        path.Clean(text(treePath, tree)),
	}
	namespace := new(abi.Option[abi.Text])
	requestNamespace(request, unsafe.Pointer(namespace))
	told.Namespace = abi.LiftText(namespace.Value)
	versions := new(abi.List)
	requestAPIVersions(request, unsafe.Pointer(versions))
	told.APIVersions = abi.LiftTexts(*versions)
	abi.Lifted()
	dropTree(tree)
	dropRequest(request)
	return told
}

// text calls a getter of a string. The host writes into the heap, never into the stack: that may
// move when the host comes back for memory.
func text(get func(self uint32, result unsafe.Pointer), self uint32) string {
	result := new(abi.Text)
	get(self, unsafe.Pointer(result))
	return abi.LiftText(*result)
}
