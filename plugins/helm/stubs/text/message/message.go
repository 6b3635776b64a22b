// Package message writes messages in English, without the tables of all languages.
package message

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// Printer writes messages.
type Printer struct{}

// NewPrinter makes one.
func NewPrinter(language.Tag) *Printer {
	return &Printer{}
}

// Sprintf is that of fmt, but for numbers, whose digits are in groups of three.
func (*Printer) Sprintf(format string, arguments ...any) string {
	written := make([]any, len(arguments))
	for index, argument := range arguments {
		switch number := argument.(type) {
		case int:
			argument = grouped(strconv.Itoa(number))
		case float64:
			argument = grouped(strconv.FormatFloat(number, 'f', -1, 64))
		}
		written[index] = argument
	}
	return fmt.Sprintf(format, written...)
}

// grouped is a number's digits, whatever verb it is written with.
type grouped string

// Format is part of [fmt.Formatter].
func (g grouped) Format(state fmt.State, _ rune) {
	digits, sign := strings.CutPrefix(string(g), "-")
	if sign {
		_, _ = io.WriteString(state, "-")
	}
	whole, fraction, hasFraction := strings.Cut(digits, ".")
	for index, digit := range whole {
		if index > 0 && (len(whole)-index)%3 == 0 {
			_, _ = io.WriteString(state, ",")
		}
		_, _ = io.WriteString(state, string(digit))
	}
	if hasFraction {
		_, _ = io.WriteString(state, "."+fraction)
	}
}
