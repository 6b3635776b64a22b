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

// wireHanded is a result of something or withheld. What is handed over begins in first: a list with its
// address and length, or a handle. Of what is withheld, first is the case, then address and length of
// its reason follow.
type wireHanded struct {
	_      structs.HostLayout
	failed bool
	first  uint32
	second uint32
	third  uint32
}

// withheld is nil where it was handed over.
func (w *wireHanded) withheld() error {
	if !w.failed {
		return nil
	}
	// The host writes one byte for the case.
	refused := uint8(w.first) == 0
	return Withheld{Refused: refused, Reason: abi.LiftText(abi.TextAt(w.second, w.third))}
}

func (w *wireHanded) bytes() []byte {
	return abi.LiftBytes(abi.ListAt(w.first, w.second))
}

// wireFiles is result<list<file>, read-error>, whose cases are as wide as the largest of the errors.
type wireFiles struct {
	_      structs.HostLayout
	failed bool
	_      [7]byte
	files  abi.List
	_      uint64
}

type wireFile struct {
	_       structs.HostLayout
	path    abi.Text
	content abi.List
}

func (w *wireFiles) lift() map[string][]byte {
	files := map[string][]byte{}
	for _, file := range abi.LiftList[wireFile](w.files) {
		files[abi.LiftText(file.path)] = abi.LiftBytes(file.content)
	}
	return files
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
