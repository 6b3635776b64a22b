package renderer

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestParametersFillAStruct(t *testing.T) {
	type parameters struct {
		Name     string `json:"name"`
		Replicas int    `json:"replicas"`
	}
	for text, wants := range map[string]parameters{
		``:                               {Replicas: 1},
		`{"name": "a"}`:                  {Name: "a", Replicas: 1},
		`{"name": "a", "replicas": 0}`:   {Name: "a"},
		`{"replicas": 3, "other": null}`: {Replicas: 3},
	} {
		found := parameters{Replicas: 1}
		request := Request{Parameters: json.RawMessage(text)}
		if err := request.Decode(&found); err != nil || found != wants {
			t.Errorf("%s: %+v, %v", text, found, err)
		}
	}
	request := Request{Parameters: json.RawMessage(`{"replicas": "many"}`)}
	var problem *Problem
	if err := request.Decode(&parameters{}); !errors.As(err, &problem) || problem.Code != "parameters" {
		t.Errorf("%v is no problem with the parameters", err)
	}
}

func TestObjectsAreAddedAsJSON(t *testing.T) {
	var rendering Rendering
	if err := rendering.Add(map[string]string{"kind": "ConfigMap"}); err != nil {
		t.Fatal(err)
	}
	if text := rendering.Documents[0].JSON; text != `{"kind":"ConfigMap"}` {
		t.Error(text)
	}
	if err := rendering.Add(func() {}); err == nil {
		t.Error("a function is no object")
	}
}
