package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"

	"gantry.example/sdk/renderer"
)

// mergedValues are what the application gives the chart.
type mergedValues struct {
	values map[string]any
	// mentionCapabilities: a template among them could ask what the cluster serves.
	mentionCapabilities bool
}

func (m *mergedValues) merge(over map[string]any) {
	m.values = loader.MergeMaps(m.values, over)
}

func (m *mergedValues) note(text []byte) {
	m.mentionCapabilities = m.mentionCapabilities || mentionsCapabilities(text)
}

// mergeValues lays values over each other as Argo CD's call of `helm template` does: files in their
// order, values or valuesObject, --set, --set-string, --set-file.
func mergeValues(parameters *parameters, files *files) (*mergedValues, error) {
	merged := &mergedValues{values: map[string]any{}}
	merged.note(files.request.Parameters)
	if err := mergeFiles(merged, parameters, files); err != nil {
		return nil, err
	}
	if err := mergeInline(merged, parameters); err != nil {
		return nil, err
	}
	if err := mergeSet(merged, parameters); err != nil {
		return nil, err
	}
	for index, parameter := range parameters.FileParameters {
		if err := mergeFile(merged, parameter, fmt.Sprintf("fileParameters[%d]", index), files); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

func mergeFiles(merged *mergedValues, parameters *parameters, files *files) error {
	named, err := files.valueFiles(parameters.ValueFiles, parameters.IgnoreMissingValueFiles)
	if err != nil {
		return err
	}
	for _, file := range named {
		text, err := files.read(file)
		if err != nil {
			return err
		}
		merged.note(text)
		values, err := loader.LoadValues(bytes.NewReader(text))
		if err != nil {
			return yamlProblem("values-file", file.path, err)
		}
		merged.merge(values)
	}
	return nil
}

func mergeInline(merged *mergedValues, parameters *parameters) error {
	if len(parameters.ValuesObject) > 0 {
		var values map[string]any
		if err := json.Unmarshal(parameters.ValuesObject, &values); err != nil {
			return inlineProblem("valuesObject", err)
		}
		merged.merge(values)
		return nil
	}
	values, err := loader.LoadValues(strings.NewReader(parameters.Values))
	if err != nil {
		return inlineProblem("values", err)
	}
	merged.merge(values)
	return nil
}

// mergeSet takes plain parameters before those that are text, and of two with one name the last, as
// Argo CD does.
func mergeSet(merged *mergedValues, parameters *parameters) error {
	for _, forceString := range []bool{false, true} {
		for index, parameter := range parameters.Parameters {
			if parameter.ForceString != forceString || isSetLater(parameters.Parameters[index+1:], parameter) {
				continue
			}
			parse, argument := strvals.ParseInto, parameter.Name+"="+escapeCommas(parameter.Value)
			if forceString {
				parse = strvals.ParseIntoString
			}
			if err := parse(argument, merged.values); err != nil {
				return setProblem(fmt.Sprintf("parameters[%d]", index), parameter.Name, err)
			}
		}
	}
	return nil
}

func isSetLater(later []setParameter, parameter setParameter) bool {
	for _, other := range later {
		if other.Name == parameter.Name && other.ForceString == parameter.ForceString {
			return true
		}
	}
	return false
}

func mergeFile(merged *mergedValues, parameter fileParameter, field string, files *files) error {
	file, err := files.resolve(parameter.Path, field+".path")
	if err != nil {
		return err
	}
	read := func([]rune) (any, error) {
		text, err := files.read(file)
		if err != nil {
			return nil, err
		}
		merged.note(text)
		return string(text), nil
	}
	// The path is not in it: it has been resolved, and needs no escape.
	if err := strvals.ParseIntoFile(parameter.Name+"="+path.Base(file.path), merged.values, read); err != nil {
		return setProblem(field, parameter.Name, err)
	}
	return nil
}

// escapeCommas keeps a value from being read as several, unless it is a list: {a,b}.
func escapeCommas(value string) string {
	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
		return value
	}
	var escaped strings.Builder
	for index := range len(value) {
		if value[index] == ',' && (index == 0 || value[index-1] != '\\') {
			escaped.WriteByte('\\')
		}
		escaped.WriteByte(value[index])
	}
	return escaped.String()
}

func inlineProblem(field string, err error) error {
	return &renderer.Problem{
		Code:    "values",
		Message: err.Error(),
		Field:   field,
		Help:    "values are a mapping of names to values, as in values.yaml",
	}
}

func setProblem(field, name string, err error) error {
	if problem, ok := asProblem(err); ok {
		return problem
	}
	return &renderer.Problem{
		Code:    "set",
		Message: fmt.Sprintf("%s cannot be set: %s", name, err),
		Field:   field,
		Help:    "names are as for --set: image.tag, hosts[0].name, and a dot within a name as \\.",
	}
}
