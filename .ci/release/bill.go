package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// bill writes a program's bill of materials in CycloneDX's format. It lists the modules that Go's linker recorded in
// the program, with their versions and their checksums in go.sum.
func bill(s source, arch, program, to string) (path string, err error) {
	built, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	self := cdx.Component{
		BOMRef: "berth", Type: cdx.ComponentTypeApplication, Name: "berth", Version: s.version,
		Properties: &[]cdx.Property{{Name: "go", Value: built.GoVersion}, {Name: "architecture", Value: arch}, {Name: "commit", Value: s.commit}},
	}
	var parts []cdx.Component
	var needs []string
	for _, m := range built.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if strings.HasPrefix(m.Path, ".") { // a folder of ours
			continue
		}
		name := "pkg:golang/" + m.Path + "@" + m.Version
		parts = append(parts, cdx.Component{
			BOMRef: name, Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version, PackageURL: name,
			Properties: &[]cdx.Property{{Name: "go.sum", Value: m.Sum}},
		})
		needs = append(needs, name)
	}
	if len(parts) == 0 {
		return "", fmt.Errorf("%s doesn't say what it was built of", program)
	}
	b := cdx.NewBOM()
	b.Metadata = &cdx.Metadata{Timestamp: s.at.Format(time.RFC3339), Component: &self}
	b.Components = &parts
	b.Dependencies = &[]cdx.Dependency{{Ref: self.BOMRef, Dependencies: &needs}}
	path = filepath.Join(to, "berth-"+s.debian()+"-linux-"+arch+".cdx.json")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(cdx.NewBOMEncoder(f, cdx.BOMFileFormatJSON).SetPretty(true).Encode(b), f.Close())
}
