package cli

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// A page is in the language of man pages: the signs of a sentence are escaped, and a word in bold ends.
func TestAManPageHasEveryFlagAndNoLooseSign(t *testing.T) {
	p := &program{}
	for _, c := range available(p.root()) {
		var b strings.Builder
		if err := p.page(c, &b); err != nil {
			t.Fatal(err)
		}
		text, name := b.String(), c.CommandPath()
		for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SEE ALSO"} {
			if !strings.Contains(text, "\n.SH "+section+"\n") {
				t.Errorf("%s has no %s", name, section)
			}
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(text, escaped("--"+f.Name)) {
				t.Errorf("%s doesn't tell of --%s", name, f.Name)
			}
		})
		if begun, ended := strings.Count(text, `\fB`)+strings.Count(text, `\fI`), strings.Count(text, `\fP`); begun != ended || strings.Contains(text, "`") {
			t.Errorf("%s: %d words begin in bold or italics, %d end:\n%s", name, begun, ended, text)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ". ") {
				t.Errorf("%s: %q would be a request", name, line)
			}
		}
	}
}
