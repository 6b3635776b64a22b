package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"gantry.example/sdk/renderer"
)

// journal turns what Helm writes into its log into warnings.
type journal struct {
	warnings []renderer.Problem
}

// openJournal makes a new one the log of this process, which renders one chart.
func openJournal() *journal {
	opened := &journal{}
	slog.SetDefault(slog.New(opened))
	return opened
}

func (j *journal) warn(code, field, message string) {
	j.warnings = append(j.warnings, renderer.Problem{Code: code, Message: message, Field: field})
}

// Enabled is part of [slog.Handler]. Packages that know no levels log as if for information.
func (j *journal) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

// Handle is part of [slog.Handler].
func (j *journal) Handle(_ context.Context, record slog.Record) error {
	message, warns := cutWarning(record.Message)
	if !warns && record.Level < slog.LevelWarn {
		return nil
	}
	record.Attrs(func(attribute slog.Attr) bool {
		message += ", " + attribute.String()
		return true
	})
	told := renderer.Problem{Code: "helm", Message: message}
	if !slices.Contains(j.warnings, told) {
		j.warnings = append(j.warnings, told)
	}
	return nil
}

// WithAttrs is part of [slog.Handler]; Helm calls it nowhere in a render.
func (j *journal) WithAttrs([]slog.Attr) slog.Handler { return j }

// WithGroup is part of [slog.Handler]; Helm calls it nowhere in a render.
func (j *journal) WithGroup(string) slog.Handler { return j }

// cutWarning knows the warnings of packages that have no levels.
func cutWarning(message string) (string, bool) {
	for _, prefix := range []string{"warning: ", "Warning: ", "WARNING: "} {
		if rest, found := strings.CutPrefix(message, prefix); found {
			return strings.TrimSpace(rest), true
		}
	}
	return strings.TrimSpace(message), false
}
