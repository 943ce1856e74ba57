package model

import (
	"errors"
	"fmt"
	"strings"
)

// SplitWords splits text into words as a POSIX shell does before it expands anything: blanks and line ends
// separate, quotes and backslashes keep. Nothing is expanded: no shell ever reads this text, so a $ or a *
// stands for itself. With an error come the words so far and the unfinished one, as somebody is typing it.
func SplitWords(text string) ([]string, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var words []string
	var word strings.Builder
	open := false // a word has begun, perhaps an empty one
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\n', '\r':
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
			continue
		case '\'', '"':
			length := unquote(&word, c, text[i+1:])
			if length < 0 {
				return append(words, word.String()), fmt.Errorf("a quote (%c) is not closed", c)
			}
			i += length
		case '\\':
			i++
			if i == len(text) {
				return append(words, word.String()), errors.New(`a backslash (\) at the end has nothing to quote`)
			}
			if text[i] == '\n' { // a line that goes on in the next one
				continue
			}
			word.WriteByte(text[i])
		default:
			word.WriteByte(c)
		}
		open = true
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

// unquote writes what stands before the closing quote to word and returns how many bytes of text that took, the
// quote included, or -1 where there is none and all of the text was written. Inside double quotes a backslash
// quotes only the characters that a shell would act on there, inside single ones none.
func unquote(word *strings.Builder, quote byte, text string) int {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return i + 1
		case c == '\\' && quote == '"':
			if i++; i == len(text) {
				return -1
			}
			next := text[i]
			switch next {
			case '$', '`', '"', '\\':
				word.WriteByte(next)
			case '\n':
			default:
				word.WriteByte(c)
				word.WriteByte(next)
			}
		default:
			word.WriteByte(c)
		}
	}
	return -1
}

// JoinWords writes words so that SplitWords, and a shell, read them back.
func JoinWords(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = QuoteWord(w)
	}
	return strings.Join(quoted, " ")
}

// QuoteWord writes s so that SplitWords, and a shell, read it back as one word.
func QuoteWord(s string) string {
	switch {
	case s != "" && strings.Trim(s, bareCharacters) == "":
		return s
	case !strings.ContainsAny(s, "$`\"\\!"):
		return `"` + s + `"`
	default:
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
}

// bareCharacters mean nothing to any shell, so a word made of them needs no quotes.
const bareCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"
