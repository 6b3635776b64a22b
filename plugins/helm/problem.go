package main

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	chart "helm.sh/helm/v4/pkg/chart/v2"

	"gantry.example/sdk/renderer"
)

// What is kept of a long message.
const (
	headBytes = 800
	tailBytes = 300
)

var (
	// templatePlace is a place in a template, as text/template and Helm write it. A chart's name starts it.
	templatePlace = regexp.MustCompile(`([^\s():"<>]+/[^\s():"<>]+):(\d+)(?::(\d+))?`)
	// yamlLine is a place in a text, as go-yaml writes it.
	yamlLine = regexp.MustCompile(`\bline (\d+)`)
	// manifestFile is the template whose output Helm cannot read.
	manifestFile = regexp.MustCompile(`error on ([^\s:]+)`)
	// chartPart is the file that Helm cannot load.
	chartPart = regexp.MustCompile(`cannot load ([^\s:]+)`)
)

func asProblem(err error) (*renderer.Problem, bool) {
	var problem *renderer.Problem
	return problem, errors.As(err, &problem)
}

// templateProblem is an error of the engine, at the first place that it names within the chart.
func templateProblem(directory string, loaded *chart.Chart, err error) error {
	problem := &renderer.Problem{
		Code:    "template",
		Message: shorten(err.Error()),
		Path:    path.Join(directory, "templates"),
		Help:    "correct the template, or the value that it asks for",
	}
	for _, place := range templatePlace.FindAllStringSubmatch(problem.Message, -1) {
		if strings.HasPrefix(place[1], loaded.Name()+"/") {
			problem.Path = inTree(directory, place[1])
			problem.Line = number(place[2])
			if place[3] != "" {
				// Helm counts columns from 0.
				problem.Column = number(place[3]) + 1
			}
			break
		}
	}
	if strings.HasPrefix(problem.Message, "execution error at (") {
		problem.Code = "template-fails"
		problem.Help = "the chart itself says so: give the values that it asks for"
	}
	return problem
}

// manifestProblem is a template that renders to no YAML.
func manifestProblem(directory string, loaded *chart.Chart, err error) error {
	problem := &renderer.Problem{
		Code:    "rendered-yaml",
		Message: err.Error(),
		Path:    path.Join(directory, "templates"),
		Help:    "the line is that of the rendered text: `helm template --debug` shows it",
	}
	if file := manifestFile.FindStringSubmatch(problem.Message); file != nil {
		problem.Path = inTree(directory, file[1])
	}
	return problem
}

// shorten keeps both ends of what a template that includes itself is told.
func shorten(message string) string {
	if len(message) <= headBytes+tailBytes {
		return message
	}
	return message[:headBytes] + "\n…\n" + message[len(message)-tailBytes:]
}

// schemaProblem are values that the schema of a chart, or of one that it depends on, forbids.
func schemaProblem(directory string, loaded *chart.Chart, err error) error {
	problem := &renderer.Problem{
		Code:    "values-schema",
		Message: strings.TrimSpace(err.Error()),
		Path:    path.Join(directory, "values.schema.json"),
		Help:    "give values that the schema allows, or set spec.source.helm.skipSchemaValidation",
	}
	if loaded.Schema == nil {
		problem.Path = path.Join(directory, "charts")
	}
	if strings.Contains(problem.Message, "HTTP request") {
		problem.Code = "remote-schema"
		problem.Help = "a schema cannot refer to a URL: nothing is fetched in a render; set skipSchemaValidation"
	}
	return problem
}

// chartProblem is a chart that cannot be loaded.
func chartProblem(directory string, err error) error {
	problem := &renderer.Problem{
		Code:    "chart",
		Message: err.Error(),
		Path:    chartFile(directory),
		Help:    "`helm lint` tells more of the chart",
	}
	if file := chartPart.FindStringSubmatch(problem.Message); file != nil && !strings.Contains(problem.Message, "error unpacking") {
		problem.Path = path.Join(directory, file[1])
		problem.Line = lineOf(problem.Message)
	}
	return problem
}

// yamlProblem is a file that is no YAML, or no mapping.
func yamlProblem(code, file string, err error) error {
	return &renderer.Problem{
		Code:    code,
		Message: err.Error(),
		Path:    file,
		Line:    lineOf(err.Error()),
		Help:    "the file must be a YAML mapping",
	}
}

func lineOf(message string) uint32 {
	if line := yamlLine.FindStringSubmatch(message); line != nil {
		return number(line[1])
	}
	return 0
}

func number(digits string) uint32 {
	parsed, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0
	}
	return uint32(parsed)
}

// reason is what went wrong with a file, without the call that failed.
func reason(err error) string {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err.Error()
	}
	return err.Error()
}
