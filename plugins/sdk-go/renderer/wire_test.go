package renderer

import (
	"testing"
	"unsafe"
)

// The figures are those of the canonical ABI for the records of wit/plugin.wit.
func TestRecordsLieWhereTheHostReadsThem(t *testing.T) {
	for _, record := range []struct {
		name        string
		size, wants uintptr
	}{
		{"span", unsafe.Sizeof(wireSpan{}), 20},
		{"diagnostic", unsafe.Sizeof(wireDiagnostic{}), 68},
		{"diagnostic.code", unsafe.Offsetof(wireDiagnostic{}.code), 4},
		{"diagnostic.span", unsafe.Offsetof(wireDiagnostic{}.span), 20},
		{"diagnostic.field", unsafe.Offsetof(wireDiagnostic{}.field), 44},
		{"diagnostic.help", unsafe.Offsetof(wireDiagnostic{}.help), 56},
		{"document", unsafe.Sizeof(wireDocument{}), 28},
		{"document.body", unsafe.Offsetof(wireDocument{}.body), 4},
		{"document.origin", unsafe.Offsetof(wireDocument{}.origin), 12},
		{"result", unsafe.Sizeof(wireResult{}), 20},
		{"result.documents", unsafe.Offsetof(wireResult{}.documents), 4},
		{"result.warnings", unsafe.Offsetof(wireResult{}.warnings), 12},
		{"handed", unsafe.Sizeof(wireHanded{}), 16},
		{"handed.first", unsafe.Offsetof(wireHanded{}.first), 4},
		{"files", unsafe.Sizeof(wireFiles{}), 24},
		{"files.files", unsafe.Offsetof(wireFiles{}.files), 8},
		{"file", unsafe.Sizeof(wireFile{}), 16},
		{"file.content", unsafe.Offsetof(wireFile{}.content), 8},
	} {
		if record.size != record.wants {
			t.Errorf("%s: %d, the interface has %d", record.name, record.size, record.wants)
		}
	}
}

func TestDocumentsAreJSONOrYAML(t *testing.T) {
	for _, c := range []struct {
		document Document
		kind     uint8
		origin   bool
		line     uint32
	}{
		{Document{JSON: "{}"}, bodyJSON, false, 0},
		{Document{YAML: "a: 1"}, bodyYAML, false, 0},
		{Document{YAML: "a: 1", Path: "a.yaml", Line: 7}, bodyYAML, true, 7},
		{Document{YAML: "a: 1", Path: "a.yaml"}, bodyYAML, true, 1},
	} {
		lowered := lowerDocument(c.document)
		if lowered.bodyKind != c.kind || lowered.origin.Present != c.origin || lowered.origin.Value.line != c.line {
			t.Errorf("%+v became %+v", c.document, lowered)
		}
	}
}
