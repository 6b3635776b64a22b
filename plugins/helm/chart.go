package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"

	"gantry.example/sdk/renderer"
)

// depthMax ends a walk that a link leads in a circle.
const depthMax = 64

var utf8BOM = []byte{0xEF, 0xBB, 0xBF}

// loadChart reads a chart from a directory of a tree, as Helm does from one of a disk.
func loadChart(source fs.FS, directory string) (*chart.Chart, error) {
	rules, err := ignoreRules(source, directory)
	if err != nil {
		return nil, err
	}
	files := &chartFiles{source: source, rules: rules, left: archive.MaxDecompressedChartSize}
	if err := files.walk(directory, "", 0); err != nil {
		return nil, err
	}
	loaded, err := loader.LoadFiles(files.found)
	if err != nil {
		return nil, chartProblem(directory, err)
	}
	return loaded, nil
}

func ignoreRules(source fs.FS, directory string) (*ignore.Rules, error) {
	rules := ignore.Empty()
	file := path.Join(directory, ignore.HelmIgnore)
	text, err := fs.ReadFile(source, file)
	if err == nil {
		if rules, err = ignore.Parse(bytes.NewReader(text)); err != nil {
			return nil, &renderer.Problem{
				Code:    "helmignore",
				Message: err.Error(),
				Path:    file,
				Help:    "patterns are those of a shell, one a line; ** is not among them",
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	rules.AddDefaults()
	return rules, nil
}

// chartFiles are the files of a chart that its .helmignore does not leave out.
type chartFiles struct {
	source fs.FS
	rules  *ignore.Rules
	found  []*archive.BufferedFile
	// left is how many bytes more Helm takes.
	left int64
}

// walk takes a directory and those below; inChart is its path from the chart's own.
func (c *chartFiles) walk(directory, inChart string, depth int) error {
	if depth > depthMax {
		return &renderer.Problem{
			Code:    "chart-depth",
			Message: fmt.Sprintf("the chart has more than %d directories within directories", depthMax),
			Path:    directory,
			Help:    "does a symbolic link lead to a directory above it?",
		}
	}
	entries, err := fs.ReadDir(c.source, directory)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		file, name := path.Join(directory, entry.Name()), path.Join(inChart, entry.Name())
		isDirectory := entry.IsDir()
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := fs.Stat(c.source, file)
			if err != nil {
				return &renderer.Problem{
					Code:    "broken-link",
					Message: "the symbolic link leads to nothing in the tree",
					Path:    file,
					Help:    "links must lead to a file or directory of the same repository",
				}
			}
			isDirectory = target.IsDir()
		}
		switch {
		case c.rules.Ignore(name, kind{directory: isDirectory}):
		case isDirectory:
			err = c.walk(file, name, depth+1)
		default:
			err = c.read(file, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *chartFiles) read(file, name string) error {
	content, err := fs.ReadFile(c.source, file)
	if err != nil {
		return err
	}
	if c.left -= int64(len(content)); c.left < 0 {
		return &renderer.Problem{
			Code:    "chart-size",
			Message: fmt.Sprintf("the chart has more than %d MiB", archive.MaxDecompressedChartSize>>20),
			Path:    file,
			Help:    "leave out by .helmignore what is no part of the chart",
		}
	}
	content = bytes.TrimPrefix(content, utf8BOM)
	c.found = append(c.found, &archive.BufferedFile{Name: name, Data: content})
	return nil
}

// kind is all that the rules of .helmignore ask of a file.
type kind struct {
	fs.FileInfo
	directory bool
}

func (k kind) IsDir() bool { return k.directory }
