// Package about answers what every plugin is asked when it is loaded.
package about

import (
	"structs"

	"gantry.example/sdk/internal/abi"
)

// Summary is one line for lists of plugins.
var Summary string

// Schema is the JSON Schema of the parameters; empty: the plugin takes none.
var Schema string

type answer struct {
	_       structs.HostLayout
	summary abi.Text
	schema  abi.Option[abi.Text]
}

func lower() *answer {
	return &answer{summary: abi.LowerText(Summary), schema: abi.LowerOptional(Schema)}
}
