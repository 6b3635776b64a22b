package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"gantry.example/sdk/renderer"
)

// files are what the application's parameters name: files of the tree, or of a URL. The host has put the
// values of Argo CD's build environment in.
type files struct {
	request *renderer.Request
}

// valueFile is a file that the application names.
type valueFile struct {
	path string
	// isURL: path is one.
	isURL bool
	// field is the parameter that names it.
	field string
}

// valueFiles are the files that the patterns name, each once and in Argo CD's order: a file that is
// also named without a glob stays where it is named.
func (f *files) valueFiles(patterns []string, ignoreMissing bool) ([]valueFile, error) {
	resolved := make([]valueFile, len(patterns))
	explicit := map[string]bool{}
	for index, pattern := range patterns {
		file, err := f.resolve(pattern, fmt.Sprintf("valueFiles[%d]", index))
		if err != nil {
			return nil, err
		}
		resolved[index] = file
		if !file.isGlob() {
			explicit[file.path] = true
		}
	}
	var found []valueFile
	taken := map[string]bool{}
	take := func(file valueFile) {
		if !taken[file.path] {
			taken[file.path] = true
			found = append(found, file)
		}
	}
	for _, file := range resolved {
		if !file.isGlob() {
			if !ignoreMissing || file.isURL || f.exists(file.path) {
				take(file)
			}
			continue
		}
		matches, err := f.glob(file)
		if err != nil {
			return nil, err
		}
		if len(matches) == 0 && !ignoreMissing {
			return nil, missingFile(file, "no value file matches the glob")
		}
		for _, match := range matches {
			if !explicit[match] {
				take(valueFile{path: match, field: file.field})
			}
		}
	}
	return found, nil
}

// resolve says where in the tree the file lies that an application names.
func (f *files) resolve(name, field string) (valueFile, error) {
	root, name, err := f.splitRef(name, field)
	if err != nil {
		return valueFile{}, err
	}
	if remote, err := url.Parse(name); err == nil && remote.Scheme != "" {
		return valueFile{path: name, isURL: true, field: field}, nil
	}
	full := path.Join(f.request.Path, name)
	if root != "" || strings.HasPrefix(name, "/") {
		full = path.Join(".", root, name)
	}
	if full == ".." || strings.HasPrefix(full, "../") || (root != "" && full != root && !strings.HasPrefix(full, root+"/")) {
		return valueFile{}, &renderer.Problem{
			Code:    "outside",
			Message: fmt.Sprintf("file %q is outside of the repository", name),
			Field:   field,
			Help:    "paths are relative to the chart's directory; with a leading slash, to the repository",
		}
	}
	return valueFile{path: full, field: field}, nil
}

// splitRef cuts $ref off $ref/path, where another source of the application lies in the tree under
// that very name.
func (f *files) splitRef(name, field string) (root, rest string, err error) {
	if !strings.HasPrefix(name, "$") {
		return "", name, nil
	}
	ref, rest, _ := strings.Cut(name, "/")
	if info, err := fs.Stat(f.request.Source, ref); err == nil && info.IsDir() {
		return ref, rest, nil
	}
	return "", "", &renderer.Problem{
		Code:    "unknown-ref",
		Message: fmt.Sprintf("no source of the application has the ref %q", ref[1:]),
		Field:   field,
		Help:    "spec.sources[].ref names a source; the file is looked for in that source",
	}
}

// isGlob tells as Argo CD does.
func (v valueFile) isGlob() bool {
	return !v.isURL && strings.ContainsAny(v.path, "*?[")
}

// glob are the files that match, in byte order.
func (f *files) glob(file valueFile) ([]string, error) {
	matches, err := doublestar.Glob(f.request.Source, file.path)
	if err != nil {
		return nil, &renderer.Problem{
			Code:    "glob",
			Message: fmt.Sprintf("%s: %s", file.path, err),
			Field:   file.field,
			Help:    "*, ? and [a-z] stay within a name, ** crosses directories",
		}
	}
	return matches, nil
}

func (f *files) exists(file string) bool {
	_, err := fs.Stat(f.request.Source, file)
	return !errors.Is(err, fs.ErrNotExist)
}

func (f *files) read(file valueFile) ([]byte, error) {
	if file.isURL {
		return f.download(file)
	}
	text, err := fs.ReadFile(f.request.Source, file.path)
	switch {
	case err == nil:
		return text, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, missingFile(file, "the file is not there")
	default:
		return nil, &renderer.Problem{Code: "unreadable", Message: reason(err), Path: file.path, Field: file.field}
	}
}

func (f *files) download(file valueFile) ([]byte, error) {
	text, err := f.request.Download(file.path)
	if err != nil {
		return nil, &renderer.Problem{
			Code:    "remote-file",
			Message: err.Error(),
			Field:   file.field,
			Help:    "check the URL, and whether the project permits it; a file of the repository is always there",
		}
	}
	return text, nil
}

func missingFile(file valueFile, message string) error {
	return &renderer.Problem{
		Code:    "values-file-missing",
		Message: message,
		Path:    file.path,
		Field:   file.field,
		Help:    "correct the path, which is relative to the chart's directory, or set ignoreMissingValueFiles",
	}
}
