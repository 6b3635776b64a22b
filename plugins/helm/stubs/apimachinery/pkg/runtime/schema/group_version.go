// Package schema names kinds.
package schema

// GroupVersion is a group with its version; the core group has no name.
type GroupVersion struct {
	Group   string
	Version string
}

// String is the form of an object's apiVersion.
func (gv GroupVersion) String() string {
	if gv.Group == "" {
		return gv.Version
	}
	return gv.Group + "/" + gv.Version
}

// GroupVersionKind would be the kind that is looked up.
type GroupVersionKind struct {
	Group   string
	Version string
	Kind    string
}

// GroupVersion is its group with its version.
func (gvk GroupVersionKind) GroupVersion() GroupVersion {
	return GroupVersion{Group: gvk.Group, Version: gvk.Version}
}

// String is for the log.
func (gvk GroupVersionKind) String() string {
	return gvk.GroupVersion().String() + ", Kind=" + gvk.Kind
}

// GroupVersionResource would be where a kind is looked up.
type GroupVersionResource struct {
	Group    string
	Version  string
	Resource string
}

// FromAPIVersionAndKind is never called, since nothing is looked up.
func FromAPIVersionAndKind(apiVersion, kind string) GroupVersionKind {
	return GroupVersionKind{Version: apiVersion, Kind: kind}
}
