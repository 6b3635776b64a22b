package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
)

// status is what a script says, in the words of Argo CD.
type status struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// stacks has the limits of Argo CD's; the registry grows to its size, since few scripts need a tenth.
var stacks = lua.Options{RegistrySize: 512, RegistryMaxSize: lua.RegistrySize}

// run gives one object to a script. Each run has a Lua state of its own: what a script leaves behind
// in its globals must not judge the next object.
func (s *script) run(object map[string]any) (*status, error) {
	if s.err != nil {
		return nil, s.err
	}
	state := lua.NewState(stacks)
	defer state.Close()
	forbid(state)
	state.SetContext(&budget{Context: context.Background(), left: instructionsMax})
	state.SetGlobal("actionParams", state.NewTable())
	state.SetGlobal("obj", luajson.DecodeValue(state, object))
	state.Push(state.NewFunctionFromProto(s.proto))
	if err := state.PCall(0, lua.MultRet, nil); err != nil {
		return nil, withoutTrace(err)
	}
	return read(state.Get(-1))
}

// forbid takes away what would end the instance that other objects are judged in. Nothing else in
// the library reaches out of it.
func forbid(state *lua.LState) {
	if library, ok := state.GetGlobal(lua.OsLibName).(*lua.LTable); ok {
		library.RawSetString("exit", lua.LNil)
	}
}

// withoutTrace leaves what users of Argo CD read: the message, not where the interpreter was.
func withoutTrace(err error) error {
	var failed *lua.ApiError
	if errors.As(err, &failed) {
		failed.StackTrace = ""
	}
	return err
}

// read takes what a script returned as Argo CD does, by way of JSON. No status at all: the script has
// no opinion.
func read(returned lua.LValue) (*status, error) {
	switch returned.Type() {
	case lua.LTNil:
		return nil, nil
	case lua.LTTable:
	default:
		return nil, fmt.Errorf("expect table output from Lua script, not %s", returned.Type())
	}
	text, err := luajson.Encode(returned)
	if err != nil {
		return nil, err
	}
	told := &status{}
	err = json.Unmarshal(text, told)
	// An empty table encodes as an empty list.
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return nil, nil
	}
	return told, err
}
