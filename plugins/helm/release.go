package main

import (
	"fmt"

	"helm.sh/helm/v4/pkg/chart/common"
	commonutil "helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"

	"gantry.example/sdk/renderer"
)

// namespaceDefault is where `helm template` puts a release when nothing says otherwise.
const namespaceDefault = "default"

// render does what `helm template` does with the arguments that Argo CD gives it.
func render(request *renderer.Request) (*renderer.Rendering, error) {
	var parameters parameters
	if err := request.Decode(&parameters); err != nil {
		return nil, err
	}
	seedRandom()
	journal := openJournal()
	values, err := mergeValues(&parameters, &files{request: request})
	if err != nil {
		return nil, err
	}
	loaded, err := loadChart(request.Source, request.Path)
	if err != nil {
		return nil, err
	}
	if err := installable(loaded, request.Path, journal); err != nil {
		return nil, err
	}
	if err := addDependencies(request, loaded); err != nil {
		return nil, err
	}
	if parameters.Version != "" && parameters.Version != "v3" && parameters.Version != "3" {
		journal.warn("helm-version", "version", fmt.Sprintf("version %q has no effect: Helm 4 renders", parameters.Version))
	}
	files, err := renderTemplates(request, &parameters, loaded, values)
	if err != nil {
		return nil, err
	}
	documents, err := documents(request.Path, &parameters, loaded, files)
	if err != nil {
		return nil, err
	}
	return &renderer.Rendering{Documents: documents, Warnings: journal.warnings}, nil
}

// installable refuses what `helm template` refuses before it renders.
func installable(loaded *chart.Chart, directory string, journal *journal) error {
	metadata := loaded.Metadata
	if metadata.Type != "" && metadata.Type != "application" {
		return &renderer.Problem{
			Code:    "not-installable",
			Message: metadata.Type + " charts are not installable",
			Path:    chartFile(directory),
			Help:    "name a chart of type application, which may depend on this one",
		}
	}
	if metadata.Deprecated {
		journal.warn("deprecated-chart", "", "the chart "+metadata.Name+" is deprecated")
	}
	return nil
}

// renderTemplates gives each template's text by the template's path.
func renderTemplates(request *renderer.Request, parameters *parameters, loaded *chart.Chart, values *mergedValues) (map[string]string, error) {
	release := common.ReleaseOptions{
		Name:      or(parameters.ReleaseName, request.Application),
		Namespace: or(parameters.Namespace, request.Namespace, namespaceDefault),
		Revision:  1,
		IsInstall: true,
	}
	if err := chartutil.ValidateReleaseName(release.Name); err != nil {
		return nil, &renderer.Problem{
			Code:    "release-name",
			Message: fmt.Sprintf("release name %q: %s", release.Name, err),
			Field:   "releaseName",
			Help:    "set spec.source.helm.releaseName; without it, the application's name is the release's",
		}
	}
	if err := chartutil.ProcessDependencies(loaded, values.values); err != nil {
		return nil, chartProblem(request.Path, fmt.Errorf("chart dependencies processing failed: %w", err))
	}
	capabilities, err := capabilities(request, parameters, loaded, values)
	if err != nil {
		return nil, err
	}
	if wanted := loaded.Metadata.KubeVersion; wanted != "" && !chartutil.IsCompatibleRange(wanted, capabilities.KubeVersion.String()) {
		return nil, &renderer.Problem{
			Code:    "kube-version",
			Message: fmt.Sprintf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s", wanted, capabilities.KubeVersion.Version),
			Path:    chartFile(request.Path),
			Help:    "use a version of the chart for this cluster, or set spec.source.helm.kubeVersion",
		}
	}
	top, err := commonutil.ToRenderValuesWithSchemaValidation(loaded, values.values, release, capabilities, parameters.SkipSchemaValidation)
	if err != nil {
		return nil, schemaProblem(request.Path, loaded, err)
	}
	files, err := engine.Engine{}.Render(loaded, top)
	if err != nil {
		return nil, templateProblem(request.Path, loaded, err)
	}
	return files, nil
}

func or(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
