package health

import (
	"structs"
	"unsafe"

	"gantry.example/sdk/internal/abi"
)

type wireGroupKind struct {
	_     structs.HostLayout
	group abi.Text
	kind  abi.Text
}

type wireAssessment struct {
	_       structs.HostLayout
	status  Status
	message abi.Text
}

func lowerClaims(claims []GroupKind) *abi.List {
	lowered := make([]wireGroupKind, len(claims))
	for index, claim := range claims {
		lowered[index] = wireGroupKind{group: abi.LowerText(claim.Group), kind: abi.LowerText(claim.Kind)}
	}
	list := abi.LowerList(lowered)
	return &list
}

// assessAll judges each object on its own; the answers are in the objects' order.
func assessAll(objects []string) *abi.List {
	lowered := make([]abi.Option[wireAssessment], len(objects))
	for index, object := range objects {
		verdict := plugin.Assess(unsafe.Slice(unsafe.StringData(object), len(object)))
		if verdict == nil {
			continue
		}
		lowered[index].Present = true
		lowered[index].Value = wireAssessment{status: verdict.Status, message: abi.LowerText(verdict.Message)}
	}
	list := abi.LowerList(lowered)
	return &list
}
