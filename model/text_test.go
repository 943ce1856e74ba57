package model

import (
	"slices"
	"testing"
)

func TestFilesAreReadAsPeopleHaveThem(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"as it should be":              {"a\nb\n", "a\nb\n"},
		"with Windows' line ends":      {"a\r\nb\r\n", "a\nb\n"},
		"with an old Mac's line ends":  {"a\rb", "a\nb"},
		"with a byte order mark":       {"\xef\xbb\xbfa\r\n", "a\n"},
		"in UTF-16, little end first":  {"\xff\xfea\x00\r\x00\n\x00\xe9\x00", "a\n\u00e9"},
		"in UTF-16, big end first":     {"\xfe\xff\x00a\x00\n", "a\n"},
		"in UTF-16, cut in the middle": {"\xff\xfea\x00b", "a"},
		"in UTF-16 without a mark":     {"a\x00\r\x00\n\x00", "a\n"},
		"so, big end first":            {"\x00a\x00\n", "a\n"},
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
		"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n":                  {"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n"},
		aKey[:40] + "\n" + aKey[40:] + "\n":                        {aKey[:40] + "\n" + aKey[40:] + "\n"},
		"":                                                         {""},
	} {
		if got := KeyLines(text); !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
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
