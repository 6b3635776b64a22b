package renderer

import "strings"

// Problem is something that the user can act on. It is an error.
type Problem struct {
	// Code is stable, in kebab-case: what users and tests match on.
	Code    string
	Message string
	// Path is the file to blame, relative to the source tree's root.
	Path string
	// Line and Column, counted from 1, are the place in it. Zero: not known.
	Line, Column uint32
	// Field is the field to blame, as "spec.replicas".
	Field string
	// Help says what to do about it.
	Help string
}

// Error is the message, with its place.
func (p *Problem) Error() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

// failed is the code of errors that are no [Problem].
const failed = "failed"

// problems takes an error apart: those joined, and those wrapped. What says more than the problem
// inside of it keeps its words.
func problems(err error) []Problem {
	switch err := err.(type) {
	case *Problem:
		return []Problem{*err}
	case interface{ Unwrap() []error }:
		var all []Problem
		for _, joined := range err.Unwrap() {
			all = append(all, problems(joined)...)
		}
		return all
	case interface{ Unwrap() error }:
		if inner, ok := err.Unwrap().(*Problem); ok {
			told := *inner
			told.Message = strings.Replace(err.(error).Error(), inner.Error(), inner.Message, 1)
			return []Problem{told}
		}
	}
	return []Problem{{Code: failed, Message: err.Error()}}
}
