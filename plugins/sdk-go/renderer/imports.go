//go:build wasip1

package renderer

import "unsafe"

//go:wasmimport gantry:plugin/context@0.1.1 [method]request.application
func requestApplication(self uint32, result unsafe.Pointer)

//go:wasmimport gantry:plugin/context@0.1.1 [method]request.namespace
func requestNamespace(self uint32, result unsafe.Pointer)

//go:wasmimport gantry:plugin/context@0.1.1 [method]request.revision
func requestRevision(self uint32, result unsafe.Pointer)

//go:wasmimport gantry:plugin/context@0.1.1 [method]request.kube-version
func requestKubeVersion(self uint32, result unsafe.Pointer)

//go:wasmimport gantry:plugin/context@0.1.1 [method]request.api-versions
func requestAPIVersions(self uint32, result unsafe.Pointer)

//go:wasmimport gantry:plugin/context@0.1.1 [method]request.parameters
func requestParameters(self uint32, result unsafe.Pointer)

//go:wasmimport gantry:plugin/context@0.1.1 [method]request.download
func requestDownload(self uint32, url unsafe.Pointer, urlBytes uint32, result unsafe.Pointer)

//go:wasmimport gantry:plugin/context@0.1.1 [method]request.chart
func requestChart(
	self uint32,
	repository unsafe.Pointer, repositoryBytes uint32,
	name unsafe.Pointer, nameBytes uint32,
	version unsafe.Pointer, versionBytes uint32,
	result unsafe.Pointer,
)

//go:wasmimport gantry:plugin/context@0.1.1 [resource-drop]request
func dropRequest(self uint32)

//go:wasmimport gantry:plugin/source@0.1.1 [method]tree.path
func treePath(self uint32, result unsafe.Pointer)

//go:wasmimport gantry:plugin/source@0.1.1 [method]tree.read-matching
func treeReadMatching(
	self uint32,
	directory unsafe.Pointer, directoryBytes uint32,
	globs unsafe.Pointer, globCount uint32,
	result unsafe.Pointer,
)

//go:wasmimport gantry:plugin/source@0.1.1 [resource-drop]tree
func dropTree(self uint32)
