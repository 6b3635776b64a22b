package main

import (
	"os"
	"strings"
)

// readLists reads from client-go's schema what server-side apply makes of lists and maps: `set`,
// `atomic`, or the keys of a list's items. A granular map has no entry. By "TYPE FIELD", or by "TYPE" alone
// where every field of the type is one value.
func readLists(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lists := map[string]string{}
	var typ, field, relation string
	var keys []string
	inKeys, isList, isMap := false, false, false
	finish := func() {
		switch {
		case field == "" || (!isList && !isMap):
		case relation == "atomic":
			lists[typ+" "+field] = "atomic"
		case isList && len(keys) > 0:
			lists[typ+" "+field] = strings.Join(keys, ",")
		case isList && relation == "associative":
			lists[typ+" "+field] = "set"
		}
		field, relation, keys, inKeys, isList, isMap = "", "", nil, false, false, false
	}
	for _, line := range strings.Split(string(data), "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		word := strings.TrimSpace(line)
		switch {
		case indent == 0 && strings.HasPrefix(word, "- name: "):
			finish()
			typ = strings.TrimPrefix(word, "- name: ")
		case indent == 4 && strings.HasPrefix(word, "- name: "):
			finish()
			field = strings.TrimPrefix(word, "- name: ")
		case indent == 4 && word == "elementRelationship: atomic":
			finish()
			lists[typ] = "atomic"
		case indent == 8 && word == "list:":
			isList = true
		case indent == 8 && word == "map:":
			isMap = true
		case indent == 10 && strings.HasPrefix(word, "elementRelationship: "):
			relation = strings.TrimPrefix(word, "elementRelationship: ")
		case indent == 10 && word == "keys:":
			inKeys = true
		case inKeys && indent == 10 && strings.HasPrefix(word, "- "):
			keys = append(keys, strings.TrimPrefix(word, "- "))
		case indent == 8 && strings.HasPrefix(word, "elementRelationship: "):
			relation, isMap = strings.TrimPrefix(word, "elementRelationship: "), true
		}
	}
	finish()
	return lists, nil
}
