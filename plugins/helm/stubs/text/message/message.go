// Package message writes messages as they are: the tables of all languages are much of what they would
// be translated with.
package message

import (
	"fmt"
	"strconv"

	"golang.org/x/text/language"
)

// Printer writes messages.
type Printer struct{}

// NewPrinter makes one.
func NewPrinter(language.Tag) *Printer {
	return &Printer{}
}

// Sprintf is that of fmt, but for large numbers, which have all their digits.
func (*Printer) Sprintf(format string, arguments ...any) string {
	for index, argument := range arguments {
		if number, ok := argument.(float64); ok {
			arguments[index] = strconv.FormatFloat(number, 'f', -1, 64)
		}
	}
	return fmt.Sprintf(format, arguments...)
}
