package renderer

import (
	"structs"

	"gantry.example/sdk/internal/abi"
)

const (
	severityError = iota
	severityWarning
)

const (
	bodyJSON = iota
	bodyYAML
)

type wirePosition struct {
	_      structs.HostLayout
	line   uint32
	column uint32
}

type wireSpan struct {
	_     structs.HostLayout
	path  abi.Text
	start abi.Option[wirePosition]
}

type wireDiagnostic struct {
	_        structs.HostLayout
	severity uint8
	code     abi.Text
	message  abi.Text
	span     abi.Option[wireSpan]
	field    abi.Option[abi.Text]
	help     abi.Option[abi.Text]
}

type wireOrigin struct {
	_    structs.HostLayout
	path abi.Text
	line uint32
}

type wireDocument struct {
	_        structs.HostLayout
	bodyKind uint8
	body     abi.Text
	origin   abi.Option[wireOrigin]
}

// wireResult is result<rendering, list<diagnostic>>: the problems lie where the documents would.
type wireResult struct {
	_         structs.HostLayout
	failed    bool
	documents abi.List
	warnings  abi.List
}

// wireDownload is result<list<u8>, withheld>. Of a list, first and second are address and length; of
// what is withheld, first is the case, then address and length of its reason follow.
type wireDownload struct {
	_      structs.HostLayout
	failed bool
	first  uint32
	second uint32
	third  uint32
}

func (w *wireDownload) lift() ([]byte, error) {
	if w.failed {
		// The host writes one byte for the case.
		refused := uint8(w.first) == 0
		return nil, Withheld{Refused: refused, Reason: abi.LiftText(abi.TextAt(w.second, w.third))}
	}
	return abi.LiftBytes(abi.ListAt(w.first, w.second)), nil
}

func lowerResult(rendering *Rendering, err error) *wireResult {
	if err != nil {
		return &wireResult{failed: true, documents: lowerProblems(problems(err), severityError)}
	}
	if rendering == nil {
		rendering = &Rendering{}
	}
	documents := make([]wireDocument, len(rendering.Documents))
	for index, document := range rendering.Documents {
		documents[index] = lowerDocument(document)
	}
	return &wireResult{
		documents: abi.LowerList(documents),
		warnings:  lowerProblems(rendering.Warnings, severityWarning),
	}
}

func lowerDocument(document Document) wireDocument {
	lowered := wireDocument{bodyKind: bodyYAML, body: abi.LowerText(document.YAML)}
	if document.JSON != "" {
		lowered.bodyKind, lowered.body = bodyJSON, abi.LowerText(document.JSON)
	}
	if document.Path != "" {
		lowered.origin.Present = true
		lowered.origin.Value = wireOrigin{path: abi.LowerText(document.Path), line: max(document.Line, 1)}
	}
	return lowered
}

func lowerProblems(problems []Problem, severity uint8) abi.List {
	lowered := make([]wireDiagnostic, len(problems))
	for index, problem := range problems {
		lowered[index] = wireDiagnostic{
			severity: severity,
			code:     abi.LowerText(problem.Code),
			message:  abi.LowerText(problem.Message),
			span:     lowerSpan(problem),
			field:    abi.LowerOptional(problem.Field),
			help:     abi.LowerOptional(problem.Help),
		}
	}
	return abi.LowerList(lowered)
}

func lowerSpan(problem Problem) abi.Option[wireSpan] {
	if problem.Path == "" {
		return abi.Option[wireSpan]{}
	}
	span := wireSpan{path: abi.LowerText(problem.Path)}
	if problem.Line != 0 {
		span.start.Present = true
		span.start.Value = wirePosition{line: problem.Line, column: max(problem.Column, 1)}
	}
	return abi.Option[wireSpan]{Present: true, Value: span}
}
