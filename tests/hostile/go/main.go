// A renderer in Go that tells what it is handed from outside: the tests of the plugin host run it.
package main

import (
	"encoding/json"
	"errors"

	"gantry.example/sdk/renderer"
)

func init() {
	renderer.Register(renderer.Plugin{
		Summary: "tells what it is handed from outside",
		Schema:  `{"type": "object", "properties": {"urls": {"type": "array", "items": {"type": "string"}}}}`,
		Render:  render,
	})
}

func main() {}

func render(request *renderer.Request) (*renderer.Rendering, error) {
	var parameters struct {
		URLs []string `json:"urls"`
	}
	if err := request.Decode(&parameters); err != nil {
		return nil, err
	}
	data := map[string]string{}
	for _, url := range parameters.URLs {
		content, err := request.Download(url)
		var withheld renderer.Withheld
		switch {
		case err == nil:
			data[url] = string(content)
		case errors.As(err, &withheld) && withheld.Refused:
			data[url] = "refused: " + withheld.Reason
		default:
			data[url] = "failed: " + err.Error()
		}
	}
	value, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	rendering := &renderer.Rendering{}
	return rendering, rendering.Add(map[string]any{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata":   map[string]string{"name": "told"},
		"data":       map[string]string{"value": string(value)},
	})
}
