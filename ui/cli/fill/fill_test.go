package fill

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"text/template"
)

const object = `{"id": 123456789012345678, "label": "a <b>", "price": 0.25, "zero": 0, "no": false, "yes": true, "none": null,
	"list": ["x", "y", "z"], "empty": [], "ports": {"22/tcp": [{"HostPort": "40001"}], "80/tcp": []}, "gpus": [1, 3]}`

// reference is what text/template makes of a template.
func reference(t *testing.T, text string) (string, error) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(object))
	d.UseNumber()
	var data any
	if err := d.Decode(&data); err != nil {
		t.Fatal(err)
	}
	parsed, err := template.New("-o").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = parsed.Execute(&b, data)
	return b.String(), err
}

func filled(text string) (string, error) {
	parsed, err := Parse("-o", text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = parsed.Fill(&b, []byte(object))
	return b.String(), err
}

func TestATemplateIsFilledAsTextTemplateFillsIt(t *testing.T) {
	for _, text := range []string{
		"", "plain", "{{/* only a comment */}}", "{{.id}} {{.label}} {{.price}} {{.yes}} {{.none}} {{.list}} {{.ports}}",
		"{{$.id}}", "{{.}}", "{{(.ports).empty}}", `{{(index .ports "22/tcp" 0).HostPort}}`, `{{index .list 1}}{{index .list 7}}`, `{{index .ports "none"}}`,
		"{{if .list}}yes{{else}}no{{end}}", "{{if .empty}}yes{{else if .none}}none{{else}}no{{end}}", "{{if not .no}}1{{end}}",
		"{{with .label}}{{.}}{{$.id}}{{else}}-{{end}}", "{{with .none}}x{{else with .list}}{{len .}}{{end}}",
		"{{range .list}}<{{.}}>{{end}}", "{{range .empty}}x{{else}}none{{end}}", "{{range $i, $e := .list}}{{$i}}={{$e}} {{end}}", "{{range $e := .list}}{{$e}}{{end}}",
		"{{range $name, $at := .ports}}{{$name}}:{{range $at}}{{.HostPort}}{{end}};{{end}}",
		"{{range .list}}{{if eq . \"y\"}}{{break}}{{end}}{{.}}{{end}}", "{{range .list}}{{if eq . \"y\"}}{{continue}}{{end}}{{.}}{{end}}",
		"{{$n := 1}}{{range .list}}{{$n = .}}{{end}}{{$n}}", "{{$x := .id}}{{if .yes}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "{{range 3}}{{.}}{{end}}", "{{range .label}}x{{end}}",
		"{{$i := 9}}{{$e := 9}}{{range $i, $e = .list}}{{$i}}{{$e}}{{end}}{{$i}}{{$e}}",
		`{{.label | printf "%s|%q"  "a"}}`, `{{printf "%5.1f|%v" 2.5 .list}}`, `{{printf "%s" .id}}`, `{{print 1 2 "x" .id}}`, `{{println .label}}`,
		"{{.label | html}} {{.label | urlquery}} {{.label | js}}", "{{len .list}} {{len .label}} {{len .ports}}", "{{len .id}}", "{{slice .label 2 3}}{{slice .list 1}}", "{{slice .list 2 1}}",
		`{{eq .label "a <b>"}} {{eq .label "x" "a <b>"}} {{ne .label "x"}} {{lt 1 2}}{{le 2 2}}{{gt 1 2}}{{ge "b" "a"}}`, `{{and .yes .none}} {{or .none .label}} {{or .no .none}}`, `{{and .no .nope}}`,
		`{{define "row"}}<{{.}}>{{end}}{{template "row" .id}}{{range .list}}{{template "row" .}}{{end}}`, `{{define "row"}}{{end}}`, `{{template "none"}}`, `{{block "b" .id}}{{.}}{{end}}`,
		`{{define "r"}}{{template "r"}}{{end}}{{template "r"}}`,
		"{{.nope}}", "{{.label.x}}", "{{.none.x}}", "{{.id 1}}", "{{nope}}", "{{.", "{{if}}{{end}}", "{{break}}", "{{true}} {{nil | print}}", "{{1.5}} {{'a'}} {{- .id -}} x", "{{len}}", "{{eq 1}}",
		"{{print `raw`}}", "{{.list | len | printf \"%03d\"}}", "{{not}}", "{{and}}", "{{index}}", "{{lt .list 1}}", "{{printf}}",
	} {
		want, wrong := reference(t, text)
		got, err := filled(text)
		if (err == nil) != (wrong == nil) || err == nil && got != want {
			t.Errorf("%s:\ngot  %q, %v\nwant %q, %v", text, got, err, want, wrong)
		}
	}
}

// To text/template a number that comes from JSON is a text.
func TestANumberOfJSONIsANumber(t *testing.T) {
	for text, want := range map[string]string{
		"{{if .zero}}yes{{else}}no{{end}}": "no", "{{eq .price 0.25}}": "true", "{{lt .price 1}}": "true", `{{printf "%d %.1f %s" .id .price .id}}`: "123456789012345678 0.2 123456789012345678",
		"{{index .list (index .gpus 0)}}": "y", "{{range .zero}}x{{end}}": "", "{{gt (index .gpus 1) (index .gpus 0)}}": "true",
	} {
		if got, err := filled(text); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}
