// Package runtime has the one name that Helm's release mentions.
package runtime

// Object would be an object of a cluster: a release that is only rendered has none.
type Object interface{}
