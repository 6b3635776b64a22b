package renderer

import (
	"encoding/json"
	"io/fs"
)

// Request is what a render is for. A test fills in what it needs.
type Request struct {
	// Application is the application's metadata.name.
	Application string
	// Namespace is where objects without one go. Empty: the application names none.
	Namespace string
	// KubeVersion is the target cluster's, such as "1.35.4"; empty when no cluster is known.
	KubeVersion string
	// Parameters are a JSON object, checked against the plugin's schema. See [Request.Decode].
	Parameters json.RawMessage
	// Source is the whole source tree, read-only. It is also there for plain file calls, at /src.
	Source fs.FS
	// Path is the application's directory in Source; "." for its root.
	Path string
	// Facts answers [Request.Revision] and [Request.APIVersions]; nil answers nothing.
	Facts Facts
	// Outside answers [Request.Download] and [Request.Chart]; nil hands over nothing.
	Outside Outside
}

// Facts are what changes more often than most renders need to know: the host renders again what asked.
type Facts interface {
	// Revision is the commit that the tree was read from; empty for a plain directory.
	Revision() string
	// APIVersions has every kind that the target cluster serves, as "apps/v1/Deployment".
	APIVersions() []string
}

// Outside hands over what lies outside of the application's source.
type Outside interface {
	// Download gets one file over http or https. The error is a [Withheld].
	Download(url string) ([]byte, error)
	// Chart gets the files of a chart, by their paths in it. The error is a [Withheld].
	Chart(repository, name, version string) (map[string][]byte, error)
}

// Withheld says why the host does not hand something over.
type Withheld struct {
	// Refused: a rule of the application's project or of the host forbids it. Otherwise it could not be
	// fetched, or does not exist.
	Refused bool
	// Reason is the rule, or what failed.
	Reason string
}

func (w Withheld) Error() string {
	return w.Reason
}

// Download gets one file over http or https, if the application's project allows the place.
func (r *Request) Download(url string) ([]byte, error) {
	if r.Outside == nil {
		return nil, Withheld{Refused: true, Reason: url + ": nothing is downloaded here"}
	}
	return r.Outside.Download(url)
}

// Chart gets the files of a chart, by their paths in it, from a Helm repository or an OCI registry, if the
// application's project allows the place. The version may be a range; empty is the newest.
func (r *Request) Chart(repository, name, version string) (map[string][]byte, error) {
	if r.Outside == nil {
		return nil, Withheld{Refused: true, Reason: repository + ": no chart is fetched here"}
	}
	return r.Outside.Chart(repository, name, version)
}

// Revision is the commit that the tree was read from; empty for a plain directory. A plugin that asks
// for it renders anew for each commit.
func (r *Request) Revision() string {
	if r.Facts == nil {
		return ""
	}
	return r.Facts.Revision()
}

// APIVersions has every kind that the target cluster serves, as "apps/v1/Deployment". A plugin that
// asks for them renders anew whenever a kind is added to the cluster.
func (r *Request) APIVersions() []string {
	if r.Facts == nil {
		return nil
	}
	return r.Facts.APIVersions()
}

// Decode puts the parameters into a struct. Fields of parameters that are not given keep what the
// struct held before: its defaults.
func (r *Request) Decode(parameters any) error {
	if len(r.Parameters) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Parameters, parameters); err != nil {
		return &Problem{
			Code:    "parameters",
			Message: err.Error(),
			Help:    "the plugin's schema and its struct of parameters disagree: tell its author",
		}
	}
	return nil
}
