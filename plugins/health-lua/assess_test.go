package main

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gantry.example/sdk/health"
)

// folder has scripts by their folders.
func folder(byFolder map[string]string) *scripts {
	files := fstest.MapFS{}
	for name, text := range byFolder {
		files[name+"/health.lua"] = &fstest.MapFile{Data: []byte(text)}
	}
	return newScripts(files)
}

func judge(scripts *scripts, apiVersion, kind, metadata string) string {
	object := fmt.Sprintf(`{"apiVersion": %q, "kind": %q, "metadata": {%s}, "status": {"n": 3}}`, apiVersion, kind, metadata)
	verdict := assess(scripts, []byte(object))
	if verdict == nil {
		return "none"
	}
	words := []string{"Healthy", "Progressing", "Degraded", "Suspended", "Unknown"}
	return words[verdict.Status] + ": " + verdict.Message
}

func TestVerdicts(t *testing.T) {
	const gadget = `return {status = "Healthy", message = "n is " .. obj.status.n}`
	for _, c := range []struct{ script, metadata, wants string }{
		{gadget, ``, "Healthy: n is 3"},
		{`return {status = "Degraded"}`, ``, "Degraded: "},
		{`return {status = "Missing", message = "gone"}`, ``, "Progressing: gone"},
		{`return {status = "Fine"}`, ``, "Unknown: Lua returned an invalid health status"},
		{`return {message = "no status"}`, ``, "Unknown: Lua returned an invalid health status"},
		{`return nil`, ``, "none"},
		{`return {}`, ``, "none"},
		{`return {status = 5}`, ``, "none"},
		{`return "Healthy"`, ``, "Unknown: expect table output from Lua script, not string"},
		{`return {status = "Healthy"`, ``, "Unknown: <string> at EOF:   syntax error\n"},
		{"\nreturn obj.spec.replicas", ``, "Unknown: <string>:2: attempt to index a non-table object(nil) with key 'replicas'"},
		{`while true do end`, ``, "Unknown: <string>:1: " + errBudget.Error()},
		{`os.exit(1)`, ``, "Unknown: <string>:1: attempt to call a non-function object"},
		{`local function f() return 1 + f() end return f()`, ``, "Unknown: <string>:1: stack overflow"},
		{gadget, `"deletionTimestamp": "2020-01-01T00:00:00Z"`, "Progressing: Pending deletion"},
		{gadget, `"deletionTimestamp": "2020-01-01T00:00:00Z", "finalizers": ["argocd.argoproj.io/hook-finalizer"]`, "Healthy: n is 3"},
		{`return {status = string.gsub("Xealthy", "X", "H"), message = tostring(table.concat({1, 2}, ","))}`, ``, "Healthy: 1,2"},
	} {
		scripts := folder(map[string]string{"example.com/Gadget": c.script})
		if found := judge(scripts, "example.com/v1", "Gadget", c.metadata); found != c.wants {
			t.Errorf("%s: %q, not %q", c.script, found, c.wants)
		}
	}
}

func TestNothingIsLeftForTheNextObject(t *testing.T) {
	scripts := folder(map[string]string{"example.com/Gadget": `
		seen = (seen or 0) + 1
		string.seen = (string.seen or 0) + 1
		return {status = "Healthy", message = seen .. " " .. string.seen}`})
	for range 3 {
		if found := judge(scripts, "example.com/v1", "Gadget", ""); found != "Healthy: 1 1" {
			t.Error(found)
		}
	}
}

func TestTheClosestScriptJudges(t *testing.T) {
	says := func(word string) string { return `return {status = "Healthy", message = "` + word + `"}` }
	scripts := folder(map[string]string{
		"ConfigMap":             says("core"),
		"example.com/Gadget":    says("exact"),
		"_.crossplane.io/_":     says("wild"),
		"_.crossplane.io/Claim": says("by name"),
	})
	for _, c := range []struct{ apiVersion, kind, wants string }{
		{"v1", "ConfigMap", "Healthy: core"},
		{"v1", "Secret", "none"},
		{"example.com/v2beta1", "Gadget", "Healthy: exact"},
		{"other.com/v1", "Gadget", "none"},
		{"s3.crossplane.io/v1", "Bucket", "Healthy: wild"},
		{"s3.crossplane.io/v1", "Claim", "Healthy: by name"},
		{"crossplane.io/v1", "Bucket", "none"},
		{"../example.com/v1", "Gadget", "none"},
		{"", "", "none"},
	} {
		if found := judge(scripts, c.apiVersion, c.kind, ""); found != c.wants {
			t.Errorf("%s %s: %q, not %q", c.apiVersion, c.kind, found, c.wants)
		}
	}
	claims, err := scripts.claims()
	wants := []health.GroupKind{
		{Kind: "ConfigMap"},
		{Group: "*.crossplane.io", Kind: "Claim"},
		{Group: "*.crossplane.io", Kind: "*"},
		{Group: "example.com", Kind: "Gadget"},
	}
	if err != nil || !slices.Equal(claims, wants) {
		t.Errorf("%v, %v", claims, err)
	}
}

func TestWithoutAFolderNothingIsClaimed(t *testing.T) {
	if claims, err := newScripts(missing{}).claims(); err != nil || len(claims) != 0 {
		t.Error(claims, err)
	}
}

func TestBadTextIsTheVerdictOnItAlone(t *testing.T) {
	verdict := assess(folder(nil), []byte("{"))
	if verdict == nil || verdict.Status != health.Unknown || !strings.Contains(verdict.Message, "JSON") {
		t.Errorf("%+v", verdict)
	}
}

// missing is a file system that is not there.
type missing struct{}

func (missing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
