package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"

	"gantry.example/sdk/renderer"
)

// addDependencies gets what Chart.yaml asks for and charts/ does not have, as `helm dependency build` does,
// which Argo CD runs: the versions of Chart.lock where there is one.
func addDependencies(request *renderer.Request, loaded *chart.Chart) error {
	for _, wanted := range loaded.Metadata.Dependencies {
		if isPresent(loaded, wanted) {
			continue
		}
		found, err := dependency(request, wanted, locked(loaded.Lock, wanted))
		if err != nil {
			return err
		}
		loaded.AddDependency(found)
	}
	return nil
}

func isPresent(loaded *chart.Chart, wanted *chart.Dependency) bool {
	return slices.ContainsFunc(loaded.Dependencies(), func(found *chart.Chart) bool {
		return found.Name() == wanted.Name
	})
}

// locked is the version of a dependency: that of the lock, else what Chart.yaml asks for.
func locked(lock *chart.Lock, wanted *chart.Dependency) string {
	if lock != nil {
		for _, entry := range lock.Dependencies {
			if entry.Name == wanted.Name && entry.Repository == wanted.Repository {
				return entry.Version
			}
		}
	}
	return wanted.Version
}

func dependency(request *renderer.Request, wanted *chart.Dependency, version string) (*chart.Chart, error) {
	scheme, rest, hasScheme := strings.Cut(wanted.Repository, "://")
	switch {
	case hasScheme && scheme == "file":
		directory := path.Join(request.Path, rest)
		found, err := loadChart(request.Source, directory)
		if _, told := asProblem(err); err != nil && !told {
			return nil, dependencyProblem(request, wanted, directory+": "+reason(err), "file:// is relative to the chart, and stays in the repository")
		}
		return found, err
	case hasScheme:
		return fetched(request, wanted, version)
	case wanted.Repository == "":
		return nil, dependencyProblem(request, wanted, "it is not in charts/, and Chart.yaml names no repository for it",
			"put it into charts/, as a directory or a .tgz file")
	default:
		message := fmt.Sprintf("it is not in charts/, and its repository %q is a name that helm keeps on one machine", wanted.Repository)
		return nil, dependencyProblem(request, wanted, message, "name the repository by its URL, or commit charts/")
	}
}

func fetched(request *renderer.Request, wanted *chart.Dependency, version string) (*chart.Chart, error) {
	files, err := request.Chart(wanted.Repository, wanted.Name, version)
	if err != nil {
		return nil, dependencyProblem(request, wanted, err.Error(),
			"check the repository and the version; what `helm dependency build` puts into charts/ needs no fetch")
	}
	buffered := make([]*archive.BufferedFile, 0, len(files))
	for name, content := range files {
		buffered = append(buffered, &archive.BufferedFile{Name: name, Data: content})
	}
	slices.SortFunc(buffered, func(a, b *archive.BufferedFile) int { return strings.Compare(a.Name, b.Name) })
	loaded, err := loader.LoadFiles(buffered)
	if err != nil {
		return nil, dependencyProblem(request, wanted, err.Error(), "the chart is broken in its repository: tell its author")
	}
	return loaded, nil
}

func dependencyProblem(request *renderer.Request, wanted *chart.Dependency, message, help string) error {
	return &renderer.Problem{
		Code:    "missing-dependencies",
		Message: fmt.Sprintf("dependency %s: %s", wanted.Name, message),
		Path:    chartFile(request.Path),
		Field:   "dependencies",
		Help:    help,
	}
}
