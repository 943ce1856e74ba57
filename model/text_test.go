package model

import (
	"slices"
	"strings"
	"testing"
)

func TestFilesAreReadAsPeopleHaveThem(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"as it should be":              {"a\nb\n", "a\nb\n"},
		"with Windows' line ends":      {"a\r\nb\r\n", "a\nb\n"},
		"with an old Mac's line ends":  {"a\rb", "a\nb"},
		"with a byte order mark":       {"\xef\xbb\xbfa\r\n", "a\n"},
		"with one in UTF-16 and UTF-8": {"\xff\xfe\xff\xfea\x00", "a"},
		"in UTF-16, little end first":  {"\xff\xfea\x00\r\x00\n\x00\xe9\x00", "a\n\u00e9"},
		"in UTF-16, big end first":     {"\xfe\xff\x00a\x00\n", "a\n"},
		"in UTF-16, cut in the middle": {"\xff\xfea\x00b", "a"},
		"in UTF-16 without a mark":     {"a\x00\r\x00\n\x00", "a\n"},
		"so, big end first":            {"\x00a\x00\n", "a\n"},
		"with a zero byte in it":       {"v\x00w", "v\x00w"},
		"with several":                 {"v\x00wxy\x00", "v\x00wxy\x00"},
		"with zero bytes at its end":   {"v\x00\x00\x00", "v\x00\x00\x00"},
		"with nothing in it":           {"", ""},
	} {
		if got := PlainText([]byte(tt.file)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestAFileMayHaveSeveralKeys(t *testing.T) {
	for text, want := range map[string][]string{
		"ssh-ed25519 AAAA a\r\n\r\n# of maria\nssh-rsa AAAA b  \n": {"ssh-ed25519 AAAA a", "ssh-rsa AAAA b"},
		"\xef\xbb\xbfssh-ed25519 AAAA a":                           {"ssh-ed25519 AAAA a"},
		"\"ssh-ed25519 AAAA a\"\n'ssh-rsa\u00a0AAAA b'":            {"ssh-ed25519 AAAA a", "ssh-rsa AAAA b"},
		"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n":                  {"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n"},
		aKey[:40] + "\n" + aKey[40:] + "\n":                        {aKey[:40] + "\n" + aKey[40:] + "\n"},
		"":                                                         {""},
		aKey + " a " + aKey + " b c":                               {aKey + " a", aKey + " b c"},
		aKey + " " + aKey:                                          {aKey, aKey},
		aKey + ` a\n` + aKey + ` b\n`:                              {aKey + " a", aKey + " b"},
		aKey + " of ssh-rsa AAAA b":                                {aKey + " of ssh-rsa AAAA b"},
		"\x01\x02\n\x03\n":                                         {"\x01\x02\n\x03\n"},
	} {
		if got := KeyLines(text); !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

// Values in quotation marks went over lines in files, and were refused or cut when they were pasted.
func TestTheValuesOfAnEnvFileAreReadAsItsWritersMeanThem(t *testing.T) {
	for text, want := range map[string][]Var{
		"KEY=\"-----BEGIN KEY-----\nMIIC abc=\nLD_PRELOAD=/x.so\n-----END KEY-----\"\nTAIL=end": {{"KEY", "-----BEGIN KEY-----\nMIIC abc=\nLD_PRELOAD=/x.so\n-----END KEY-----"}, {"TAIL", "end"}},
		"KEY='a\r\nb # no comment'  # one\r\nB=2\r\n":                                           {{"KEY", "a\nb # no comment"}, {"B", "2"}},
		"\xff\xfeA\x00=\x00\"\x00x\x00\n\x00y\x00\"\x00":                                        {{"A", "x\ny"}},
		`A="x\ny\t\"z\" \$HOME \\ \d"`:                                                          {{"A", "x\ny\t\"z\" $HOME \\ \\d"}},
		`A='x\ny "z"'`:                                                                          {{"A", `x\ny "z"`}},
		"A=`x 'y' \"z\"`":                                                                       {{"A", `x 'y' "z"`}},
		"export   A=1\n\texport\tB = 2\nexport=3":                                               {{"A", "1"}, {"B", "2"}, {"export", "3"}},
		"declare -x A=\"1\"\ndeclare -rx B=2\ndeclare=3\nexport = 4":                            {{"A", "1"}, {"B", "2"}, {"declare", "3"}, {"export", "4"}},
		"A=x#y\nB=x #y\nC=\t# z\nD=x\t# z":                                                      {{"A", "x#y"}, {"B", "x"}, {"C", ""}, {"D", "x"}},
		"A='' # empty\nB=\"\"\nC=":                                                              {{"A", ""}, {"B", ""}, {"C", ""}},
		`A={"x":"y"}`:                                                                           {{"A", `{"x":"y"}`}},
		`A="{"x":1}"`:                                                                           {{"A", `"{"x":1}"`}},
		"A='tis":                                                                                {{"A", "'tis"}},
		"discovery.type=single-node\nmy-var=1":                                                  {{"discovery.type", "single-node"}, {"my-var", "1"}},
		"A=a=b==\nB=https://x/?y=1#z":                                                           {{"A", "a=b=="}, {"B", "https://x/?y=1#z"}},
	} {
		if got, err := EnvVars(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	if _, err := EnvVars("A=1\n\nB=\"x\ny\"\nnot a line\n"); err == nil || err.Error() != `line 5 "not a line": want NAME=value; a value of several lines stands in quotation marks` {
		t.Errorf("got %v", err)
	}
	if _, err := EnvVars("1A=x\n"); err == nil || !strings.Contains(err.Error(), "begins with a letter or _") {
		t.Errorf("got %v", err)
	}
}

// What was read is written as option text, and read again from that.
func FuzzEnvFile(f *testing.F) {
	f.Add("A=\"x\ny\"\nexport B='z' # c")
	f.Add("A='tis\nB=`x`")
	f.Fuzz(func(t *testing.T, text string) {
		vars, err := EnvVars(text)
		options, ok := EnvFile(text)
		if err != nil || !ok {
			return
		}
		words, err := SplitWords(options)
		if err != nil || len(words) != 2*len(vars) {
			t.Fatalf("%q became %q: %v", text, options, err)
		}
		for n, v := range vars {
			if words[2*n+1] != v.Name+"="+v.Value {
				t.Errorf("%q: %s became %q", text, v.Name, words[2*n+1])
			}
		}
	})
}

func TestAnEnvFileIsVariables(t *testing.T) {
	for text, want := range map[string]string{
		"A=1\r\nexport B='two words'\r\n# no\r\n\r\nC=\"x\"\r\n":        `-e A=1 -e "B=two words" -e C=x`,
		"\xef\xbb\xbfA = 1\nB='it is' # why\nC=x#y # z\nD=\nE=# none\n": `-e A=1 -e "B=it is" -e "C=x#y" -e D= -e E=`,
		"A=1":               "-e A=1",
		"-e A=1":            "",
		"A=1\nnot a line\n": "",
		"":                  "",
	} {
		if got, ok := EnvFile(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %t", text, got, ok)
		}
	}
}
