package main

import (
	"errors"
	"fmt"
	"strings"

	"gantry.example/sdk/renderer"
)

// parse reads lines of KEY=VALUE. Empty lines and those that start with # are skipped.
func parse(file, text string) (map[string]string, error) {
	data := map[string]string{}
	var problems []error
	for index, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		place := renderer.Problem{Path: file, Line: uint32(index) + 1, Column: 1}
		key, value, found := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		if !found || key == "" {
			place.Code = "no-key"
			place.Message = fmt.Sprintf("%q is no KEY=VALUE", line)
			place.Help = "write KEY=VALUE, or # before a comment"
			problems = append(problems, &place)
			continue
		}
		if _, twice := data[key]; twice {
			place.Code = "double-key"
			place.Message = fmt.Sprintf("%s is there twice", key)
			place.Help = "keep one of the lines"
			problems = append(problems, &place)
		}
		data[key] = strings.TrimSpace(value)
	}
	return data, errors.Join(problems...)
}
